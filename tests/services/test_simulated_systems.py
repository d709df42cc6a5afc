"""Gathering from and delivering to the simulated downstream systems, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assignments import models
from assignments.demo.systems.faults import Setting
from assignments.demo.systems.running import Options, Simulator
from assignments.demo.world import districts
from assignments.demo.world.shapes import Size
from assignments.downstream.messages import Resource, System
from assignments.services.decisions import firming
from assignments.services.writebacks import writing_back
from assignments.tasks.following import SourceFollower
from tests import factories
from tests.factories import DAY, NOW
from tests.services.following.calls import Clock
from tests.services.writebacks import calls

pytestmark = pytest.mark.django_db

Simulators = dict[System, Simulator]


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[Simulators]:
    """The three systems of a small utility, with their rows."""
    stop = threading.Event()
    found: Simulators = {}
    serving = []
    for system in System:
        options = Options(system, 0, Size.SMALL, seed=7, data_dir=tmp_path, faults=Setting(), today=DAY)
        simulator = found[system] = Simulator(options, stop=stop)
        serving.append(threading.Thread(target=simulator.run, args=(lambda line: None,)))
        serving[-1].start()
        factories.DownstreamSystemFactory(code=system.lower(), base_url=simulator.url, timeout_seconds=10)
    yield found
    stop.set()
    for thread in serving:
        thread.join(60)


@pytest.fixture
def district(db: None) -> models.District:
    [plan] = districts.plans(Size.SMALL, 7)
    return factories.DistrictFactory(code=plan.code)


def follow() -> None:
    models.FollowedSource.objects.update(due_at=None)
    assert SourceFollower(owner="worker-1", now_fn=Clock()).finish(60)


def deliver(now: datetime) -> None:
    for write_back in calls.claim_due(owner="worker-1", now=now, limit=10):
        calls.deliver(write_back=write_back, owner="worker-1", now_fn=lambda: now)


@pytest.mark.parametrize("answers_for", models.DownstreamSystem.AnswersFor)
def test_everything_they_hold_is_gathered(simulators: Simulators, district: models.District, answers_for: str) -> None:
    models.DownstreamSystem.objects.update(answers_for=answers_for)

    follow()

    assert set(models.FollowedSource.objects.values_list("detail", flat=True)) == {""}
    assert not models.WaitingRecord.objects.exists()
    for resource, model in (
        (Resource.ORDERS, models.WorkOrder),
        (Resource.EMPLOYEES, models.Employee),
        (Resource.CREWS, models.Crew),
        (Resource.EQUIPMENT, models.Equipment),
        (Resource.SHIFTS, models.Shift),
        (Resource.ABSENCES, models.Absence),
        (Resource.PERMITS, models.Permit),
        (Resource.OUTAGES, models.Outage),
    ):
        held = [each for simulator in simulators.values() for each in simulator.store.all(resource)]
        assert model.objects.count() == len(held), resource
    assert not models.WorkOrder.objects.filter(status="RECEIVED").exists()


def test_the_second_time_nothing_has_changed(simulators: Simulators, district: models.District) -> None:
    follow()
    before = list(models.FollowedSource.objects.values_list("changed_at", flat=True))

    follow()

    assert list(models.FollowedSource.objects.values_list("changed_at", flat=True)) == before


def test_a_decision_reaches_each_of_them_once_although_answers_are_lost(
    simulators: Simulators, district: models.District
) -> None:
    follow()
    shift = models.Shift.objects.select_related("crew").first()
    order = models.WorkOrder.objects.filter(status="READY").first()
    assignment = factories.AssignmentFactory(order=order, shift=shift)
    writing_back.assign(assignment=assignment, by=assignment.approved_by, now=NOW)
    for simulator in simulators.values():
        simulator.server.routes.faults.change(Setting(lose_answers=1))

    deliver(NOW)
    assert set(assignment.write_backs.values_list("status", flat=True)) == {"FAILED"}
    for simulator in simulators.values():
        simulator.server.routes.faults.change(Setting(lose_answers=0))
    deliver(NOW + timedelta(minutes=5))

    assert set(assignment.write_backs.values_list("status", flat=True)) == {"ACKNOWLEDGED"}
    assignment.refresh_from_db()
    assert assignment.status == "CONFIRMED"
    for simulator in simulators.values():
        assert len(simulator.store.bookings(str(assignment.pk))) == 1


def test_what_was_tentative_becomes_firm_in_each_of_them(simulators: Simulators, district: models.District) -> None:
    follow()
    order = models.Permit.objects.select_related("order").first().order
    shift = models.Shift.objects.select_related("crew").first()
    assignment = factories.AssignmentFactory(order=order, shift=shift, status="TENTATIVE")
    writing_back.assign(assignment=assignment, by=assignment.approved_by, now=NOW)
    deliver(NOW)

    firming.firm(assignments=[assignment], now=NOW)
    deliver(NOW)

    assert set(assignment.write_backs.values_list("action", "status")) == {
        ("ASSIGN", "ACKNOWLEDGED"),
        ("CONFIRM", "ACKNOWLEDGED"),
    }
    assignment.refresh_from_db()
    assert assignment.status == "CONFIRMED"
    for simulator in simulators.values():
        held = simulator.store.bookings(str(assignment.pk))
        assert [(each.body["action"], each.body["tentative"]) for each in held] == [
            ("ASSIGN", True),
            ("CONFIRM", False),
        ]
