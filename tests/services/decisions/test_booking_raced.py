"""Different decisions at the same moment: one is first, the other is told, and nobody waits for ever."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from assignments import models
from assignments.services import emergencies, storming
from assignments.services.decisions import approving, guards, moving, overriding, revoking
from assignments.services.records import refusals
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def assignment(suggestion: models.Suggestion, mara: Any, now: Any) -> models.Assignment:
    """WO-1 by Line 1 at 08:00."""
    return approving.approve(suggestion=suggestion, by=mara, now=now)


@pytest.fixture
def other(district: models.District) -> models.Shift:
    """Line 2 on the day shift."""
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 2"))


def move(assignment: models.Assignment, crew: models.Crew, by: Any, now: Any) -> Callable[[], Any]:
    version = models.WorkOrder.objects.get(pk=assignment.order_id).version
    return lambda: moving.move(assignment=assignment, crew=crew, starts_at=at("10:00"), version=version, by=by, now=now)


def no_crew_is_in_two_places() -> None:
    rows = list(models.Assignment.objects.live().order_by("crew", "departs_at"))
    assert not [
        (before, after)
        for before, after in itertools.pairwise(rows)
        if before.crew_id == after.crew_id and before.ends_at > after.departs_at
    ]


class TestRaced:
    def test_a_crew_is_given_to_a_move_or_to_an_approval(self, assignment, other, mara, jonas, now):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=other.crew.district), shift=other, starts_at=at("10:30")
        )

        outcomes = at_once(
            move(assignment, other.crew, mara, now),
            lambda: approving.approve(suggestion=rival, by=jonas, now=now),
        )

        assert sum(isinstance(outcome, models.Assignment) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, refusals.Refusal) for outcome in outcomes) == 1, outcomes
        no_crew_is_in_two_places()

    def test_work_is_moved_or_taken_back(self, assignment, other, mara, jonas, now):
        outcomes = at_once(
            move(assignment, other.crew, mara, now),
            lambda: revoking.revoke(assignment=assignment, reason="Storm", by=jonas, now=now),
        )

        assert sum(isinstance(outcome, models.Assignment) for outcome in outcomes) == 1, outcomes
        [refusal] = [outcome for outcome in outcomes if isinstance(outcome, refusals.Refusal)]
        assert isinstance(refusal, guards.AssignmentNotLive)
        assert models.WorkOrder.objects.get(pk=assignment.order_id).version == 3

    def test_two_works_of_a_crew_are_taken_back_at_once(self, assignment, mara, jonas, now):
        between, last = (
            factories.AssignmentFactory(
                shift=assignment.shift, starts_at=at(clock), departs_at=at(clock),
                order=factories.OrderFactory(district=assignment.order.district, status="SCHEDULED"),
            )
            for clock in ("10:00", "12:00")
        )  # fmt: skip

        outcomes = at_once(
            *(
                lambda row=row, by=by: revoking.revoke(assignment=row, reason="Storm", by=by, now=now)
                for row, by in ((assignment, mara), (between, jonas))
            )
        )

        assert all(isinstance(outcome, models.Assignment) for outcome in outcomes), outcomes
        last.refresh_from_db()
        # Whoever was second saw what the first had done: the crew sets out from its base.
        assert last.departs_at < at("12:00")

    def test_work_gives_way_to_an_emergency_or_is_taken_back(self, assignment, mara, jonas, now):
        order = factories.OrderFactory(district=assignment.order.district, number="WO-9", priority=0)
        offer = emergencies.choices(order=order, now=now).offers[0]

        outcomes = at_once(
            lambda: emergencies.accept(
                order=order, shift_id=offer.choice.shift_id, fingerprint=offer.fingerprint, by=mara, now=now
            ),
            lambda: revoking.revoke(assignment=assignment, reason="Not today", by=jonas, now=now),
        )

        assert not [outcome for outcome in outcomes if not isinstance(outcome, DECIDED)], outcomes
        assert any(isinstance(outcome, emergencies.Accepted | models.Assignment) for outcome in outcomes)
        no_crew_is_in_two_places()


DECIDED = emergencies.Accepted | models.Assignment | refusals.Refusal


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
class TestStormDeclaredMeanwhile:
    def test_holds_for_an_override_that_waited_for_it(self, district, mara, jonas, now, other):
        district.storm_rule_set = factories.RuleSetFactory(name="storm", storm=True, min_rest_hours=6)
        district.save()
        order = factories.OrderFactory(district=district, materials_ready=False, status="WAITING")
        seen = overriding.look(order=order, shift=other, starts_at=at("08:00"), now=now)

        outcome = while_uncommitted(
            lambda: storming.declare(district=district, reason="Ice", by=jonas, now=now),
            lambda: overriding.override(
                order=order, shift=other, starts_at=at("08:00"), rules=seen.rules, fingerprint=seen.fingerprint,
                code="DANGER", reason="", by=mara, now=now,
            ),
        )  # fmt: skip

        assert isinstance(outcome, guards.ChangedMeanwhile), outcome


def while_uncommitted(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """The outcome of the second call, which waits for a lock of the first until that one commits."""
    outcomes: list[Any] = []

    def run() -> None:
        outcomes.extend(at_once(second))

    with transaction.atomic():
        first()
        thread = threading.Thread(target=run)
        thread.start()
        wait_until(lambda: outcomes or somebody_waits_for_a_lock())
    thread.join(timeout=30)
    return outcomes[0]


def somebody_waits_for_a_lock() -> bool:
    # Asked on a connection of its own: within a transaction PostgreSQL answers as at its beginning.
    answers: list[bool] = []

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            answers.append(cursor.fetchone()[0])
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(timeout=30)
    return answers == [True]


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "It did not come about."
        time.sleep(0.05)
