from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.reconciling import repairing
from tests.racing import at_once
from tests.services.reconciling.workforce import SOON, Workforce, compare, differing, spoil, work


@pytest.mark.django_db(transaction=True)
def test_two_repairs_at_once_tell_everything_once(
    told: Any, target: Any, mara: Any, jonas: Any, district: Any, workforce: Workforce, crews: Any
) -> None:
    spoil(workforce, crews, told)
    comparison = compare(target, mara)

    asked = at_once(
        *(
            lambda by=by: repairing.ask(comparison=comparison, district=district, by=by, now=SOON)
            for by in (mara, jonas)
        )
    )
    done = at_once(*[lambda: repairing.go_on(now=SOON)] * 2)

    assert sorted(str(one) for one in asked if isinstance(one, int)) == ["2"]
    assert [type(one) for one in asked if not isinstance(one, int)] == [repairing.NothingToRepair]
    assert sum(done) == 2
    assert models.WriteBack.objects.filter(repair=1).count() == 2
    work(SOON)
    assert {kind for kind, *_ in differing(compare(target, mara, SOON.replace(minute=59)))} == {"FOREIGN"}
