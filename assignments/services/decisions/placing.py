"""A decision put with another crew at another time, as the rules see it; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from assignments import models
from assignments.engine.domain.problem import CrewShift
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import explain
from assignments.engine.rules import checker
from assignments.engine.rules.case import Case
from assignments.queries import days
from assignments.services.snapshots import snapshotting


@dataclass(frozen=True)
class PlacementOutlook:
    """The rules' answer to a job with a crew at a time."""

    crew: models.Crew
    starts_at: datetime
    ends_at: datetime
    departs_at: datetime | None
    """When the crew would set out; None where it has no shift that day."""
    broken: tuple[str, ...]
    """Each broken rule in words, the worst first; with `tentative`, the pending permit alone."""
    fix: str
    """The cheapest change, or two, that would make it legal; empty where two would not be enough."""
    tentative: bool
    """Whether only a pending permit is in the way, so that the move can be made tentatively."""

    @property
    def is_legal(self) -> bool:
        return not self.broken


class Placement:
    """The rows of both crews as they are, by a constant number of queries, and the case that the rules judge."""

    def __init__(self, assignment: models.Assignment, crew: models.Crew, starts_at: datetime, now: datetime) -> None:
        self._order, self._crew, self._starts_at = assignment.order, crew, starts_at
        self._ends_at = starts_at + self._order.duration
        zone = self._order.district.zone
        from_day, to_day = sorted(days.local_day(one, zone) for one in (starts_at, assignment.starts_at))
        self.snapshot = snapshotting.problem_for(
            district=self._order.district,
            start=days.period_of(from_day, zone)[0],
            end=days.period_of(to_day, zone)[1],
            now=now,
            order_ids=[self._order.pk],
            crew_ids={crew.pk, assignment.crew_id},
        )
        self.case = self._case()
        """None where the crew has no shift that day."""

    def answer(self) -> PlacementOutlook:
        """The rules' answer, worded for a manager."""
        case, clock = self.case, self.snapshot.clock
        if case is None:
            day = self._starts_at.astimezone(self.snapshot.zone)
            none = f"{self._crew} has no shift on {day:%A} {day.day} {day:%B}."
            return PlacementOutlook(self._crew, self._starts_at, self._ends_at, None, (none,), "", tentative=False)
        broken = [one.render(clock) for one in checker.judge(case)]
        is_pending = bool(broken) and not checker.judge(replace(case, tentative=True))
        fix = ""
        if broken and not is_pending:
            found = explain.why_not(self.snapshot.problem, case.job, case.shift, start=case.start).fix
            fix = found.render(clock) if found else ""
        if waiting := self._dependant_that_waits():
            broken, is_pending, fix = [*broken, waiting], False, ""
        departs = self.snapshot.at(case.leaves)
        return PlacementOutlook(
            self._crew, self._starts_at, self._ends_at, departs, tuple(broken), fix, tentative=is_pending
        )

    def _case(self) -> Case | None:
        start, problem = self.snapshot.seconds(self._starts_at), self.snapshot.problem
        shift = self._nearest_shift(start)
        if shift is None:
            return None
        return Case(problem, self.snapshot.job(self._order.pk), shift, start, Travel.of(problem))

    def _nearest_shift(self, at: int) -> CrewShift | None:
        """The crew's shift in which the work would begin, else the nearest to it of that local day."""
        zone = self.snapshot.zone
        start, end = map(self.snapshot.seconds, days.period_of(days.local_day(self._starts_at, zone), zone))
        mine = (one for one in self.snapshot.problem.shifts if one.crew_id == self._crew.pk)
        near = [one for one in mine if one.window.start < end and one.window.end > start]
        return min(near, key=lambda one: max(one.window.start - at, at - one.window.end + 1, 0), default=None)

    def _dependant_that_waits(self) -> str:
        """Planned work that has to wait for this and would begin before it is done, in words; empty when none does."""
        rows = models.Assignment.objects.live().filter(order__prerequisites=self._order, starts_at__lt=self._ends_at)
        first = rows.select_related("order").order_by("starts_at").first()
        if first is None:
            return ""
        at, end = (self.snapshot.clock(self.snapshot.seconds(one)) for one in (first.starts_at, self._ends_at))
        return f"{first.order.number} waits for this work and is planned for {at}, before it would be done at {end}."
