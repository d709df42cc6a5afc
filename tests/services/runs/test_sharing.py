"""Nobody keeps the runs of others waiting by asking for many."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.runs import running
from tests import factories

Status = models.SuggestionRun.Status


def asked(district: models.District, by: Any, now: datetime, count: int = 1) -> list[models.SuggestionRun]:
    """Runs for the next days of the district."""
    days = [factories.DAY + timedelta(days=ahead) for ahead in range(count)]
    return [running.request_run(district=district, day=day, by=by, now=now)[0] for day in days]


def planned_next(now: datetime) -> models.SuggestionRun:
    """The run that a worker plans at once."""
    run = running.claim(owner="worker", now=now)
    assert run is not None
    models.SuggestionRun.objects.filter(pk=run.pk).update(status=Status.READY, **models.SuggestionRun.FREE)
    return run


def test_fourteen_runs_of_one_manager_are_passed_by_the_run_of_another_district(
    district: models.District, elsewhere: models.District, mara: Any, stella: Any, now: datetime
) -> None:
    asked(district, mara, now, 14)
    first = planned_next(now)
    (late,) = asked(elsewhere, stella, now + timedelta(seconds=1))

    assert first.district == district
    assert planned_next(now + timedelta(seconds=2)) == late
    assert planned_next(now + timedelta(seconds=3)).district == district


def test_districts_take_turns(
    district: models.District, elsewhere: models.District, mara: Any, stella: Any, now: datetime
) -> None:
    asked(district, mara, now, 3)
    asked(elsewhere, stella, now + timedelta(seconds=1), 3)

    turns = [planned_next(now + timedelta(seconds=2 + turn)).district.code for turn in range(6)]

    assert turns == ["NORTH", "SOUTH"] * 3


def test_colleagues_of_one_district_take_turns(district: models.District, mara: Any, jonas: Any, now: datetime) -> None:
    asked(district, mara, now, 3)
    planned_next(now)
    day = factories.DAY + timedelta(days=5)
    own, _ = running.request_run(district=district, day=day, by=jonas, now=now + timedelta(seconds=1))

    assert planned_next(now + timedelta(seconds=2)) == own


def test_one_person_with_many_districts_does_not_pass_a_colleague_with_one(
    district: models.District, elsewhere: models.District, mara: Any, stella: Any, now: datetime
) -> None:
    wide = factories.DistrictFactory(code="WEST")
    for place in (elsewhere, wide):
        factories.MembershipFactory(user=mara, district=place, role=models.Membership.Role.MANAGER)
    for place in (district, wide):
        asked(place, mara, now, 3)
    planned_next(now)
    planned_next(now + timedelta(seconds=1))
    (late,) = asked(elsewhere, stella, now + timedelta(seconds=2))

    assert planned_next(now + timedelta(seconds=3)) == late


@pytest.mark.parametrize("others", [1, 5])
def test_what_a_worker_had_begun_goes_on_first(
    district: models.District, elsewhere: models.District, mara: Any, stella: Any, now: datetime, others: int
) -> None:
    (begun,) = asked(district, mara, now)
    running.claim(owner="dead", now=now)
    asked(elsewhere, stella, now, others)

    assert planned_next(now + running.LEASE) == begun
