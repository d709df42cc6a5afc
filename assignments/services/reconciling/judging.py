"""The book of a target beside what it was told: which bookings differ, and which are merely on their way.

What should stand there is what the target has acknowledged of decisions that hold. Nothing is called different of which
something is open, or was settled while the book was being read; what the target has refused, or what was written off,
is known and said on the write-backs' page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from assignments import models
from assignments.downstream import messages, outbound
from assignments.queries import chunks
from assignments.services.reconciling import naming

SETTLING = timedelta(minutes=1)
"""Before the book was read: what was settled since may not be in it yet. Clocks of two machines differ, and a system
may read from a copy of its book."""

Action = models.WriteBack.Action
Status = models.WriteBack.Status
Kind = models.Difference.Kind
Entry = outbound.BookedMessage


@dataclass(slots=True)
class Verdicts:
    """The result of comparing; the differences are not stored yet."""

    agreed: int = 0
    waiting: int = 0
    untaken: int = 0
    differences: list[models.Difference] = field(default_factory=list)


def compare(
    *, target: models.DownstreamSystem, entries: Collection[Entry], began_at: datetime, now: datetime
) -> Verdicts:
    """The verdicts on all bookings that are not over at `now`; the reading of the book began at `began_at`."""
    names = naming.Names(target)
    ours = {key: one for one in entries if (key := _uuid(one.assignment)) is not None}
    found = Verdicts()
    known: set[UUID] = set()
    for lead, told in _told(target, ours.keys(), now):
        known.add(lead.pk)
        _judge(found, lead, told, ours.get(lead.pk), began_at, now, names)
    foreign = [one for one in entries if _uuid(one.assignment) not in known and one.period.end > now]
    found.differences += names.foreign(foreign)
    names.fill(found.differences)
    return found


def is_on_its_way(rows: Iterable[models.WriteBack], since: datetime) -> bool:
    """Whether something of the assignment is open, or was written or settled since then."""
    return any(
        row.status in models.WriteBack.OPEN
        or row.created_at >= since
        or (row.acknowledged_at is not None and row.acknowledged_at >= since)
        for row in rows
    )


def is_untaken(rows: Iterable[models.WriteBack]) -> bool:
    """Whether the target has refused the booking, or it was written off. A pin says nothing of whether it has it."""
    return any(row.status in models.WriteBack.UNTAKEN and row.action != Action.PIN for row in rows)


def _told(
    target: models.DownstreamSystem, in_book: Collection[UUID], now: datetime
) -> Iterator[tuple[models.Assignment, list[models.WriteBack]]]:
    """The assignments that the target was told of and that are not over, and those in its book, each with what it was
    told."""
    told = models.WriteBack.objects.filter(target=target, assignment__isnull=False)
    leads = models.Assignment.objects.leads()
    live = leads.live().filter(pk__in=told.values("assignment"), ends_at__gt=now).values_list("pk", flat=True)
    for ids in chunks.chunked(set(live) | set(in_book)):
        by_assignment: dict[Any, list[models.WriteBack]] = defaultdict(list)
        for row in told.filter(assignment__in=ids).order_by("pk"):
            by_assignment[row.assignment_id].append(row)
        for lead in leads.with_teams().filter(pk__in=ids).select_related("order").order_by("pk"):
            yield lead, by_assignment[lead.pk]


def _judge(  # noqa: PLR0917
    found: Verdicts, lead: models.Assignment, told: list[models.WriteBack], entry: Entry | None, began_at: datetime,
    now: datetime, names: naming.Names,
) -> None:  # fmt: skip
    if is_on_its_way(told, began_at - SETTLING):
        found.waiting += 1
    elif is_untaken(told):
        found.untaken += 1
    elif lead.status not in models.Assignment.LIVE:
        # Work that is done may stay in any book.
        if entry is not None and lead.status != models.Assignment.Status.COMPLETED and entry.period.end > now:
            found.differences.append(names.difference(Kind.LEFT_OVER, lead, None, entry))
    else:
        taken = [row for row in told if row.status == Status.ACKNOWLEDGED and row.action != Action.REVOKE]
        should = taken[-1].payload if taken else None
        if should is None or (entry is not None and _is_same(should, entry)):
            found.agreed += entry is not None
        elif entry is None:
            found.differences.append(names.difference(Kind.MISSING, lead, should, None))
        else:
            found.differences.append(names.difference(Kind.OTHER, lead, should, entry))


def _is_same(told: Mapping[str, Any], entry: Entry) -> bool:
    period = messages.Period.model_validate(told["period"])
    return (
        (told["order"], told.get("part", 0)) == (entry.order or told["order"], entry.part)
        and told["crew"] == entry.crew
        and set(told.get("further_crews", ())) == set(entry.further_crews)
        and (period.start, period.end) == (entry.period.start, entry.period.end)
        and entry.tentative in {None, told.get("tentative", False)}
    )


def _uuid(name: str | None) -> UUID | None:
    try:
        return UUID(name or "")
    except ValueError:
        return None


def of_assignment(target: models.DownstreamSystem, assignment: models.Assignment) -> list[models.WriteBack]:
    """All that the target was told of it."""
    return list(models.WriteBack.objects.filter(assignment=assignment, target=target).order_by("pk"))
