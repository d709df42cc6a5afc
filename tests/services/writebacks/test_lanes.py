"""To each target, decisions about one order and about one crew go in the order in which they were made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import booking
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged
from tests.factories import NOW
from tests.services.writebacks import calls
from tests.services.writebacks.calls import WORKER, claim

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=2)


@pytest.fixture
def crews(district: models.District) -> Sequence[models.Crew]:
    found = [factories.CrewFactory(district=district, name=f"Line {n}") for n in (1, 2)]
    for crew in found:
        factories.ShiftFactory(crew=crew)
    return found


class Manager:
    """Decides, by the one place of bookings; the rules are judged elsewhere."""

    def __init__(self, by: Any) -> None:
        self._by = by

    def give(self, order: models.WorkOrder, crew: models.Crew, instead_of: Any = None) -> models.Assignment:
        shift = crew.shifts.get()
        visit = booking.CrewVisit(crew, shift.pk, shift.starts_at, shift.starts_at, shift.starts_at + order.duration)
        off = [instead_of] if instead_of else []
        with booking.decided(order=order, crews=[crew]):
            [lead] = booking.book(
                on=[booking.Work(order, [visit], False)], off=off, reason="Moved", by=self._by, now=NOW
            )
        return lead

    def take(self, lead: models.Assignment) -> None:
        with booking.decided(order=lead.order):
            booking.book(
                off=[models.Assignment.objects.with_teams().get(pk=lead.pk)], reason="No", by=self._by, now=NOW
            )


@pytest.fixture
def manager(mara: Any) -> Manager:
    return Manager(mara)


def told(system: ScriptedSystem) -> list[tuple[str, str, str]]:
    return [(asked.body["action"], asked.body["order"], asked.body["crew"]) for asked in system.asked]


def _clock(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def tell_all(now: Any = NOW) -> None:
    """Looks a little later each time, so that what failed is sent again, until nothing is due."""
    for _ in range(30):
        now += SOON
        if not (rows := claim(now)):
            return
        for row in rows:
            calls.deliver(write_back=row, owner=WORKER, now_fn=_clock(now))
    raise AssertionError("there is no end to it")


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in models.WriteBack.objects.all():
        found[f"{row.action} {row.status}"] = found.get(f"{row.action} {row.status}", 0) + 1
    return found


class TestSeen:
    """Orders of telling that left the book of a real downstream system wrong."""

    def test_an_order_moved_while_its_first_assignment_had_no_answer(self, district, target, system, crews, manager):
        order = factories.OrderFactory(district=district, number="WO-1")
        one, two = (str(crew.pk) for crew in crews)
        system.answer(Answer(503))
        system.respond = lambda asked: acknowledged()
        first = manager.give(order, crews[0])
        calls.deliver(write_back=claim()[0], owner=WORKER, now_fn=lambda: NOW)

        manager.give(order, crews[1], instead_of=first)
        tell_all()

        assert told(system)[1:] == [("ASSIGN", "WO-1", one), ("REVOKE", "WO-1", one), ("ASSIGN", "WO-1", two)]
        assert [asked.body["sequence"] for asked in system.asked] == [1, 1, 2, 3]
        assert models.Assignment.objects.live().get().status == "CONFIRMED"

    def test_a_crew_that_is_freed_and_given_other_work(self, district, target, system, crews, manager):
        orders = [factories.OrderFactory(district=district, number=f"WO-{n}") for n in (1, 2)]
        system.respond = lambda asked: acknowledged()
        first = manager.give(orders[0], crews[0])
        tell_all()
        manager.take(first)
        manager.give(orders[1], crews[0])
        system.answer(Answer(503))

        tell_all()

        crew = str(crews[0].pk)
        assert told(system)[1:] == [("REVOKE", "WO-1", crew), ("REVOKE", "WO-1", crew), ("ASSIGN", "WO-2", crew)]

    def test_a_refused_assignment_gets_no_revocation(self, district, target, system, crews, manager):
        order = factories.OrderFactory(district=district, number="WO-1")
        system.answer(Answer(422, {"detail": "no such crew"}))
        first = manager.give(order, crews[0])
        tell_all()

        manager.take(first)
        tell_all()

        assert [action for action, *_ in told(system)] == ["ASSIGN"]
        assert statuses() == {"ASSIGN COMPENSATED": 1}


class TestNeverReceived:
    def test_is_cancelled_and_not_sent(self, district, target, system, crews, manager):
        order = factories.OrderFactory(district=district, number="WO-1")
        system.respond = lambda asked: acknowledged()
        first = manager.give(order, crews[0])

        manager.give(order, crews[1], instead_of=first)
        tell_all()

        assert told(system) == [("ASSIGN", "WO-1", str(crews[1].pk))]

    def test_also_when_no_connection_could_be_made(self, district, target, system, crews, manager):
        order = factories.OrderFactory(district=district, number="WO-1")
        models.DownstreamSystem.objects.update(base_url="http://127.0.0.1:9")
        first = manager.give(order, crews[0])
        calls.deliver(write_back=claim()[0], owner=WORKER, now_fn=lambda: NOW)

        manager.take(first)

        assert statuses() == {"ASSIGN COMPENSATED": 1}
        assert not models.WriteBackLane.objects.exists()

    def test_in_flight_when_it_is_taken_back_and_then_refused(self, district, target, system, crews, manager, mara):
        order = factories.OrderFactory(district=district, number="WO-1")
        system.answer(Answer(409, {"detail": "overlaps"}), Answer(422, {"detail": "overlaps"}))
        first = manager.give(order, crews[0])
        [row] = claim()
        manager.take(first)

        calls.deliver(write_back=row, owner=WORKER, now_fn=lambda: NOW)
        tell_all()

        assert statuses() == {"ASSIGN COMPENSATED": 1, "REVOKE COMPENSATED": 1}
        assert [action for action, *_ in told(system)] == ["ASSIGN", "ASSIGN"]


class TestHeads:
    def test_other_orders_and_crews_do_not_wait(self, district, target, crews, manager):
        orders = [factories.OrderFactory(district=district, number=f"WO-{n}") for n in (1, 2)]
        manager.give(orders[0], crews[0])
        models.WriteBack.objects.update(status="FAILED", next_attempt_at=NOW + timedelta(hours=1))
        manager.give(orders[1], crews[1])

        assert [row.payload["order"] for row in claim()] == ["WO-2"]

    def test_one_that_needs_a_person_holds_up_nobody(self, district, target, system, crews, manager):
        orders = [factories.OrderFactory(district=district, number=f"WO-{n}") for n in (1, 2)]
        system.answer(Answer(422), acknowledged())
        first = manager.give(orders[0], crews[0])
        tell_all()
        models.Assignment.objects.filter(pk=first.pk).update(
            departs_at=NOW + timedelta(days=3), starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=4)
        )

        manager.give(orders[1], crews[0])
        tell_all()

        assert statuses() == {"ASSIGN DEAD": 1, "ASSIGN ACKNOWLEDGED": 1}

    def test_lanes_are_left_by_what_is_settled(self, district, target, system, crews, manager):
        system.respond = lambda asked: acknowledged()
        manager.give(factories.OrderFactory(district=district, number="WO-1"), crews[0])
        assert models.WriteBackLane.objects.count() == 2

        tell_all()

        assert not models.WriteBackLane.objects.exists()

    def test_a_revocation_of_what_is_not_there_is_done(self, district, target, system, crews, manager):
        system.answer(acknowledged(), Answer(404))
        first = manager.give(factories.OrderFactory(district=district, number="WO-1"), crews[0])
        tell_all()

        manager.take(first)
        tell_all()

        assert statuses() == {"ASSIGN COMPENSATED": 1, "REVOKE ACKNOWLEDGED": 1}
