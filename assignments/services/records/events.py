"""The domain's events: each is published in the transaction of the change that it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from assignments import models
from assignments.downstream.tracing import Trace
from assignments.queries import chunks
from assignments.services.records import outgoing, refusals
from notifications.services import event_log
from notifications.wire.catalogue import EventType, register

ORDER_CHANGED = register(
    EventType(
        name="order.changed",
        channel="district:<id>",
        payload={
            "order": "id of the work order",
            "number": "its number",
            "district": "id of its district; another than the channel's where the order has moved to that one",
            "status": "its status, as in the API",
            "cause": "what happened, a dotted name: `assignment.approved`, `permit.changed`, `write-back` ...",
        },
        description="What an order's row shows has changed: the order, a suggestion, a decision, a write-back.",
    )
)
RUN_CHANGED = register(
    EventType(
        name="run.changed",
        channel="district:<id> and run:<uuid>",
        payload={
            "run": "id of the suggestion run",
            "district": "id of its district",
            "day": "the local day that is planned, ISO 8601",
            "status": "its status flag, as in the API",
            "version": "grows with each change; an older one is to be ignored",
            "sources": "one object per connected system: `system`, `name`, `status`, `records`, `attempts`, `detail`, "
            "`data_as_of`",
            "total": "orders to rank",
            "ranked": "orders ranked so far",
            "in_plan": "orders that the joint plan serves",
            "figures": "what the engine measured: the number of the `plan`, its `served_percent` and `travel_hours`, "
            "how far its improvement has come (`improved_percent` of `improve_seconds`), and more",
            "keep_asked_at": "when a manager asked to end the improvement and keep the plan, or null",
            "error": "why the run failed, in words for a manager",
        },
        rendered={"html": "the run's panel on the board"},
        description="A suggestion run has moved: its status flag, the progress of a source, or its counters.",
    )
)
SUGGESTIONS_READY = register(
    EventType(
        name="run.suggestions",
        channel="run:<uuid>",
        payload={
            "run": "id of the suggestion run",
            "district": "id of its district",
            "day": "the local day that is planned, ISO 8601",
            "orders": "ids of the orders whose suggestions are new",
            "ranked": "orders ranked so far",
            "total": "orders to rank",
        },
        description="Suggestions of some orders were stored and can be shown and approved.",
    )
)


STORM_CHANGED = register(
    EventType(
        name="storm.changed",
        channel="district:<id>",
        payload={
            "district": "id of the district",
            "storm": "whether a storm is declared now",
            "rule_set": "name of the rule set in force",
            "since": "when the storm was declared; null without one",
            "declared_by": "name of the manager who declared it; null without one",
            "reason": "why it was declared; empty without one",
        },
        rendered={"html": "the banner of the district's pages; empty without a storm"},
        description="A storm was declared or ended: rest limits, priorities and horizon are others now.",
    )
)


TARGET_CHANGED = register(
    EventType(
        name="system.telling",
        channel="district:<id>",
        payload={
            "district": "id of the district whose channel it is",
            "system": "code of the connected system",
            "name": "its name",
            "away": "whether it takes no decisions now, so that they wait",
            "since": "since when; null unless it is away",
            "because": "what it answered, or did not; empty unless it is away",
        },
        rendered={"html": "the notice of the board that lists the systems that are away; empty without one"},
        description="A system that is told of decisions has stopped taking them, or takes them again.",
    )
)


TARGET_COMPARED = register(
    EventType(
        name="system.compared",
        channel="district:<id>",
        payload={
            "district": "id of the district whose channel it is",
            "system": "code of the connected system",
            "name": "its name",
            "status": "`WAITING`, `READING`, `DONE`, `NOT_SERVED` or `FAILED`",
        },
        rendered={},
        description="The comparison of a system's book with what it was told has moved on, or something of it is being "
        "repaired.",
    )
)


ORDER_REVIEWING = register(
    EventType(
        name="order.reviewing",
        channel="district:<id>",
        payload={
            "order": "id of the work order",
            "number": "its number",
            "district": "id of its district",
            "reviewers": "everybody who has its review open: id of the `person`, `name`, and `until`, when this is no "
            "longer true unless it is told again",
        },
        rendered={"html": "the list of them on the order's row"},
        description="Somebody has opened the review of an order or left it.",
    )
)


def district_channel(district_id: int) -> str:
    return f"district:{district_id}"


def run_channel(run_id: Any) -> str:
    return f"run:{run_id}"


def order_changed(
    *, orders: Iterable[models.WorkOrder | int], cause: str, now: datetime, traces: Mapping[int, Trace] | None = None
) -> None:
    """Publishes `order.changed` for each order as it stands in the database, by one query and one insert. `traces` are
    those of the orders by id, where they differ from that of the caller."""
    ids = {order if isinstance(order, int) else order.pk for order in orders}
    rows = models.WorkOrder.objects.filter(pk__in=chunks.among(ids)).order_by("pk")
    found = rows.values("pk", "number", "district_id", "status")
    entries = [
        event_log.LogEntry(
            ORDER_CHANGED,
            district_channel(row["district_id"]),
            {
                "order": row["pk"],
                "number": row["number"],
                "district": row["district_id"],
                "status": row["status"],
                "cause": cause,
            },
        )
        for row in found
    ]
    if entries:
        _publish(entries, now, traces)


def order_left(*, order: models.WorkOrder, district: models.District, now: datetime) -> None:
    """Publishes to the district that had the order before that it is another's now."""
    data = {
        "order": order.pk, "number": order.number, "district": order.district_id, "status": order.status,
        "cause": "order.moved",
    }  # fmt: skip
    _publish([event_log.LogEntry(ORDER_CHANGED, district_channel(district.pk), data)], now)


def order_reviewing(*, order: models.WorkOrder, now: datetime) -> None:
    """Publishes who has the review of the order open, as it stands in the database."""
    found = models.Reviewing.objects.current(now).filter(order=order).with_people()
    reviewers = [
        {"person": one.person_id, "name": refusals.person(one.person), "until": one.told_until} for one in found
    ]
    data = {"order": order.pk, "number": order.number, "district": order.district_id, "reviewers": reviewers}
    event_log.publish(type=ORDER_REVIEWING, channels=district_channel(order.district_id), data=data, now=now)


def target_changed(*, target: models.DownstreamSystem, now: datetime) -> None:
    """Publishes to every district whether decisions reach the system; `target` as it was stored."""
    data = {
        "system": target.code,
        "name": target.name,
        "away": target.is_away,
        "since": target.away_since,
        "because": target.away_because,
    }
    entries = [
        event_log.LogEntry(TARGET_CHANGED, district_channel(pk), {"district": pk, **data})
        for pk in models.District.objects.order_by("pk").values_list("pk", flat=True)
    ]
    if entries:
        _publish(entries, now)


def target_compared(*, comparison: models.BookComparison, now: datetime) -> None:
    """Publishes to every district how far the comparison is; as it was stored."""
    target = comparison.target
    data = {"system": target.code, "name": target.name, "status": comparison.status}
    entries = [
        event_log.LogEntry(TARGET_COMPARED, district_channel(pk), {"district": pk, **data})
        for pk in models.District.objects.order_by("pk").values_list("pk", flat=True)
    ]
    if entries:
        event_log.publish_all(entries=entries, now=now)


def storm_changed(*, district: models.District, now: datetime) -> None:
    """Publishes which rules are in force in the district."""
    storm = district.storm
    data = {
        "district": district.pk,
        "storm": storm is not None,
        "rule_set": district.rules_in_force.name,
        "since": storm.declared_at if storm else None,
        "declared_by": refusals.person(storm.declared_by) if storm else None,
        "reason": storm.reason if storm else "",
    }
    _publish([event_log.LogEntry(STORM_CHANGED, district_channel(district.pk), data)], now)


def run_changed(*, run: models.SuggestionRun, now: datetime) -> None:
    """Publishes the run's state as it stands in the database to its district and to its own stream."""
    run = models.SuggestionRun.objects.get(pk=run.pk)
    channels = [district_channel(run.district_id), run_channel(run.pk)]
    _publish([event_log.LogEntry(RUN_CHANGED, channel, run_state(run)) for channel in channels], now)


def run_state(run: models.SuggestionRun) -> dict[str, Any]:
    """The payload of `run.changed`: what a reader must know of a run."""
    return {
        "run": str(run.pk),
        "district": run.district_id,
        "day": run.day,
        "status": run.status,
        "version": run.version,
        "sources": [source_state(line) for line in run.sources.select_related("system")],
        "total": run.orders_total,
        "ranked": run.orders_ranked,
        "in_plan": run.orders_in_plan,
        "figures": run.figures,
        "keep_asked_at": run.keep_asked_at,
        "error": run.error,
    }


def source_state(line: models.SourceProgress) -> dict[str, Any]:
    return {
        "system": line.system.code,
        "name": line.system.name,
        "status": line.status,
        "records": line.records,
        "attempts": line.attempts,
        "detail": line.detail,
        "data_as_of": line.data_as_of,
    }


def suggestions_ready(*, run: models.SuggestionRun, order_ids: Iterable[int], now: datetime) -> None:
    """Publishes that these orders have suggestions of the run; `run` carries the current counters."""
    data = {
        "run": str(run.pk),
        "district": run.district_id,
        "day": run.day.isoformat(),
        "orders": sorted(order_ids),
        "ranked": run.orders_ranked,
        "total": run.orders_total,
    }
    event_log.publish(type=SUGGESTIONS_READY, channels=run_channel(run.pk), data=data, now=now)


def _publish(entries: Sequence[event_log.LogEntry], now: datetime, traces: Mapping[int, Trace] | None = None) -> None:
    """To open pages and programs that listen, and to subscriptions."""
    event_log.publish_all(entries=entries, now=now)
    outgoing.tell(entries=entries, now=now, traces=traces or {})


def write_back_changed(*, write_back: models.WriteBack, now: datetime) -> None:
    """Publishes that the order's row shows another write-back state."""
    order_changed(orders=[write_back.order_pk], cause="write-back", now=now)
