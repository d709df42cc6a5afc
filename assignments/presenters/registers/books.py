"""The books of the systems beside what they were told, in words; for the page and for the command."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, target_books

Kind = models.Difference.Kind
Status = models.BookComparison.Status

_KINDS = {
    "MISSING": words.Mark("bad", "alert", "missing there"),
    "OTHER": words.Mark("bad", "swap", "otherwise there"),
    "LEFT_OVER": words.Mark("bad", "undo", "still there"),
    "FOREIGN": words.Mark("none", "info", "not from Lineup"),
}
_STATES = {
    "WAITING": words.Mark("info", "clock", "Waits for a worker"),
    "READING": words.Mark("info", "download", "Reading its book"),
    "NOT_SERVED": words.Mark("none", "minus", "Cannot be compared"),
    "FAILED": words.Mark("pending", "alert", "Could not be read"),
}
_NEVER = words.Mark("none", "minus", "Not compared yet")
_SAME = words.Mark("ok", "check", "As it was told")


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    id: int
    mark: words.Mark
    order_number: str
    """Empty where the target names an order that is not known here."""
    their_order: str
    here: str
    there: str
    repair: str
    """How far repairing it has come; empty before anybody asked."""


@dataclass(frozen=True, slots=True)
class BookPanel:
    """One system with the last comparison of its book."""

    code: str
    name: str
    is_enabled: bool
    mark: words.Mark
    is_under_way: bool
    compared: words.ShownTime | None
    """When the shown comparison ended; None before the first."""
    trouble: str
    """Why a later one did not come to an end."""
    counts: tuple[str, ...]
    rows: tuple[DifferenceRow, ...]
    more: int
    """Differences of the district that are not listed."""
    elsewhere: int
    """Bookings of orders that nothing here knows; they belong to no district."""
    mendable: int
    comparison: int | None


def panels(found: Iterable[target_books.TargetBook], *, district: models.District, now: datetime) -> list[BookPanel]:
    return [_panel(one, district, now) for one in found]


def sentence(difference: models.Difference, zone: tzinfo) -> str:
    """`missing there: WO-1, here Line 3, Mon 15 Jun 08:00–10:00`."""
    number = difference.order.number if difference.order else (difference.theirs or {}).get("order") or "no order"
    sides = [
        f"{where} {text}"
        for where, text in (("here", _here(difference, zone)), ("there", _there(difference, zone)))
        if text
    ]
    return f"{_KINDS[difference.kind].word}: {number}, {'; '.join(sides)}"


def counted(comparison: models.BookComparison) -> tuple[str, ...]:
    """The numbers of a comparison that ended well, those of nothing left out."""
    numbers = (
        (comparison.entries, "booking in its book", "bookings in its book"),
        (comparison.agreed, "as it was told", "as they were told"),
        (comparison.waiting, "on its way", "on their way"),
        (comparison.untaken, "not taken (see Sent)", "not taken (see Sent)"),
        (comparison.unreadable, "that cannot be read", "that cannot be read"),
    )
    first, *others = (words.count(number, one, many) for number, one, many in numbers)
    return (first, *(text for text, (number, *_) in zip(others, numbers[1:], strict=True) if number))


def _panel(found: target_books.TargetBook, district: models.District, now: datetime) -> BookPanel:
    zone, today = district.zone, days.today(district, now)
    done, latest = found.done, found.latest
    failed = latest if latest and latest.status in {Status.FAILED, Status.NOT_SERVED} else None
    return BookPanel(
        code=found.target.code,
        name=found.target.name,
        is_enabled=found.target.enabled,
        mark=_mark(found),
        is_under_way=latest is not None and latest.status in models.BookComparison.UNDER_WAY,
        compared=words.moment(done.ended_at, zone, today) if done and done.ended_at else None,
        trouble=_trouble(found.target, failed, zone, today) if failed else "",
        counts=counted(done) if done else (),
        rows=tuple(_row(one, zone) for one in found.shown),
        more=found.total - len(found.shown),
        elsewhere=found.elsewhere,
        mendable=found.mendable,
        comparison=done.pk if done else None,
    )


def _mark(found: target_books.TargetBook) -> words.Mark:
    if found.latest is None:
        return _NEVER
    if found.latest.status != Status.DONE:
        return _STATES[found.latest.status]
    differing = words.count(found.total, "difference")
    return words.Mark("bad", "alert", differing) if found.total else _SAME


def _trouble(target: models.DownstreamSystem, failed: models.BookComparison, zone: tzinfo, today: date) -> str:
    at = words.moment(failed.ended_at or failed.asked_at, zone, today).text
    if failed.status == Status.NOT_SERVED:
        return f"At {at} {target} {failed.error}. Its administrator can add that; until then ask there what it has."
    return f"At {at} {target} {failed.error.rstrip('.')}. Compare again once it answers."


def _row(one: models.Difference, zone: tzinfo) -> DifferenceRow:
    return DifferenceRow(
        id=one.pk,
        mark=_KINDS[one.kind],
        order_number=one.order.number if one.order else "",
        their_order=(one.theirs or {}).get("order") or "no order",
        here=_here(one, zone),
        there=_there(one, zone),
        repair=_repair(one),
    )


def _repair(one: models.Difference) -> str:
    if one.left_because:
        return f"Left alone: {one.left_because[:1].lower()}{one.left_because[1:]}."
    if one.write_back is not None:
        return f"Told again: {one.write_back.get_status_display().lower()}."
    if one.asked_at is not None:
        return "A worker repairs it."
    return "Left to you: ask there whether it is wanted." if one.kind == Kind.FOREIGN else ""


def _here(one: models.Difference, zone: tzinfo) -> str:
    if one.kind == Kind.LEFT_OVER:
        return "taken back"
    return _booking(one.told, one.crews, zone) if one.told else ""


def _there(one: models.Difference, zone: tzinfo) -> str:
    if not one.theirs:
        return ""
    said = _booking(one.theirs, one.their_crews, zone)
    if one.told and one.theirs.get("order") not in {None, "", one.told["order"]}:
        return f"{said}, for {one.theirs['order']}"
    return said


def _booking(booking: dict[str, Any], crews: str, zone: tzinfo) -> str:
    start, end = (datetime.fromisoformat(booking["period"][name]) for name in ("start", "end"))
    tentative = ", tentative" if booking.get("tentative") else ""
    return f"{crews}, {words.spoken(words.span(start, end, zone))}{tentative}"
