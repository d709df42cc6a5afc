"""A crew's decided work as an iCalendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import icalendar

from assignments import models
from assignments.presenters.shared import states, words

REFRESH = timedelta(minutes=15)
"""After which calendars are asked to look again; many look less often."""


def calendar(
    crew: models.Crew, work: Iterable[models.Assignment], *, link: Callable[[models.WorkOrder], str], now: datetime
) -> bytes:
    """The file; `link` is the address of an order's review."""
    found = icalendar.Calendar()
    found.add("prodid", "-//Lineup//Crew calendar//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", f"{crew.name}, {crew.district.name}")
    found.add("x-wr-timezone", crew.district.time_zone)
    found.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for one in work:
        found.add_component(_event(one, link(one.order), now))
    return bytes(found.to_ical())


def _event(one: models.Assignment, address: str, now: datetime) -> icalendar.Event:
    order, mark = one.order, states.of_assignment(one)
    event = icalendar.Event()
    # The decision's own id: a move is another event, and the old one goes.
    event.add("uid", f"{one.pk}@lineup")
    event.add("dtstamp", (one.updated_at or now).astimezone(UTC))
    event.add("dtstart", one.starts_at.astimezone(UTC))
    event.add("dtend", one.ends_at.astimezone(UTC))
    warned = f"{mark.word}: " if one.why_red else ""
    event.add("summary", f"{warned}{order.label} {order.title}")
    event.add("location", order.address or order.substation)
    event.add("description", "\n".join(_facts(one, mark)))
    event.add("url", address)
    # Red work is in the calendar for as long as it holds the crew, but nobody should go to it as it is.
    is_open = one.status == models.Assignment.Status.TENTATIVE or bool(one.why_red)
    event.add("status", "TENTATIVE" if is_open else "CONFIRMED")
    return event


def _facts(one: models.Assignment, mark: words.Mark) -> list[str]:
    order, zone = one.order, one.order.district.zone
    out = words.count(order.customers_out, "customer") + " out" if order.customers_out else ""
    found = [
        f"{mark.word}: {mark.detail}" if mark.detail else mark.word,
        f"Sets out at {words.moment(one.departs_at, zone, one.starts_at.astimezone(zone).date()).text}",
        order.get_kind_display(),
        f"Feeder {order.feeder}" if order.feeder else "",
        out,
    ]
    return [fact for fact in found if fact]
