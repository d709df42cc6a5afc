"""Breaks of shifts, laid where work leaves room for them: told, not decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assignments import models
from assignments.engine.domain.problem import Commitment, CrewShift, Place, RuleData, Window
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import breaks


@dataclass(frozen=True, slots=True)
class ShiftBreak:
    """A break of one shift."""

    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class KnownWork:
    """Work of a crew, decided or suggested."""

    order: models.WorkOrder
    departs_at: datetime
    starts_at: datetime
    ends_at: datetime


class Breaks:
    """The breaks that a rule set gives; read once for a page, by one query."""

    def __init__(self, rules: models.RuleSet) -> None:
        self._rules = RuleData(breaks=rules.agreed_breaks, max_overtime=rules.max_overtime_minutes * 60)
        self._travel = Travel(speed=rules.speed_kmh / 3.6, circuity=rules.circuity)

    def owes(self, shift: models.Shift) -> bool:
        """Whether the shift owes any."""
        return bool(self._rules.breaks_of(_shift(shift, Place(0.0, 0.0))))

    def of(self, crew: models.Crew, shift: models.Shift, work: Iterable[KnownWork]) -> list[ShiftBreak]:
        """The breaks of the shift for which the work leaves room.

        Drives are as long as they were told when the work was decided; others are estimated.
        """
        if not self.owes(shift):
            return []
        begin, base = shift.starts_at, Place(crew.latitude, crew.longitude)
        there = sorted(
            (one for one in work if one.starts_at < shift.ends_at and one.ends_at > begin),
            key=lambda one: one.starts_at,
        )
        commitments = tuple(_commitment(one, begin) for one in there)
        told: dict[tuple[int, int], int] = {}
        for before, one in zip((base, *(c.place for c in commitments)), there, strict=False):
            told[before.key, _place(one.order).key] = _seconds(one.departs_at, one.starts_at)
        laid = breaks.owed(_shift(shift, base), self._rules, commitments, self._drive(told))
        return [
            ShiftBreak(
                one.rest.name, begin + timedelta(seconds=one.window.start), begin + timedelta(seconds=one.window.end)
            )
            for one in laid
        ]

    def _drive(self, told: Mapping[tuple[int, int], int]) -> Callable[[Place, Place], int]:
        def seconds(here: Place, there: Place) -> int:
            known = told.get((here.key, there.key))
            return self._travel.seconds(here, there) if known is None else known

        return seconds


def _shift(row: models.Shift, base: Place) -> CrewShift:
    # Seconds are counted from the start of the shift; nothing else of it is asked.
    return CrewShift(
        row.pk, row.crew_id, "", Window(0, _seconds(row.starts_at, row.ends_at)), base, (), on_call=row.on_call
    )


def _commitment(work: KnownWork, begin: datetime) -> Commitment:
    period = Window(_seconds(begin, work.starts_at), _seconds(begin, work.ends_at))
    return Commitment(work.order.pk, work.order.number, period, _place(work.order))


def _place(order: models.WorkOrder) -> Place:
    return Place(order.latitude, order.longitude)


def _seconds(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds())
