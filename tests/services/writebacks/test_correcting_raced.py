from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving
from assignments.services.writebacks import correcting
from tests.factories import NOW
from tests.racing import at_once


@pytest.mark.django_db(transaction=True)
def test_one_of_two_corrections_is_sent_and_the_other_refused(
    suggestion: models.Suggestion, target: Any, mara: Any, jonas: Any
) -> None:
    approving.approve(suggestion=suggestion, by=mara, now=NOW).write_backs.update(status="DEAD")
    models.WriteBackLane.objects.all().delete()
    row = models.WriteBack.objects.get()

    def correct(crew: str, by: Any) -> models.WriteBack:
        return correcting.correct(
            write_back=row, changes={"crew": crew}, seen=row.idempotency_key, reason="Their number", by=by, now=NOW
        )

    outcomes = at_once(lambda: correct("CR-1", mara), lambda: correct("CR-2", jonas))

    [sent] = [one for one in outcomes if isinstance(one, models.WriteBack)]
    [refused] = [one for one in outcomes if one is not sent]
    assert isinstance(refused, (correcting.ChangedBefore, correcting.NothingToCorrect))
    row.refresh_from_db()
    assert (row.status, row.payload["crew"]) == ("PENDING", sent.payload["crew"])
    assert models.AuditEntry.objects.filter(verb="write-back.corrected").count() == 1
