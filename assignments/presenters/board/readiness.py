"""The readiness strip of an order: crew, permit, clearance, materials, appointment, each with its state in words."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import rings, wording
from assignments.presenters.shared import words
from assignments.presenters.shared.words import Mark
from assignments.queries import days, work_queue

_ICONS = {"ok": "check", "pending": "clock", "bad": "x", "none": "minus"}
# From best to worst: a kind of permit is as ready as the best permit of that kind.
_ORDER = ("ok", "pending", "bad")


def strip(row: work_queue.BoardOrder, *, day: date, now: datetime) -> tuple[Mark, ...]:
    """The five marks, and a sixth when earlier work is not finished."""
    zone = row.order.district.zone
    clearance = models.Permit.Kind.CLEARANCE.value
    kinds = [kind for kind in row.order.required_permits if kind != clearance]
    marks = [
        _crew(row),
        _permits("Permit", row.order, kinds, day, zone),
        _permits("Clearance", row.order, [clearance] if clearance in row.order.required_permits else [], day, zone),
        _materials(row.order, zone, now),
        _appointment(row, zone, day),
    ]
    waiting_for: list[models.WorkOrder] = row.order.unfinished  # type: ignore[attr-defined]  # prefetched by board.rows
    if row.ring:
        marks.append(_mark("bad", "Earlier work", f"{rings.told(row.ring)}: none of them can be first"))
    elif waiting_for:
        numbers = wording.listed([order.number for order in waiting_for])
        marks.append(_mark("pending", "Earlier work", f"Starts after {numbers}"))
    return tuple(marks)


def _mark(tone: str, word: str, detail: str) -> Mark:
    return Mark(tone, _ICONS[tone], word, detail)


def _crew(row: work_queue.BoardOrder) -> Mark:
    if row.assignment:
        tone = "bad" if row.assignment.red_cause else "ok"
        return _mark(tone, "Crew", row.assignment.red_cause or f"{row.assignment.crew.name} is assigned")
    if row.suggestion:
        return _mark("pending", "Crew", f"{row.suggestion.crew.name} is suggested, not yet approved")
    return _mark("bad", "Crew", "No crew is assigned or suggested")


def _permits(word: str, order: models.WorkOrder, kinds: list[str], day: date, zone: ZoneInfo) -> Mark:
    if not kinds:
        return _mark("none", word, "not needed")
    found = [_best_of_kind(order, kind, day, zone) for kind in kinds]
    worst = max((tone for tone, _ in found), key=_ORDER.index)
    return _mark(worst, word, "; ".join(detail for _, detail in found))


def _best_of_kind(order: models.WorkOrder, kind: str, day: date, zone: ZoneInfo) -> tuple[str, str]:
    label = models.Permit.Kind(kind).label
    states = [_permit_state(permit, day, zone) for permit in order.every_permit if permit.kind == kind]
    if not states:
        return "bad", f"{label} is missing"
    tone, detail = min(states, key=lambda state: _ORDER.index(state[0]))
    return tone, f"{label} {detail}"


def _permit_state(permit: models.Permit, day: date, zone: ZoneInfo) -> tuple[str, str]:
    status = permit.get_status_display().lower()
    if permit.status in models.Permit.PENDING:
        return "pending", f"{permit.number} is {status}, not issued yet"
    if permit.status not in models.Permit.LIVE:
        return "bad", f"{permit.number} is {status}"
    district = permit.order.district
    period, begin_before = permit.window_in(district), permit.begin_before(district)
    if period is None:
        return "bad", f"{permit.number} is {status} without an end"
    start, end = days.period_of(day, zone)
    window = words.spoken(words.span(*period, zone, day))
    if period[0] >= end or period[1] <= start:
        return "bad", f"{permit.number} is not valid on this day, only {window}"
    if begin_before is None:
        return "ok", f"{permit.number} is valid {window}"
    last = words.moment(begin_before, zone, day).text
    return "ok" if begin_before > start else "bad", f"{permit.number} is valid {window}, begun before {last}"


def _materials(order: models.WorkOrder, zone: ZoneInfo, now: datetime) -> Mark:
    if order.materials_ready:
        return _mark("ok", "Materials", "on hand")
    expected = order.materials_expected_at
    if expected is None:
        return _mark("bad", "Materials", "missing, and nobody knows until when")
    late = ", which is past" if expected <= now else ""
    return _mark("pending", "Materials", f"expected {words.moment(expected, zone).text}{late}")


def _appointment(row: work_queue.BoardOrder, zone: ZoneInfo, day: date) -> Mark:
    start, end = row.order.appointment_starts_at, row.order.appointment_ends_at
    if start is None or end is None:
        return _mark("none", "Appointment", "none agreed")
    window = words.spoken(words.span(start, end, zone, day))
    chosen = row.assignment or row.suggestion
    if chosen is None:
        return _mark("pending", "Appointment", f"{window}, no crew for it yet")
    kept = start <= chosen.starts_at < end
    return _mark("ok" if kept else "bad", "Appointment", f"{window} {'is kept' if kept else 'is missed'}")
