"""A pin that comes or goes alone is told to those who have the booking."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import pinning
from assignments.services.writebacks import delivering, writing_back, writing_off
from notifications.models import Notification
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks.calls import WORKER, attempt, claim, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(write_back: models.WriteBack) -> models.Assignment:
    """Of WO-1, which the system has not been told yet."""
    assert write_back.assignment
    return write_back.assignment


@pytest.fixture
def told(assignment: models.Assignment, write_back: models.WriteBack, system: ScriptedSystem) -> models.Assignment:
    """The same, which the system has taken."""
    system.answers.append(acknowledged())
    attempt()
    return assignment


def pin(assignment: models.Assignment, by: Any) -> None:
    pinning.pin(assignment=assignment, by=by, now=NOW)


def unpin(assignment: models.Assignment, by: Any) -> None:
    pinning.unpin(assignment=assignment, by=by, now=NOW)


def pins() -> list[tuple[str, bool]]:
    rows = models.WriteBack.objects.filter(action="PIN").order_by("pk")
    return [(row.status, row.payload["pinned"]) for row in rows]


def test_is_told_as_the_booking_once_more(told, system, mara):
    pin(told, mara)
    system.answers.append(acknowledged())

    row = attempt()

    assert (row.status, system.asked[-1].body["action"], system.asked[-1].body["pinned"]) == (
        "ACKNOWLEDGED", "ASSIGN", True,
    )  # fmt: skip
    assert system.asked[-1].body["order"] == "WO-1"
    unpin(told, mara)
    system.answers.append(acknowledged())
    assert attempt().payload["pinned"] is False


def test_that_is_refused_says_what_to_do(told, system, mara):
    pin(told, mara)
    system.answers.append(Answer(422, {"detail": "There is such a booking. " * 50}))

    row = attempt()

    assert row.status == "DEAD"
    assert row.last_error.startswith("Work management answered 422: There is such a booking.")
    assert row.last_error.endswith(delivering.NEXT_FOR_A_PIN)
    assert Notification.objects.get(kind="write-back.dead").body == row.last_error


def test_is_not_told_to_a_system_that_takes_none(told, target, mara):
    models.DownstreamSystem.objects.update(takes_pins=False)

    pin(told, mara)

    assert pins() == []


def test_is_in_the_booking_itself_also_for_a_system_that_takes_none(assignment, write_back, target, mara):
    write_back.delete()
    models.DownstreamSystem.objects.update(takes_pins=False)
    pin(assignment, mara)
    assignment.refresh_from_db()

    [row] = writing_back.catch_up(assignment=assignment, targets=[target], now=NOW)

    assert row.payload["pinned"] is True


def test_waits_for_the_booking_itself(assignment, write_back, mara):
    pin(assignment, mara)

    assert [row.pk for row in claim()] == [write_back.pk]


def test_that_was_never_sent_and_is_taken_back_is_not_told(told, mara):
    pin(told, mara)
    unpin(told, mara)

    assert pins() == [("COMPENSATED", True)]
    assert claim() == []


def test_that_may_have_arrived_is_taken_back_after_it(told, system, mara):
    pin(told, mara)
    system.answers.append(Answer(500))
    attempt()
    unpin(told, mara)

    assert pins() == [("FAILED", True), ("PENDING", False)]


def test_that_is_refused_takes_no_revocation_with_it(told, system, mara):
    pin(told, mara)
    [row] = claim()
    writing_back.revoke(assignment=told, by=mara, now=NOW)
    system.answers.append(Answer(422))

    deliver(write_back=row, owner=WORKER, now_fn=lambda: NOW)

    assert pins() == [("COMPENSATED", True)]
    assert models.WriteBack.objects.get(action="REVOKE").status == "PENDING"


def test_of_a_booking_that_was_refused_waits_and_goes_with_it(assignment, write_back, district, system, mara):
    system.answers.append(Answer(422))
    attempt()
    pin(assignment, mara)
    assert claim() == []

    writing_off.write_off(district=district, ids=[write_back.pk], reason="By phone", by=mara, now=NOW)

    assert pins() == [("COMPENSATED", True)]


def test_holds_up_no_confirmation(assignment, system, mara):
    pin(assignment, mara)
    system.answers.append(acknowledged())

    attempt()

    assignment.refresh_from_db()
    assert assignment.status == "CONFIRMED"


def test_is_told_to_nobody_who_knows_nothing_of_it(assignment, write_back, mara):
    writing_back.cancel(rows=models.WriteBack.objects.all())

    pin(assignment, mara)

    assert pins() == []
