"""Work that depends on an order, and the consequences when the order moves or fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assignments.presenters.shared import states, words
from assignments.queries.followers import Follower

_RULE = "prerequisite"


@dataclass(frozen=True, slots=True)
class FollowerLine:
    number: str
    title: str
    mark: words.Mark
    depth: int
    after: str
    """The number of what it waits for, where that is not the order itself."""
    when: words.Span | None
    """When it is planned, and with whom."""
    crew: str
    outlook: words.Mark
    """Whether it stands now."""
    if_moved: str
    if_failed: str


def lines(found: Iterable[Follower], *, zone: ZoneInfo) -> tuple[FollowerLine, ...]:
    return tuple(_line(one, zone) for one in found)


def _line(one: Follower, zone: ZoneInfo) -> FollowerLine:
    row = one.assignment
    outlook, if_moved, if_failed = _fate(one, zone)
    return FollowerLine(
        number=one.order.number,
        title=one.order.title,
        mark=states.of_assignment(row) if row else states.of_order(one.order.status),
        depth=one.depth,
        after=one.after.number if one.depth > 1 else "",
        when=words.span(row.starts_at, row.ends_at, zone) if row else None,
        crew=row.crew_names if row else "",
        outlook=outlook,
        if_moved=if_moved,
        if_failed=if_failed,
    )


def _fate(one: Follower, zone: ZoneInfo) -> tuple[words.Mark, str, str]:
    """Whether it stands, and what a move and a failure of what it waits for do to it."""
    row, awaited, after = one.assignment, one.awaited, one.after.number
    if row is None:
        planned = f"may begin {words.moment(awaited.ends_at, zone).text} at the earliest" if awaited else "waits"
        moved = f"It begins no earlier than {after} ends."
        return words.Mark("none", "clock", f"No crew yet, {planned}"), moved, f"It gets no crew until {after} is done."
    if _RULE in row.override_rules:
        said = "It goes ahead: a manager has overridden the rule."
        return words.Mark("pending", "override", "Goes ahead in any case"), said, said
    begins = words.moment(row.starts_at, zone).text
    failed = f"It turns red: {after} must be finished first. Its crew stays taken until somebody moves or undoes it."
    moved = f"It stands while {after} ends by {begins}, and turns red beyond."
    if awaited is None:
        return words.Mark("bad", "alert", f"{after} has no crew"), moved, failed
    room = (row.starts_at - awaited.ends_at).total_seconds() // 60
    if room < 0:
        return words.Mark("bad", "alert", f"Begins {words.length(int(-room))} too early"), moved, failed
    return words.Mark("ok", "check", f"Stands, {words.length(int(room))} of room"), moved, failed
