"""Effects of the state's law on excavation tickets, from the register to the engine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.engine.domain.problem import PermitState
from assignments.services.decisions import readiness
from assignments.services.inputs import consequences, lapsing
from assignments.services.snapshots import snapshotting
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    """Illinois: 28 days."""
    return factories.DistrictFactory(code="NORTH", name="North", state=factories.StateFactory())


@pytest.fixture
def order(district):
    return factories.OrderFactory(district=district, required_permits=["EXCAVATION"], status="RECEIVED")


@pytest.fixture
def ticket(order):
    """Begun four weeks ago: its last day is the tests' day."""
    return factories.PermitFactory(order=order, valid_from=at("09:00", days=-28), valid_until=None)


def seen_by_engine(district, **options):
    snapshot = snapshotting.problem_for(
        district=district, start=at("00:00"), end=at("00:00", days=1), now=NOW, **options
    )
    (permit,) = snapshot.problem.jobs[0].permits
    return snapshot, permit


def test_the_engine_sees_the_lawful_end(district, ticket):
    snapshot, permit = seen_by_engine(district)

    assert permit.state is PermitState.LIVE
    assert (snapshot.at(permit.window.start), snapshot.at(permit.window.end)) == (
        ticket.valid_from, at("00:00", days=1),
    )  # fmt: skip


def test_the_engine_sees_by_when_work_must_begin(district, ticket):
    models.State.objects.update(begin_within=14)

    snapshot, permit = seen_by_engine(models.District.objects.get(pk=district.pk))

    assert snapshot.at(permit.begin_before) == at("00:00", days=-13)


def test_without_any_end_nothing_may_be_planned_on_it(district, ticket):
    district.state = None

    _, permit = seen_by_engine(district)

    assert (permit.state, permit.status) == (PermitState.DEAD, "issued without an end")


def test_an_order_is_ready_while_its_ticket_lives(order, ticket):
    assert readiness.settle(order_ids=[order.pk], now=at("23:59")) == {order.pk}

    order.refresh_from_db()
    assert order.status == "READY"

    readiness.settle(order_ids=[order.pk], now=at("00:00", days=1))
    order.refresh_from_db()
    assert order.status == "WAITING"


@pytest.mark.parametrize(("now", "expired"), [(at("23:59"), False), (at("00:00", days=1), True)])
def test_the_clock_ends_it_with_its_life(ticket, now, expired):
    assert bool(lapsing.lapse_permits(now=now)) is expired

    ticket.refresh_from_db()
    assert ticket.status == ("EXPIRED" if expired else "ISSUED")


@pytest.mark.parametrize("days", [1, 5, 20])
def test_the_clock_finds_lives_in_working_days(ticket, days):
    models.State.objects.update(ticket_life=days, ticket_life_in="WORKING")
    law = models.State.objects.get()
    ends = law.ticket_ends(ticket.valid_from, ticket.order.district.zone)

    assert ends
    assert lapsing.lapse_permits(now=ends - timedelta(seconds=1)) == []
    assert lapsing.lapse_permits(now=ends) == [ticket]


def test_an_assignment_after_the_last_day_turns_red(order, ticket):
    models.WorkOrder.objects.update(status="SCHEDULED")
    shift = factories.ShiftFactory(crew__district=order.district, starts_at=at("06:00", days=1))
    assignment = factories.AssignmentFactory(order=order, shift=shift, starts_at=at("08:00", days=1))

    consequences.follow(order_ids=[order.pk], crew_ids=(), now=NOW)

    assignment.refresh_from_db()
    assert assignment.red_cause.startswith(f"The excavation permit {ticket.number} holds from")
