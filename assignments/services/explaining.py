"""Why not: for one order and each crew of its district, every rule in the way and the cheapest change that helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from assignments import models
from assignments.engine import explain, wording
from assignments.queries import days
from assignments.services import snapshotting


@dataclass(frozen=True)
class Obstacle:
    """One broken rule in words; `authority` may override it with a reason, nobody may when it is None."""

    rule: str
    title: str
    text: str
    authority: str | None


@dataclass(frozen=True)
class CrewAnswer:
    """What stands between the order and one crew's shift; no obstacle means that the crew may do it."""

    shift: models.Shift
    obstacles: tuple[Obstacle, ...]
    fix: str
    """The cheapest single change that would make it legal, empty when no single one would."""

    @property
    def is_legal(self) -> bool:
        return not self.obstacles


def why_not(*, order: models.WorkOrder, day: date, now: datetime) -> list[CrewAnswer]:
    """One answer for each shift of the district on its local `day`: who may first, then who is nearest to it."""
    start, end = days.horizon_of(order.district, day, now)
    snapshot = snapshotting.problem_for(district=order.district, start=start, end=end, now=now, order_ids=[order.pk])
    job = snapshot.job(order.pk)
    refused = [explain.why_not(snapshot.problem, job, shift) for shift in snapshot.problem.shifts]
    refused.sort(key=lambda one: (sum(violation.severity for violation in one.violations), one.shift_id))
    return [_answer(one, snapshot) for one in refused]


def _answer(refusal: explain.Refusal, snapshot: snapshotting.Snapshot) -> CrewAnswer:
    return CrewAnswer(
        shift=snapshot.shifts[refusal.shift_id],
        obstacles=tuple(_obstacle(violation, snapshot) for violation in refusal.violations),
        fix=refusal.fix.render(snapshot.clock) if refusal.fix else "",
    )


def _obstacle(violation: wording.Violation, snapshot: snapshotting.Snapshot) -> Obstacle:
    return Obstacle(violation.rule, violation.title, violation.render(snapshot.clock), violation.authority)
