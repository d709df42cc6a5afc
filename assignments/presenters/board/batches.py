"""A batch as a page: how far it has come, what was not done or taken back and why, and the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assignments import models
from assignments.presenters.board import rows
from assignments.presenters.shared import states, words
from assignments.services.records import refusals

Status = models.BatchItem.Status
Act = models.Batch.Act


@dataclass(frozen=True, slots=True)
class BatchWording:
    """How a page speaks of an act that was done to many."""

    doing: str
    thing: str
    done: str
    result: str
    """Noun for each one that is done."""
    revoke: str
    """Taking all back when that needs a reason."""

    @property
    def not_done(self) -> str:
        return f"Not {self.done}"


_WORDING = {
    Act.APPROVE: BatchWording("Approving", "order", "approved", "approval", "Revoke all"),
    Act.REJECT: BatchWording("Rejecting", "suggestion", "rejected", "rejection", "Take all back"),
    Act.HOLD: BatchWording("Holding", "order", "held", "pin", "Take all back"),
    Act.MOVE: BatchWording("Moving", "order", "moved", "move", "Move all back"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """`batch` must carry the counts of `queries.batches`."""

    id: str
    title: str
    wording: BatchWording
    asked: str
    """Reason of rejections or place of moves, the same for all; empty for approvals and pins."""
    by: str
    at: words.ShownTime
    progress: BatchProgress | None
    """None when nothing is left to do."""
    may_go_on: bool
    standing: int
    undone: str
    """How far it was taken back, by whom and why; empty when nobody has asked for that."""
    take_back: rows.TakeBack | None
    """None while it is being taken back, and when there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far approving or taking back has come."""

    way: str
    """`approving` or `leaving`."""
    done: int
    total: int
    left: int
    """Items that nobody has gone on with yet."""
    said: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    number: str
    title: str
    url: str
    sentence: str
    next_step: str
    crew: str
    when: words.Span | None
    mark: words.Mark


@dataclass(frozen=True, slots=True)
class ItemGroups:
    """The items of a batch by what became of them."""

    refused: list[ItemLine]
    kept: list[ItemLine]
    leaving: list[ItemLine]
    approved: list[ItemLine]
    gone: list[ItemLine]
    """Taken back, by this batch or by somebody's own undo."""
    withdrawn: list[ItemLine]


def head(batch: Any, *, reader: Any, now: datetime) -> Head:
    zone = batch.district.zone
    today = now.astimezone(zone).date()
    way = rows.take_back(batch.undo_until, zone, now)
    return Head(
        id=str(batch.pk),
        title=_title(batch),
        wording=_WORDING[batch.act],
        asked=_asked_for(batch),
        by=refusals.person(batch.started_by),
        at=words.moment(batch.started_at, zone, today),
        progress=progress(batch),
        # Approvals carry the name of who chose them; any manager may take back.
        may_go_on=bool(batch.leaving) or batch.started_by_id == reader.pk,
        standing=batch.standing,
        undone=_undone(batch),
        take_back=way if (batch.standing or batch.waiting) and not batch.leaving else None,
    )


def progress(batch: Any) -> BatchProgress | None:
    """`batch` must carry the counts of `queries.batches`; None when nothing is left to do."""
    if batch.waiting:
        done = batch.total - batch.waiting
        said = f"{done:,} of {words.count(batch.total, 'order')} done."
        return BatchProgress("approving", done, batch.total, batch.waiting, said)
    if batch.leaving:
        done, asked = batch.gone + batch.kept, _asked(batch)
        stays = f"; {batch.kept:,} could not be" if batch.kept else ""
        said = f"{batch.gone:,} of {words.count(asked, _WORDING[batch.act].result)} taken back{stays}."
        return BatchProgress("leaving", done, asked, batch.leaving, said)
    return None


def _asked(batch: Any) -> int:
    """Approvals that were to be taken back."""
    asked: int = batch.leaving + batch.gone + batch.kept
    return asked


def _asked_for(batch: Any) -> str:
    if batch.act == Act.REJECT:
        label = models.Rejection.Code(batch.code).label
        return f"{label}: {batch.reason}" if batch.reason else label
    if batch.act == Act.MOVE:
        later = words.length(abs(batch.later_by)) + (" later" if batch.later_by > 0 else " earlier")
        crew = f"To {batch.to_crew}" if batch.to_crew else "Each with its crew"
        return f"{crew}, {later if batch.later_by else 'at the same time'}"
    return ""


def _title(batch: Any) -> str:
    wording = _WORDING[batch.act]
    if batch.waiting:
        return f"{wording.doing} {words.count(batch.total, wording.thing)}"
    if batch.leaving:
        return f"Taking back {words.count(_asked(batch), wording.result)}"
    if batch.undo_asked_at:
        return _title_afterwards(batch, wording)
    if batch.refused:
        return f"{batch.total - batch.refused} of {words.count(batch.total, wording.thing)} {wording.done}"
    return f"{words.count(batch.total, wording.thing)} {wording.done}"


def _title_afterwards(batch: Any, wording: BatchWording) -> str:
    done = batch.total - batch.refused - batch.withdrawn
    if batch.standing:
        return f"{words.count(batch.standing, wording.result)} left of {done:,}"
    if done:
        return f"{words.count(done, wording.result)} taken back"
    return f"None of {words.count(batch.total, wording.thing)} {wording.done}"


def _undone(batch: Any) -> str:
    if not batch.undo_asked_at:
        return ""
    if batch.leaving:
        how = "Being taken back"
    elif batch.kept:
        how = "Taken back in part" if batch.gone else "None could be taken back"
    else:
        how = "Taken back" if batch.gone else "Stopped"
    at = words.moment(batch.undo_asked_at, batch.district.zone).text
    why = f": {batch.undo_reason}" if batch.undo_reason else ""
    return f"{how} by {refusals.person(batch.undo_asked_by)}, {at}{why}"


def parts(items: Iterable[models.BatchItem], batch: models.Batch) -> ItemGroups:
    found = ItemGroups([], [], [], [], [], [])
    for item in items:
        if item.status == Status.WAITING:
            continue
        line = _line(item, batch)
        if item.status == Status.REFUSED:
            found.refused.append(line)
        elif item.status == Status.WITHDRAWN:
            found.withdrawn.append(line)
        elif item.status == Status.UNDONE or _is_revoked(item, batch):
            found.gone.append(line)
        elif item.status == Status.LEAVING:
            found.leaving.append(line)
        elif item.status == Status.KEPT:
            found.kept.append(line)
        else:
            found.approved.append(line)
    return found


def _is_revoked(item: models.BatchItem, batch: models.Batch) -> bool:
    """Whether somebody took it back by itself."""
    if item.rejection is not None:
        return not item.rejection.is_held
    if batch.act == Act.HOLD and item.before is not None:
        return not item.before.pinned
    return item.assignment is not None and item.assignment.status == models.Assignment.Status.REVOKED


def _line(item: models.BatchItem, batch: models.Batch) -> ItemLine:
    assignment = item.assignment or item.before
    when = words.span(assignment.starts_at, assignment.ends_at, batch.district.zone, batch.day) if assignment else None
    crew = assignment.crew_names if assignment else item.rejection.crew_names if item.rejection else ""
    return ItemLine(
        number=item.order.number,
        title=item.order.title,
        url=item.order.get_absolute_url(),
        sentence=item.sentence,
        next_step=item.next_step,
        crew=crew,
        when=when,
        mark=_mark(item, batch),
    )


def _mark(item: models.BatchItem, batch: models.Batch) -> words.Mark:
    if item.rejection is not None and item.rejection.is_held:
        return words.Mark("none", "x", "Rejected")
    if batch.act == Act.HOLD and item.before is not None and item.before.pinned:
        return words.Mark("ok", "pin", "Pinned")
    if item.assignment is not None:
        return states.of_assignment(item.assignment)
    return words.Mark("none", "minus", item.get_status_display())


@dataclass(frozen=True, slots=True)
class Single:
    """An approval of its own that can still be undone."""

    number: str
    title: str
    url: str
    decision: rows.DecisionCell


def singles(assignments: Iterable[models.Assignment], district: models.District, now: datetime) -> list[Single]:
    day = now.astimezone(district.zone).date()
    return [
        Single(one.order.number, one.order.title, one.order.get_absolute_url(), rows.decision(one, one.order, day, now))
        for one in assignments
    ]
