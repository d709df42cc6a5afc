"""The register of permits: what is missing, pending, expiring or lapsed, and the work that hangs on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from assignments import models
from assignments.presenters.shared import states, words
from assignments.presenters.shared.pages import Tab
from assignments.queries import days, permit_needs
from assignments.queries.permit_needs import Need

TABS = {
    Need.LAPSED: "Lapsed",
    Need.MISSING: "Missing",
    Need.PENDING: "Pending",
    Need.EXPIRING: "Expiring",
    Need.VALID: "Valid",
    Need.SETTLED: "Not needed",
}
_GROUPS = {
    Need.LAPSED: ("Lapsed, suspended or refused", "their work cannot start; work with a crew first"),
    Need.MISSING: ("Missing", "required by the order, not in the register; what is due first comes first"),
    Need.PENDING: ("Pending", "requested, not issued yet"),
    Need.EXPIRING: ("Expiring", "over within 24 hours"),
    Need.VALID: ("Valid", "for longer than 24 hours"),
    Need.SETTLED: ("Not needed", "over, and the order does without it or has another"),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """The end of a permit's window that matters now."""

    word: str
    at: words.ShownTime
    relative: str
    tone: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The order's live assignment."""

    crew: str
    when: words.Span
    mark: words.Mark


@dataclass(frozen=True, slots=True)
class PermitRow:
    key: str
    kind: str
    number: str
    authority: str
    mark: words.Mark
    window: words.Span | None
    edge: Edge | None
    order_number: str
    title: str
    order_mark: words.Mark
    due: Edge | None
    is_required: bool
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class PermitGroup:
    """The rows of one state of need."""

    state: str
    title: str
    about: str
    rows: tuple[PermitRow, ...]


def tabs(entries: Collection[permit_needs.PermitEntry], current: str) -> tuple[Tab, ...]:
    """The states of need with how many rows each has."""
    numbers = Counter(one.need for one in entries)
    parts = (Tab(need.slug, label, numbers[need], need.slug == current) for need, label in TABS.items())
    return (Tab("", "All", len(entries), not current), *parts)


def groups(
    entries: Sequence[permit_needs.PermitEntry], *, district: models.District, now: datetime
) -> list[PermitGroup]:
    """The entries of one page in their sequence, a group for each state that occurs; two queries."""
    decided = permit_needs.decisions({one.order.pk for one in entries})
    today = days.today(district, now)
    found = []
    for need, (title, about) in _GROUPS.items():
        rows = tuple(_row(one, decided, today, now) for one in entries if one.need == need)
        if rows:
            found.append(PermitGroup(need.slug, title, about, rows))
    return found


def _row(
    entry: permit_needs.PermitEntry, decided: Mapping[int, models.Assignment], today: date, now: datetime
) -> PermitRow:
    order, permit = entry.order, entry.permit
    zone = order.district.zone
    window = None
    if permit and permit.valid_from and entry.ends_at:
        window = words.span(permit.valid_from, entry.ends_at, zone, today)
    return PermitRow(
        key=entry.key,
        kind=models.Permit.Kind(entry.kind).label,
        number=permit.number if permit else "",
        authority=permit.authority if permit else "",
        mark=states.of_permit(permit, now) if permit else states.of_missing_permit(),
        window=window,
        edge=_edge(entry, today, now),
        order_number=order.number,
        title=order.title,
        order_mark=states.of_order(order.status),
        due=_due(order, today, now),
        is_required=entry.kind in order.required_permits,
        decision=_decision(decided[order.pk], order, today) if order.pk in decided else None,
    )


def _edge(entry: permit_needs.PermitEntry, today: date, now: datetime) -> Edge | None:
    """When the permit begins, must be begun, ends or has ended: whatever comes first."""
    permit, zone = entry.permit, entry.order.district.zone
    if permit is None or entry.ends_at is None:
        return None
    starts, begin = permit.valid_from, permit.begin_before(entry.order.district)
    if entry.ends_at <= now:
        word, at = "ended", entry.ends_at
    elif starts and starts > now:
        word, at = "begins", starts
    elif begin and begin > now:
        word, at = "work must begin", begin
    else:
        word, at = "ends", entry.ends_at
    tone = "pending" if entry.need == Need.EXPIRING else "none"
    if entry.need == Need.LAPSED and entry.ends_at <= now:
        tone = "bad"
    return Edge(word, words.moment(at, zone, today), words.relative(at, now), tone)


def _due(order: models.WorkOrder, today: date, now: datetime) -> Edge | None:
    if order.due_at is None:
        return None
    late = order.due_at <= now
    at = words.moment(order.due_at, order.district.zone, today)
    return Edge("was due" if late else "due", at, words.relative(order.due_at, now), "bad" if late else "none")


def _decision(assignment: models.Assignment, order: models.WorkOrder, today: date) -> Decision:
    when = words.span(assignment.starts_at, assignment.ends_at, order.district.zone, today)
    return Decision(assignment.crew_names, when, states.of_assignment(assignment))
