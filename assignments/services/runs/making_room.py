"""Fixes that take approved work off a crew: told with the new place of that work, and not at all without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assignments import models
from assignments.engine.domain.problem import Job
from assignments.engine.domain.wording import Fix
from assignments.engine.emergencies.relocating import Relocating
from assignments.engine.ranking import explain
from assignments.services.snapshots import snapshotting

ROUNDS = 3
"""Times that another fix is looked for, where the work of the one before has no other place."""


@dataclass(frozen=True, slots=True)
class ToldRefusal:
    refusal: explain.WhyNotAnswer
    fix: str
    """In words, with where moved work goes; empty without a fix."""


def told(
    *,
    order: models.WorkOrder,
    asked: Job,
    refused: Sequence[explain.WhyNotAnswer],
    snapshot: snapshotting.Snapshot,
    now: datetime,
) -> list[ToldRefusal]:
    """The refusals in the same sequence, with one more reading of the plan for each round."""
    done = {one.shift_id: _plain(one, snapshot) for one in refused if not _moves(one)}
    left = [one for one in refused if _moves(one)]
    kept: frozenset[int] = frozenset()
    for _ in range(ROUNDS):
        if not left:
            break
        wider = _with_moved(order, left, snapshot, now)
        placing, waited_for = Relocating(wider.problem), _waited_for(wider)
        again = []
        for one in left:
            words = _placed(asked, one.fix, placing, wider) if one.fix and not one.fix.moved & waited_for else ""
            if words:
                done[one.shift_id] = ToldRefusal(one, words)
            elif one.fix:
                kept |= one.fix.moved
                again.append(one.shift_id)
        shifts = [shift for shift in snapshot.problem.shifts if shift.id in again]
        others = [explain.why_not(snapshot.problem, asked, shift, kept=kept) for shift in shifts]
        done |= {one.shift_id: _plain(one, snapshot) for one in others if not _moves(one)}
        left = [one for one in others if _moves(one)]
    done |= {one.shift_id: ToldRefusal(replace(one, fix=None), "") for one in left}
    return [done[one.shift_id] for one in refused]


def _moves(refusal: explain.WhyNotAnswer) -> bool:
    return refusal.fix is not None and bool(refusal.fix.moved)


def _plain(refusal: explain.WhyNotAnswer, snapshot: snapshotting.Snapshot) -> ToldRefusal:
    return ToldRefusal(refusal, refusal.fix.render(snapshot.clock) if refusal.fix else "")


def _with_moved(
    order: models.WorkOrder, refused: Iterable[explain.WhyNotAnswer], snapshot: snapshotting.Snapshot, now: datetime
) -> snapshotting.Snapshot:
    moved = {job for one in refused if one.fix for job in one.fix.moved}
    # The crews are known already, and reading them is most of the cost.
    found = snapshotting.problem_for(
        district=order.district,
        start=snapshot.epoch,
        end=snapshot.at(snapshot.problem.horizon),
        now=now,
        order_ids=moved,
        crew_ids=(),
    )
    problem = replace(snapshot.problem, jobs=(*snapshot.problem.jobs, *found.problem.jobs))
    return replace(snapshot, problem=problem, orders={**snapshot.orders, **found.orders})


def _waited_for(snapshot: snapshotting.Snapshot) -> frozenset[int]:
    """Orders of the snapshot that planned work waits for: they hold more than their own place."""
    waiting = models.Assignment.objects.live().filter(order__prerequisites__in=snapshot.orders)
    return frozenset(waiting.values_list("order__prerequisites", flat=True))


def _placed(asked: Job, fix: Fix, placing: Relocating, snapshot: snapshotting.Snapshot) -> str:
    if len(fix.moved) > 1:
        return ""
    slot = placing.place(asked, fix)
    if slot is None:
        return ""
    crew = snapshot.shifts[slot.shift_id].crew.name
    return f"{fix.render(snapshot.clock)} It has a place with {crew} at {snapshot.clock(slot.start)}."
