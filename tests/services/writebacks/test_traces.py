"""One trace from a manager's request to the system that was told: audit, write-backs, batches and exchanges keep it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.downstream import tracing
from assignments.services.batches import batching, finishing
from assignments.services.decisions import approving, revoking
from tests import factories
from tests.downstream.conftest import ScriptedSystem, acknowledged
from tests.services.writebacks.calls import attempt

pytestmark = pytest.mark.django_db

MARAS = tracing.Trace("4bf92f3577b34da6a3ce929d0e0e4736", is_sampled=True)


def kept(*verbs: str) -> set[str | None]:
    entries = models.AuditEntry.objects.filter(verb__in=verbs)
    return {*entries.values_list("trace_id", flat=True), *models.WriteBack.objects.values_list("trace_id", flat=True)}


def test_from_the_request_to_each_exchange(suggestion, target, mara, now, system: ScriptedSystem):
    with tracing.within(MARAS):
        approving.approve(suggestion=suggestion, by=mara, now=now)
    assert kept("assignment.approved") == {MARAS.id}

    # A worker of its own, at another time, under no trace or another.
    system.answer(acknowledged())
    with tracing.within(tracing.begun()):
        attempt(now)

    [asked] = system.asked
    assert tracing.read(asked.headers["traceparent"]) == MARAS


def test_and_back_to_who_listens(suggestion, district, target, mara, now, system: ScriptedSystem):
    factories.SubscriptionFactory(user=mara, begins_at=now).districts.set([district])
    with tracing.within(MARAS):
        approving.approve(suggestion=suggestion, by=mara, now=now)
    system.answer(acknowledged())
    with tracing.within(tracing.begun()):
        attempt(now)

    told = models.OutgoingEvent.objects.order_by("pk").values_list("data__cause", "trace_id", "is_sampled")
    assert list(told) == [("assignment.approved", MARAS.id, True), ("write-back", MARAS.id, True)]


def test_each_act_has_its_own(suggestion, target, mara, now):
    with tracing.within(MARAS):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
    # The system may have heard of it, so that it must hear of this too.
    models.WriteBack.objects.update(may_be_known=True)
    with tracing.within(tracing.begun()):
        revoking.undo(assignment=assignment, by=mara, now=now + timedelta(minutes=1))

    one, two = models.WriteBack.objects.order_by("pk").values_list("action", "trace_id")
    assert one == ("ASSIGN", MARAS.id)
    assert two[1] == models.AuditEntry.objects.get(verb="assignment.revoked").trace_id != MARAS.id


def test_without_a_request_a_write_back_begins_one(suggestion, target, mara, now):
    approving.approve(suggestion=suggestion, by=mara, now=now)

    row = models.WriteBack.objects.get()
    assert tracing.read(row.trace().header()) == tracing.Trace(row.trace_id)
    assert models.AuditEntry.objects.get(verb="assignment.approved").trace_id is None


def test_a_batch_that_a_worker_finishes_keeps_that_of_its_manager(suggestion, target, mara, now):
    started: dict[str, Any] = {"district": suggestion.order.district, "day": suggestion.run.day, "by": mara}
    with tracing.within(MARAS):
        batch = batching.start(suggestions=[suggestion], now=now, attended=False, **started)

    with tracing.within(tracing.begun()):
        claimed = finishing.claim(owner="worker", now=now)
        assert claimed is not None
        assert claimed == batch
        assert finishing.finish(batch=claimed, owner="worker", now_fn=lambda: now) == 1

    assert kept("batch.started", "assignment.approved") == {MARAS.id}
