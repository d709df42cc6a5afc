"""Work that is longer than a shift: its parts, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.shared import states, words
from assignments.queries import longest_shift
from assignments.queries.order_parts import OrderParts

_WORTH = 2
"""Work that is so many times the least part may be cut."""
_ASK = "Have its owner allow it in work management, or give one crew longer hours for it."
_CUT = "Split it into parts, or give one crew longer hours for it."
_SHORTER = "Have its owner allow shorter parts, or give one crew longer hours for it."

Splitting = models.WorkOrder.Splitting
_TERMS = {
    Splitting.NO: "not split: its owner forbids it",
    Splitting.SAME_CREW: "if longer than a shift, in parts by the same crew",
    Splitting.HAND_OVER: "if longer than a shift, in parts, which crews may hand over",
}


_BY = {
    Splitting.NO: "its owner forbids to split it by now",
    Splitting.SAME_CREW: "the same crew does all of them",
    Splitting.HAND_OVER: "crews may hand over",
}


@dataclass(frozen=True, slots=True)
class PartLine:
    number: str
    label: str
    work: str
    """`9 h, 30 min to set up`"""
    mark: words.Mark
    when: words.Span | None
    crew: str
    is_shown: bool
    """Whether the page is about this part."""


@dataclass(frozen=True, slots=True)
class PartsPanel:
    """The parts of the order that a page is about, or of its whole."""

    whole: str
    """The whole's number."""
    is_whole: bool
    """Whether the page is about the whole."""
    sentence: str
    lines: tuple[PartLine, ...]
    may_be_joined: bool


@dataclass(frozen=True, slots=True)
class TooLong:
    """Why no crew can do the order as it is, and what can be done."""

    sentence: str
    next_step: str


def terms(order: models.WorkOrder) -> str:
    """The owner's terms for parts in words."""
    least = f", {words.length(order.whole.least_part_minutes)} at least" if order.splitting != Splitting.NO else ""
    return _TERMS[Splitting(order.splitting)] + least


def panel(found: OrderParts, order: models.WorkOrder, zone: ZoneInfo) -> PartsPanel | None:
    """None for work that is not split."""
    if not found.parts:
        return None
    by = _BY[Splitting(found.whole.splitting)]
    return PartsPanel(
        whole=found.whole.number,
        is_whole=order.pk == found.whole.pk,
        sentence=f"{words.length(found.whole.duration_minutes)} of work {standing(found.parts)}; {by}",
        lines=tuple(_line(part, order, zone) for part in found.parts),
        may_be_joined=not any(_is_decided(part) for part in found.parts),
    )


def standing(parts: tuple[models.WorkOrder, ...]) -> str:
    """`in 3 parts: 1 done, 1 with a crew, 1 to decide`; the parts have their decisions under `live`."""
    done = sum(part.status in models.WorkOrder.FINISHED for part in parts)
    decided = sum(_is_decided(part) for part in parts) - done
    counts = ((done, "done"), (decided, "with a crew"), (len(parts) - done - decided, "to decide"))
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"in {words.count(len(parts), 'part')}: {said}"


def too_long(order: models.WorkOrder, shift: int | None) -> TooLong | None:
    """None where a shift of the district has time for the order, or nobody knows."""
    if shift is None or not longest_shift.is_too_long(order, shift):
        return None
    sentence = f"{words.length(order.duration_minutes)} of work: {_than_what(order, shift)}."
    if order.splitting == Splitting.NO:
        return TooLong(f"{sentence} Its owner forbids splitting it.", _ASK)
    if order.kept_whole_at == order.duration_minutes:
        return TooLong(f"{sentence} A manager put its parts together.", _CUT)
    least = words.length(order.least_part_minutes)
    return TooLong(f"{sentence} It cannot be cut into parts of at least {least}.", _SHORTER)


def _than_what(order: models.WorkOrder, shift: int) -> str:
    overtime = order.district.rules_in_force.max_overtime_minutes
    if order.duration_minutes > shift + overtime:
        longest = words.length(shift) + (f" and {words.length(overtime)} of overtime" if overtime else "")
        return f"longer than any shift here (longest {longest})"
    stretch = words.length(longest_shift.longest_stretch(order.district, shift))
    return f"no shift here has so much time in one piece, breaks taken (at most {stretch})"


def may_be_cut(order: models.WorkOrder) -> bool:
    """Whether a manager may want to cut the order by hand."""
    if order.part or not order.is_assignable or order.splitting == Splitting.NO:
        return False
    return order.duration_minutes >= _WORTH * order.least_part_minutes


def _is_decided(part: models.WorkOrder) -> bool:
    live: list[models.Assignment] = part.live  # type: ignore[attr-defined]  # a prefetch
    return bool(live) or part.is_in_the_field or part.status in models.WorkOrder.FINISHED


def _line(part: models.WorkOrder, order: models.WorkOrder, zone: ZoneInfo) -> PartLine:
    live: list[models.Assignment] = part.live  # type: ignore[attr-defined]  # a prefetch
    row = live[0] if live else None
    set_up = part.duration_minutes - part.work_minutes
    return PartLine(
        number=part.number,
        label=part.part_label,
        work=words.length(part.work_minutes) + (f", {words.length(set_up)} to set up" if set_up else ""),
        mark=states.of_assignment(row) if row else states.of_order(part.status),
        when=words.span(row.starts_at, row.ends_at, zone) if row else None,
        crew=row.crew_names if row else "",
        is_shown=part.pk == order.pk,
    )
