"""Permits of a district's work: present ones by how much they need a person, and missing ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from assignments import models

EXPIRING = timedelta(hours=24)
"""Time before its end at which a permit asks to be extended."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Need(IntEnum):
    """Urgency of a permit for a person, the most urgent first."""

    LAPSED = 0
    MISSING = 1
    PENDING = 2
    EXPIRING = 3
    VALID = 4
    SETTLED = 5
    """No longer live, and the order does not need it or has another of its kind."""

    @property
    def slug(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class PermitEntry:
    """One permit of an open order, or a kind that the order requires and has none of."""

    order: models.WorkOrder
    """With its number, title, times and status alone."""
    kind: str
    permit: models.Permit | None
    need: Need
    is_assigned: bool
    ends_at: datetime | None

    @property
    def key(self) -> str:
        """The same for the same row as long as it is on the page."""
        return f"permit-{self.permit.pk}" if self.permit else f"missing-{self.order.pk}-{self.kind}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the register; empty values filter nothing."""

    state: str = ""
    kind: str = ""
    q: str = ""


def register(district: models.District, now: datetime) -> list[PermitEntry]:
    """Everything that the open orders of the district have and need, most urgent first; two queries."""
    permits: dict[int, list[models.Permit]] = defaultdict(list)
    finished = models.WorkOrder.FINISHED
    for permit in models.Permit.objects.filter(order__district=district).exclude(order__status__in=finished):
        permits[permit.order_id].append(permit)
    live = models.Assignment.objects.live().filter(Q(order=OuterRef("pk")) | Q(order__part_of=OuterRef("pk")))
    concerned = ~Q(required_permits=[]) | Exists(models.Permit.objects.filter(order=OuterRef("pk")))
    # The permits of split work are the whole's.
    orders = models.WorkOrder.objects.open().filter(concerned, district=district, part=0)
    orders = orders.annotate(is_assigned=Exists(live))
    needed = ("district", "number", "title", "status", "due_at", "required_permits")
    found = [entry for order in orders.only(*needed) for entry in _of_order(order, permits[order.pk], district, now)]
    return sorted(found, key=_urgency)


def matching(entries: Iterable[PermitEntry], filters: Filters) -> list[PermitEntry]:
    """Entries of the kind that contain every word of the text; for the state see `in_state`."""
    words = filters.q.lower().split()
    return [
        one
        for one in entries
        if (not filters.kind or one.kind == filters.kind) and all(word in _searched(one) for word in words)
    ]


def in_state(entries: Iterable[PermitEntry], state: str) -> list[PermitEntry]:
    """The part that one of the tabs shows."""
    return [one for one in entries if not state or one.need.slug == state]


def decisions(orders: Collection[int]) -> Mapping[int, models.Assignment]:
    """The live decision of each order with all its crews, of split work about its first part left; by two queries."""
    rows = models.Assignment.objects.live().leads().filter(Q(order__in=orders) | Q(order__part_of__in=orders))
    rows = rows.annotate(whole=Coalesce("order__part_of", "order")).order_by("-starts_at")
    return {row.whole: row for row in rows.with_teams()}


def _of_order(
    order: models.WorkOrder, permits: list[models.Permit], district: models.District, now: datetime
) -> list[PermitEntry]:
    # The law of tickets asks the district's state: not once more for each order.
    order.district = district
    assigned: bool = order.is_assigned  # type: ignore[attr-defined]  # annotated by register
    kinds = {permit.kind for permit in permits}
    live = {permit.pk for permit in permits if permit.status in models.Permit.LIVE and permit.covers(district, now)}
    served = {permit.kind for permit in permits if permit.pk in live or permit.status in models.Permit.PENDING}
    entries = [
        PermitEntry(order, kind, None, Need.MISSING, assigned, None)
        for kind in dict.fromkeys(order.required_permits)
        if kind not in kinds
    ]
    for permit in permits:
        permit.order = order
        ends_at = permit.holds_until(district)
        lacking = permit.kind in order.required_permits and permit.kind not in served
        need = _need(permit, permit.pk in live, lacking, ends_at, now)
        entries.append(PermitEntry(order, permit.kind, permit, need, assigned, ends_at))
    return entries


def _need(permit: models.Permit, live: bool, lacking: bool, ends_at: datetime | None, now: datetime) -> Need:
    if live and ends_at:
        return Need.EXPIRING if ends_at - now <= EXPIRING else Need.VALID
    if permit.status in models.Permit.PENDING:
        return Need.PENDING
    return Need.LAPSED if lacking else Need.SETTLED


def _urgency(entry: PermitEntry) -> tuple[int, bool, datetime, str, str]:
    due = entry.order.due_at or _NEVER
    when = (entry.ends_at or due) if entry.need in {Need.EXPIRING, Need.VALID} else due
    return entry.need, not entry.is_assigned, when, entry.order.number, entry.key


def _searched(entry: PermitEntry) -> str:
    permit = entry.permit
    own = (permit.number, permit.authority) if permit else ()
    return " ".join([*own, entry.order.number, entry.order.title]).lower()
