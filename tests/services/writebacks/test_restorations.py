"""Restoration times reach the outage system when they move: with decisions, with the field and with the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.downstream import outbound
from assignments.services.decisions import approving, restoring, revoking
from assignments.services.inputs import consequences
from assignments.services.records import telling
from assignments.services.writebacks import restorations
from tests import factories
from tests.downstream.conftest import ScriptedSystem, acknowledged
from tests.factories import NOW, at
from tests.racing import at_once
from tests.services.writebacks.calls import attempt, claim

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def outages(system: ScriptedSystem) -> models.DownstreamSystem:
    """The outage system, which takes restoration times."""
    return factories.DownstreamSystemFactory(code="permits", base_url=system.url, takes_etr=True, timeout_seconds=5)


@pytest.fixture
def suggestion(district: Any, outages: Any, line: models.Shift) -> models.Suggestion:
    """The plan has Line 1 done with WO-1 at 09:00; 120 customers wait for it."""
    order = factories.OrderFactory(district=district, number="WO-1", customers_out=120)
    return factories.SuggestionFactory(order=order, shift=line)


def told() -> list[tuple[Any, ...]]:
    """The messages in the order in which they were written: time, certainty and whether it still is to be sent."""
    rows = models.WriteBack.objects.filter(action="ETR").order_by("pk")
    return [(row.payload["back_at"], row.payload["certainty"], row.status) for row in rows]


def written(clock: str) -> str:
    return at(clock).isoformat().replace("+00:00", "Z")


class TestWhatIsTold:
    def test_the_plan_then_the_decision_then_that_there_is_none(self, suggestion, mara, now, events_of):
        restorations.sweep(now=now)
        assert told() == [(written("09:00"), "PLANNED", "PENDING")]
        assert events_of(suggestion.order) == ["restoration.moved"]

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        assert told()[1:] == [(written("09:00"), "APPROVED", "PENDING")]
        # What was not sent yet is replaced.
        assert told()[0][2] == "COMPENSATED"

        models.Suggestion.objects.update(in_plan=False)
        revoking.undo(assignment=assignment, by=mara, now=now)
        assert told()[2:] == [(None, "NO_CREW", "PENDING")]

    def test_a_time_that_a_manager_sets_and_takes_back(self, suggestion, mara, now):
        restorations.sweep(now=now)
        order = suggestion.order
        restoring.set_time(order=order, back_at=at("09:10"), reason="Cable", by=mara, now=now)
        message = models.WriteBack.objects.get(action="ETR", status="PENDING").payload
        assert (message["back_at"], message["set_by"], message["reason"]) == (
            written("09:10"), "Mara Lindqvist", "Cable",
        )  # fmt: skip
        restoring.take_back(order=order, by=mara, now=now)
        assert told()[-1] == (written("09:00"), "PLANNED", "PENDING")

    def test_what_the_field_reports(self, suggestion, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        models.Assignment.objects.filter(pk=assignment.pk).update(red_cause="Somebody fell ill")
        consequences.follow(order_ids=[suggestion.order_id], crew_ids=(), now=now)
        count = len(told())
        models.WorkOrder.objects.update(status="CANCELLED")
        consequences.follow(order_ids=[suggestion.order_id], crew_ids=(), now=now)
        # Nobody is out any more: nothing is told, and an outage that comes again is told anew.
        assert len(told()) == count
        assert not models.ToldRestoration.objects.exists()

    def test_what_the_crews_other_work_moves(self, suggestion, mara, now, district):
        later = factories.OrderFactory(district=district, number="WO-2", customers_out=5)
        factories.AssignmentFactory(order=later, shift=suggestion.shift, starts_at=at("12:00"))
        models.WorkOrder.objects.filter(pk=later.pk).update(status="SCHEDULED")
        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert {row.order for row in models.WriteBack.objects.filter(action="ETR")} == {suggestion.order, later}


class TestWhenItIsTold:
    @pytest.mark.parametrize(("minutes", "is_told"), [(15, False), (16, True)])
    def test_a_plan_that_slides_by_more_than_the_margin(self, suggestion, now, minutes, is_told):
        restorations.sweep(now=now)
        clock = suggestion.departs_at + minutes * MINUTE
        assert bool(restorations.sweep(now=clock)) is is_told
        assert restorations.sweep(now=clock) == set()

    def test_the_margin_is_one_of_the_rules_in_force(self, suggestion, district, now):
        factories.StormFactory(district=district, rule_set__etr_margin_minutes=60)
        restorations.sweep(now=now)
        assert restorations.sweep(now=suggestion.departs_at + 60 * MINUTE) == set()
        assert restorations.sweep(now=suggestion.departs_at + 61 * MINUTE) == {suggestion.order_id}

    @pytest.mark.parametrize("is_dead", [True, False])
    def test_nobody_is_needed_for_what_was_not_taken_once_the_power_is_back(self, suggestion, now, is_dead):
        restorations.sweep(now=now)
        if is_dead:
            models.WriteBack.objects.update(status="DEAD")
            models.WriteBackLane.objects.all().delete()
        models.WorkOrder.objects.update(status="CANCELLED")

        restorations.tell_moved(order_ids=[suggestion.order_id], now=now)

        assert [status for _, _, status in told()] == ["COMPENSATED"]
        assert not models.WriteBackLane.objects.exists()

    def test_nothing_while_there_is_nothing_to_say(self, district, outages, now):
        factories.OrderFactory(district=district, customers_out=3)
        assert restorations.sweep(now=now) == set()

    @pytest.mark.parametrize("fields", [{"takes_etr": False}, {"is_target": False}, {"enabled": False}])
    def test_only_systems_that_take_them(self, suggestion, now, fields):
        models.DownstreamSystem.objects.update(**fields)
        # The pages learn of it all the same.
        assert restorations.sweep(now=now) == {suggestion.order_id}
        assert told() == []

    def test_it_is_all_or_nothing(self, suggestion, mara, now, monkeypatch):
        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(telling, "approved", fail)
        with pytest.raises(RuntimeError):
            approving.approve(suggestion=suggestion, by=mara, now=now)
        assert told() == []
        assert not models.ToldRestoration.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_tell_it_once(self, suggestion, now):
        at_once(*[lambda: restorations.sweep(now=now)] * 2)
        assert len(told()) == 1


class TestDelivering:
    def test_it_is_posted_with_its_key_and_acknowledged(self, suggestion, system, now):
        restorations.sweep(now=now)
        system.answer(acknowledged("E-1"))
        row = attempt()

        assert (row.status, row.reference) == ("ACKNOWLEDGED", "E-1")
        [asked] = system.asked
        assert (asked.path, asked.headers["idempotency-key"]) == ("/api/restorations", str(row.idempotency_key))
        message = outbound.RestorationMessage.model_validate(asked.body)
        assert (message.order, message.back_at, message.certainty) == ("WO-1", at("09:00"), "PLANNED")

    def test_a_newer_one_waits_while_an_older_one_is_being_sent(self, suggestion, mara, now):
        restorations.sweep(now=now)
        assert [row.payload["certainty"] for row in claim()] == ["PLANNED"]
        approving.approve(suggestion=suggestion, by=mara, now=now)
        assert [row for row in claim(owner="worker-2") if row.action == "ETR"] == []
        models.WriteBack.objects.filter(status="SENDING", action="ETR").update(status="ACKNOWLEDGED")
        assert [row.payload["certainty"] for row in claim() if row.action == "ETR"] == ["APPROVED"]

    def test_a_decision_is_confirmed_without_it(self, suggestion, mara, now, system):
        approving.approve(suggestion=suggestion, by=mara, now=now)
        models.WriteBack.objects.filter(action="ETR").update(next_attempt_at=NOW + MINUTE)
        system.respond = lambda asked: acknowledged()
        attempt()
        assert models.Assignment.objects.get().status == "CONFIRMED"


def test_a_sweep_costs_the_same_whatever_the_number_of_outages(suggestion, district, now):
    def queries() -> int:
        models.ToldRestoration.objects.all().delete()
        with CaptureQueriesContext(connection) as caught:
            restorations.sweep(now=now)
        return len([one for one in caught if "toldrestoration" not in one["sql"].lower() and "POINT" not in one["sql"]])

    # From the second on there is something that was not sent yet.
    _, before = queries(), queries()
    for _ in range(3):
        factories.SuggestionFactory(order=factories.OrderFactory(district=district, customers_out=3))
    assert queries() == before
