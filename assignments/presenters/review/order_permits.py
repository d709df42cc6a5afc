"""The permits of one order, each with its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import states, words


@dataclass(frozen=True, slots=True)
class PermitChange:
    """One entry of a permit's history."""

    what: str
    who: str
    """A person, the register that said so, or the clock."""
    at: words.ShownTime


@dataclass(frozen=True, slots=True)
class PermitLine:
    kind: str
    number: str
    authority: str
    mark: words.Mark
    window: words.Span | None
    needed: bool
    history: tuple[PermitChange, ...]
    """Newest first."""


def lines(
    order: models.WorkOrder, entries: Iterable[models.AuditEntry], *, zone: ZoneInfo, now: datetime
) -> tuple[PermitLine, ...]:
    """`entries` are those of the audit about the order's permits."""
    told: dict[str, list[PermitChange]] = defaultdict(list)
    for entry in entries:
        told[entry.object_id].append(PermitChange(_what(entry, zone), entry.shown_actor, words.moment(entry.at, zone)))
    found = [
        PermitLine(
            kind=permit.get_kind_display(),
            number=permit.number,
            authority=permit.authority,
            mark=states.of_permit(permit, now),
            window=words.span(window[0], window[1], zone) if (window := permit.window_in(order.district)) else None,
            needed=permit.kind in order.required_permits,
            history=tuple(told[str(permit.pk)]),
        )
        for permit in order.every_permit
    ]
    held = {permit.kind for permit in order.every_permit}
    absent = words.Mark("bad", "x", "Missing", "No permit of this kind is in the register.")
    missing = [models.Permit.Kind(kind).label for kind in order.required_permits if kind not in held]
    return (*found, *(PermitLine(kind, "", "", absent, None, needed=True, history=()) for kind in missing))


def _what(entry: models.AuditEntry, zone: ZoneInfo) -> str:
    before, after = entry.before, entry.after
    said = []
    if "status" in after and after["status"] != before.get("status"):
        to = _status(after["status"])
        said.append(f"{_status(before['status'])} → {to}" if "status" in before else to)
    if (window := _window(after, zone)) and window != _window(before, zone):
        said.append(window)
    if not said and "fields" in after:
        said.append(f"{', '.join(str(name).replace('_', ' ') for name in after['fields'])} changed by hand")
    return ", ".join(said) or "Changed"


def _status(code: str) -> str:
    return models.Permit.Status(code).label if code in models.Permit.Status.values else code


def _window(state: dict[str, Any], zone: ZoneInfo) -> str:
    start, end = (
        datetime.fromisoformat(one) if (one := state.get(key)) else None for key in ("valid_from", "valid_until")
    )
    if start and end:
        return f"valid {words.spoken(words.span(start, end, zone))}"
    return f"valid from {words.moment(start, zone).text}" if start else ""
