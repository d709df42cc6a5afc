"""The thread that tells: slots for each target, filled again at once, and no exchange touches the database."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from assignments import models
from assignments.services.records import events
from assignments.services.writebacks import delivering
from assignments.tasks import delivery, process
from tests import factories
from tests.downstream.conftest import Answer, Asked, ScriptedSystem, acknowledged
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def systems() -> Iterator[list[ScriptedSystem]]:
    with ScriptedSystem() as one, ScriptedSystem() as two, ScriptedSystem() as three:
        yield [one, two, three]


@pytest.fixture
def targets(district: models.District, systems: list[ScriptedSystem]) -> list[models.DownstreamSystem]:
    return [
        factories.DownstreamSystemFactory(code=code, kind="WORK", base_url=system.url, timeout_seconds=30)
        for code, system in zip(["hanging", "work", "permits"], systems, strict=True)
    ]


def decisions(district: models.District, targets: list[models.DownstreamSystem], count: int) -> None:
    for number in range(count):
        crew = factories.CrewFactory(district=district)
        order = factories.OrderFactory(district=district, number=f"WO-{number}", status="SCHEDULED")
        assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
        for target in targets:
            factories.WriteBackFactory(assignment=assignment, target=target, payload={"order": order.number})


@pytest.fixture
def teller() -> delivery.Teller:
    return delivery.Teller(owner="worker-1", now_fn=lambda: NOW)


def turns(teller: delivery.Teller, until: Any) -> None:
    while not until():
        teller.turn()
        time.sleep(0.01)


def test_a_hanging_target_slows_no_other(district, targets, systems, teller):
    systems[0].respond = lambda asked: Answer(silent=True)
    for system in systems[1:]:
        system.respond = lambda asked: acknowledged()
    decisions(district, targets, 2 * delivery.SLOTS)
    told = models.WriteBack.objects.filter(status="ACKNOWLEDGED")

    turns(teller, until=lambda: told.count() == 4 * delivery.SLOTS)

    hanging = targets[0].write_backs.order_by("pk").values_list("status", flat=True)
    assert Counter(hanging) == {"SENDING": delivery.SLOTS, "PENDING": delivery.SLOTS}


def test_a_slot_is_filled_as_soon_as_it_is_free(district, targets, systems, teller):
    hold = threading.Event()

    def respond(asked: Asked) -> Answer:
        if asked.body["order"] == "WO-0":
            hold.wait(180)
        return acknowledged()

    systems[1].respond = respond
    decisions(district, targets[1:2], 3 * delivery.SLOTS)
    told = models.WriteBack.objects.filter(status="ACKNOWLEDGED")

    turns(teller, until=lambda: told.count() == 3 * delivery.SLOTS - 1)

    hold.set()
    assert teller.finish(90)
    assert told.count() == 3 * delivery.SLOTS


def test_a_target_that_answers_quickly_has_more_slots_until_it_fails(district, targets, systems, teller):
    fails, count, seen = threading.Event(), 4 * delivery.SLOTS, 0

    def respond(asked: Asked) -> Answer:
        if asked.body["order"] != f"WO-{count - 1}":
            return acknowledged()
        fails.wait(180)
        return Answer(503)

    systems[1].respond = respond
    decisions(district, targets[1:2], count)
    told = models.WriteBack.objects.filter(status="ACKNOWLEDGED")
    while told.count() < count - 1:
        teller.turn()
        seen = max(seen, teller.slots(targets[1]))
        time.sleep(0.01)
    assert seen > delivery.SLOTS

    fails.set()
    assert teller.finish(90)

    assert teller.slots(targets[1]) == delivery.SLOTS


def test_what_was_held_up_longer_than_its_lease_is_not_sent(district, targets, systems, teller):
    decisions(district, targets[1:2], 1)
    row = models.WriteBack.objects.get()

    teller._tell(row, time.monotonic() - 1)

    assert systems[1].asked == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_costs_no_answer(district, targets, systems, teller, monkeypatch, capsys):
    systems[1].respond = lambda asked: acknowledged()
    decisions(district, targets[1:2], 1)
    teller.turn()
    turns_until_asked = time.monotonic() + 90
    while not systems[1].asked and time.monotonic() < turns_until_asked:
        time.sleep(0.01)

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "settle", _fails)
        rests = [teller.turn() for _ in range(3)]
        while "cannot tell" not in capsys.readouterr().out:
            rests.append(teller.turn())
    assert min(rests) >= 0

    assert teller.finish(90)
    assert models.WriteBack.objects.get().status == "ACKNOWLEDGED"
    assert len(systems[1].asked) == 1


def _fails(**_: Any) -> None:
    raise RuntimeError("the database is away")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["settle", "claim"])
def test_a_target_whose_rows_fail_holds_up_no_other(district, targets, systems, teller, monkeypatch, step):
    for system in systems[:2]:
        system.respond = lambda asked: acknowledged()
    decisions(district, targets[:2], 3 * delivery.SLOTS)
    real = getattr(delivering, step)

    def fails_of_one(**given: Any) -> Any:
        if given["target"] == targets[0]:
            raise ValueError("what cannot be stored")
        return real(**given)

    monkeypatch.setattr(delivering, step, fails_of_one)
    told = models.WriteBack.objects.filter(status="ACKNOWLEDGED", target=targets[1])

    turns(teller, until=lambda: told.count() == 3 * delivery.SLOTS)

    assert not targets[0].write_backs.filter(status="ACKNOWLEDGED").exists()


def test_an_answer_that_cannot_be_stored_costs_itself_alone(district, targets, systems, teller, monkeypatch):
    systems[1].respond = lambda asked: acknowledged(asked.body["order"])
    decisions(district, targets[1:2], 3)
    real = delivering.settle

    def refuses_one(*, exchanges: Any, **given: Any) -> Any:
        if any(one.reference == "WO-1" for one in exchanges):
            raise ValueError("what cannot be stored")
        return real(exchanges=exchanges, **given)

    monkeypatch.setattr(delivering, "settle", refuses_one)

    assert teller.finish(90)

    rows = models.WriteBack.objects.order_by("pk").values_list("status", "may_be_known", "last_error")
    assert list(rows) == [
        ("ACKNOWLEDGED", True, ""), ("FAILED", True, "Work management gave an answer that cannot be kept"),
        ("ACKNOWLEDGED", True, ""),
    ]  # fmt: skip


def test_subscriptions_have_slots_of_their_own(district, targets, systems, teller, mara):
    systems[0].respond = lambda asked: Answer(silent=True)
    systems[1].respond = systems[2].respond = lambda asked: acknowledged()
    for system in (systems[0], systems[2]):
        factories.SubscriptionFactory(user=mara, address=system.url).districts.set([district])
    decisions(district, targets[1:2], 2)
    with transaction.atomic():
        events.order_changed(orders=list(models.WorkOrder.objects.all()), cause="assignment.approved", now=NOW)
    poster = delivery.Teller(owner="worker-1", now_fn=lambda: NOW, post=delivery.EVENTS)

    # One subscription hangs; the other and the decisions do not wait for it.
    delivered = models.OutgoingEvent.objects.filter(status="DELIVERED", subscription__address=systems[2].url)
    turns(poster, until=lambda: delivered.count() == 2)
    assert teller.finish(90)

    assert {asked.body["type"] for asked in systems[2].asked} == {"lineup.order.changed"}
    assert set(models.WriteBack.objects.values_list("status", flat=True)) == {"ACKNOWLEDGED"}


def test_a_process_that_must_end_sends_nothing_more(district, targets, systems, teller):
    decisions(district, targets[1:2], 1)
    process.stopping.set()

    teller.turn()

    assert models.WriteBack.objects.get().status == "PENDING"


def test_four_workers_send_no_key_twice(district, targets, systems):
    systems[1].respond = lambda asked: acknowledged()
    decisions(district, targets[1:2], 60)
    workers = [delivery.Teller(owner=f"worker-{n}", now_fn=lambda: NOW + timedelta(seconds=1)) for n in range(4)]
    told = models.WriteBack.objects.filter(status="ACKNOWLEDGED")

    while told.count() < 60:
        for worker in workers:
            worker.turn()

    keys = Counter(asked.headers["idempotency-key"] for asked in systems[1].asked)
    assert set(keys.values()) == {1}
