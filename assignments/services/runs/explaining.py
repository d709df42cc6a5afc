"""Why not: for one order and each crew of its district, every rule in the way and the cheapest change that helps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from assignments import models
from assignments.engine.domain import parts, wording
from assignments.engine.ranking import explain
from assignments.queries import days
from assignments.services.runs import making_room
from assignments.services.snapshots import snapshotting


@dataclass(frozen=True)
class Obstacle:
    """One broken rule in words; `authority` may override it with a reason, nobody may when it is None."""

    rule: str
    title: str
    text: str
    authority: str | None
    basis: str
    source: str
    """The regulation, standard or agreement behind the rule; empty for physics."""


@dataclass(frozen=True)
class CrewAnswer:
    """Obstacles between one part of the order and one crew's shift; without any the crew may do it."""

    shift: models.Shift
    part: str
    """The crew's title in a team; empty where one crew is enough."""
    obstacles: tuple[Obstacle, ...]
    fix: str
    """The cheapest change that would make it legal, or the two cheapest; empty where two would not be enough."""
    changes: int = 0
    """Number of changes in `fix`."""
    override_at: datetime | None = None
    """The start at which a person may answer for all that is in the way; None when nobody may at any."""

    @property
    def is_legal(self) -> bool:
        return not self.obstacles


def why_not(*, order: models.WorkOrder, day: date, now: datetime) -> list[CrewAnswer]:
    """One answer for each shift of the district on its local `day`, and for each part of an order that needs several
    crews: who may first, then who is nearest to it."""
    start, end = days.horizon_of(order.district, day, now)
    snapshot = snapshotting.problem_for(district=order.district, start=start, end=end, now=now, order_ids=[order.pk])
    job = snapshot.job(order.pk)
    answers = []
    for number in parts.numbers(job):
        asked = parts.part_of(job, number)
        refused = [explain.why_not(snapshot.problem, asked, shift) for shift in snapshot.problem.shifts]
        told = making_room.told(order=order, asked=asked, refused=refused, snapshot=snapshot, now=now)
        told.sort(key=lambda one: (sum(each.severity for each in one.refusal.violations), one.refusal.shift_id))
        title = parts.title(job, number) if job.further_crews else ""
        answers += [_answer(one, title, snapshot) for one in told]
    return answers


def _answer(told: making_room.ToldRefusal, part: str, snapshot: snapshotting.Snapshot) -> CrewAnswer:
    refusal = told.refusal
    return CrewAnswer(
        shift=snapshot.shifts[refusal.shift_id],
        part=part,
        obstacles=tuple(obstacle(violation, snapshot) for violation in refusal.violations),
        fix=told.fix,
        changes=refusal.fix.changes if refusal.fix else 0,
        # Work of several crews is suggested and approved as a whole.
        override_at=None if part or refusal.override is None else snapshot.at(refusal.override),
    )


def obstacle(violation: wording.Violation, snapshot: snapshotting.Snapshot) -> Obstacle:
    """The broken rule in words."""
    return Obstacle(
        rule=violation.rule,
        title=violation.title,
        text=violation.render(snapshot.clock),
        authority=violation.authority,
        basis=violation.basis,
        source=violation.source,
    )
