"""The review of one order as it is kept up to date on open pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from assignments import models
from assignments.live import addresses
from assignments.models import districts
from assignments.presenters.board import rows
from assignments.presenters.review import looking, parts, restoration, sheet, timeline
from assignments.presenters.shared import notes, pages
from assignments.queries import days, note_rows, order_files, order_parts, restoring, work_queue
from assignments.services import presence
from assignments.services.records import events, note_events
from notifications.streams.fanout.pages import (
    Changed,
    Everything,
    PageContent,
    PageKind,
    PageUnknown,
    Query,
    is_id,
    name_of,
    register_kind,
)

_KIND = "review"
_SELDOM = 2.0
"""Seconds between two looks at what other orders have to do with this one."""
_MOST_SHIFTS = 2
_PARTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], object]]] = {
    "head": ("_head", lambda found: True),
    "compare": ("_compare", lambda found: found["compared"]),
    "decision": ("_decided", lambda found: found["row"].decision),
    "back": ("_restoration", lambda found: found["restoration"]),
    "parts": ("_parts", lambda found: found["parts"] or found["too_long"]),
    "first": ("_first", lambda found: found["row"].is_rushed),
    "timeline": ("_timeline", lambda found: True),
    "ranked": ("_ranked", lambda found: found["ranked"] or not found["row"].decision),
    "notes": ("_notes", lambda found: True),
    "about": ("_note_about", lambda found: True),
    "side": ("_side", lambda found: True),
}
"""Template of each part, and whether there is anything to show; a part without content leaves no gap."""


def register() -> None:
    register_kind(PageKind(_KIND, _channel, _changed, show, pause=_pause, looked_at=_looked_at))


def name(order: models.WorkOrder, day: date, *, compared: Sequence[int], chosen: Sequence[int]) -> str:
    """The page by which its reader is kept up to date."""
    asked = {"compare": compared[:_MOST_SHIFTS], "crew": chosen[:1]}
    shifts = {key: ",".join(map(str, ids)) for key, ids in asked.items()}
    return name_of(_KIND, {"district": order.district_id, "order": order.pk, "day": day.isoformat(), **shifts})


def ids_of(asked: str) -> list[int]:
    """The ids of `12,15`; raises ValueError."""
    found = [one for one in asked.split(",") if one]
    if not all(is_id(one) for one in found):
        raise ValueError("Ids are whole numbers.")
    return list(dict.fromkeys(map(int, found)))


def content_of(
    order: models.WorkOrder, day: date, *, compared: Sequence[int], chosen: Sequence[int], now: datetime
) -> dict[str, Any]:
    """Content of the review, by a constant number of queries; `compared` and `chosen` are ids of shifts."""
    run = work_queue.latest_run(order.district, day)
    shifts = order_files.shifts_of(order, compared[:_MOST_SHIFTS] or chosen[:1])
    file = order_files.order_file(order, day, shifts)
    in_parts = order_parts.order_parts(order, now)
    looked = looking.look(file, shifts, is_comparing=bool(compared), now=now)
    back = restoring.estimate(order, now)
    review = sheet.review_of(file, looked.shown, now=now)
    written = note_rows.of_review(order, list(file.crews), now)
    return {
        "district": order.district,
        "order": order,
        "restoration": restoration.panel(order, back, day=day, now=now) if back else None,
        "day": pages.day_switch(order.district, day, now),
        "row": rows.rows([order.pk], day=day, run=run, now=now)[0],
        "review": review,
        "timeline": review.timeline,
        "ranked": review.ranked,
        "notes": notes.shown(written, zone=order.district.zone, day=days.today(order.district, now)),
        "notes_end": note_rows.first_end(written),
        "note_crews": [(pk, one.crew.name) for pk, one in file.crews.items()],
        "parts": parts.panel(in_parts, order, order.district.zone),
        "too_long": None if file.assignment else parts.too_long(order, in_parts.longest_shift),
        "may_be_cut": file.assignment is None and parts.may_be_cut(order),
        "looked": looked,
        "both": looked.comparison,
        "compared": compared[:_MOST_SHIFTS],
        "zone": timeline.zone_text(order.district.zone, now),
    }


def parts_of(found: Mapping[str, Any], render: Callable[[str, Mapping[str, Any]], str]) -> dict[str, str]:
    """Markup of each part of the review with this content; `render` makes it of a template and its context."""
    return {
        part: render(f"assignments/review/{template}.html", found).strip() if is_shown(found) else ""
        for part, (template, is_shown) in _PARTS.items()
    }


def with_everything(orders: models.orders.WorkOrderQuerySet) -> models.orders.WorkOrderQuerySet:
    """The orders with what a review needs of each."""
    related = orders.select_related(*districts.with_rules("district"), "source")
    return related.prefetch_related("permits", "needs__qualification", "parts")


def show(query: Query, _known: Mapping[str, Any], _changed: Changed) -> PageContent:
    """The review's parts; raises WorkOrder.DoesNotExist for an order that has left the district."""
    # A name may say anything: the rights that were checked are those of its district.
    orders = with_everything(models.WorkOrder.objects.filter(district=int(query["district"])))
    order = orders.get(pk=int(query["order"]))
    shifts = {"compared": ids_of(query.get("compare", "")), "chosen": ids_of(query.get("crew", ""))}
    found = content_of(order, addresses.day_of(query), **shifts, now=timezone.now())
    shown = parts_of(found, functools.partial(addresses.rendered, query=query))
    return PageContent(parts=shown, until=found["notes_end"])


def _channel(query: Query) -> str:
    if not is_id(query.get("order", "")):
        raise PageUnknown("A review is of one order, by its id.")
    try:
        ids_of(query.get("compare", "")), ids_of(query.get("crew", ""))
    except ValueError:
        raise PageUnknown("Crews are compared by the ids of their shifts.") from None
    return addresses.channel_of_day(query)


def _changed(query: Query, told_on: str, event: str, data: Mapping[str, Any]) -> Changed | None:
    """As for a board, because other orders are on the time axis and among what this one waits for."""
    if event == note_events.NOTE_CHANGED.name and told_on == addresses.channel(query):
        return _noted(query, data)
    if event == events.SUGGESTIONS_READY.name and int(query["order"]) not in data["orders"]:
        return None
    return addresses.planned(query, told_on, event, data)


def _noted(query: Query, data: Mapping[str, Any]) -> Changed | None:
    """A note on the order itself, or on a crew, which may be one of its own."""
    if data["crew"]:
        return {f"crew-{data['crew']}"}
    return {query["order"]} if str(data["order"]) == query["order"] else None


def _pause(query: Query, changed: Changed) -> float:
    """None for news of the order itself, some seconds for those of others."""
    return 0.0 if isinstance(changed, Everything) or query["order"] in changed else _SELDOM


def _looked_at(looking_now: Collection[tuple[Query, int]]) -> None:
    presence.go_on(looked_at=[(int(query["order"]), person) for query, person in looking_now], now=timezone.now())
