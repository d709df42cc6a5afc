"""Compares crews for one order: times, drives, obstacles, the score, how rested their people are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from assignments import models
from assignments.engine.domain import parts
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import appraisal, explain
from assignments.engine.rules import checker, hours
from assignments.engine.rules.case import Case
from assignments.queries import days
from assignments.services.runs import explaining, suggesting
from assignments.services.snapshots import snapshotting


@dataclass(frozen=True)
class ShiftInQuestion:
    """A shift to look at."""

    shift_id: int
    starts_at: datetime | None = None
    """When it begins there; without it, where it would break least."""
    part: int = 0
    """Which crew of a team it is, counted from the lead."""


@dataclass(frozen=True)
class PersonHours:
    """One person of the crew."""

    name: str
    worked: timedelta
    """On duty in the 24 hours before the work."""
    until: datetime
    """Until when the rest rule lets them work."""


@dataclass(frozen=True)
class ComparedShift:
    """One shift against the order at one start."""

    shift: models.Shift
    departs_at: datetime
    starts_at: datetime
    ends_at: datetime
    onward_at: datetime
    """When the drive to the next work, or to the base, is over."""
    goes_home: bool
    parts: tuple[dict[str, Any], ...]
    """Of the score, as suggestions keep them; none when it was not asked for."""
    obstacles: tuple[explaining.Obstacle, ...]
    fix: str
    override_at: datetime | None
    people: tuple[PersonHours, ...]
    rest: tuple[tuple[datetime, datetime], ...]
    """Rest that earlier duty of somebody earned, each period once."""
    rest_due_at: datetime | None
    """When the first of its people must stop working; None without people."""


def standings(
    *, order: models.WorkOrder, day: date, asked: Sequence[ShiftInQuestion], now: datetime, scored: bool = False
) -> list[ComparedShift]:
    """Of each asked shift of the district that is on the roster, in that sequence; by a constant number of queries.

    With `scored`, what it would score: that depends on all crews of the day, as in ranking.
    """
    if not asked:
        return []
    start, end = days.horizon_of(order.district, day, now)
    crews = models.Shift.objects.filter(pk__in=[one.shift_id for one in asked]).values_list("crew", flat=True)
    snapshot = snapshotting.problem_for(
        district=order.district, start=start, end=end, now=now, order_ids=[order.pk],
        crew_ids=None if scored else set(crews),
    )  # fmt: skip
    known = [one for one in asked if one.shift_id in snapshot.shifts]
    return [_Look(snapshot, order.pk, one).standing(scored=scored) for one in known]


class _Look:
    def __init__(self, snapshot: snapshotting.Snapshot, order_id: int, asked: ShiftInQuestion) -> None:
        self._snapshot, self._asked = snapshot, asked
        problem, whole = snapshot.problem, snapshot.job(order_id)
        job = parts.part_of(whole, asked.part if asked.part in parts.numbers(whole) else 0)
        shift = snapshot.shift(asked.shift_id)
        self._refusal = None
        if asked.starts_at is None:
            self._refusal = explain.why_not(problem, job, shift)
            start = self._refusal.start
        else:
            start = snapshot.seconds(asked.starts_at)
        self._case = Case(problem, job, shift, start, Travel.of(problem))

    def standing(self, *, scored: bool) -> ComparedShift:
        case, at, refusal = self._case, self._snapshot.at, self._refusal
        found = hours.of_people(case)
        broken = checker.judge(case) if refusal is None else refusal.violations
        return ComparedShift(
            shift=self._snapshot.shifts[case.shift.id],
            departs_at=at(case.leaves),
            starts_at=at(case.start),
            ends_at=at(case.end),
            onward_at=at(case.end + case.drive_out),
            goes_home=case.after is None,
            parts=tuple(suggesting.part(one) for one in appraisal.score_of(case)) if scored else (),
            obstacles=tuple(explaining.obstacle(one, self._snapshot) for one in broken),
            fix=refusal.fix.render(self._snapshot.clock) if refusal and refusal.fix else "",
            override_at=at(refusal.override) if refusal and refusal.override is not None else None,
            people=tuple(self._person(one) for one in found),
            rest=self._rest(found),
            rest_due_at=min((at(one.until) for one in found), default=None),
        )

    def _person(self, one: hours.Hours) -> PersonHours:
        return PersonHours(one.member.name, timedelta(seconds=one.worked), self._snapshot.at(one.until))

    def _rest(self, found: Iterable[hours.Hours]) -> tuple[tuple[datetime, datetime], ...]:
        periods = sorted({window for one in found for window in one.owed})
        return tuple((self._snapshot.at(one.start), self._snapshot.at(one.end)) for one in periods)
