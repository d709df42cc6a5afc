"""The choices for an emergency against the plan as it stands; nothing is written.

Times are reckoned from a moment a little later than the look, so that what is shown can still be done when somebody has
read it and called the crew. Each choice carries a fingerprint of the look and of everything that it would change: who
accepts it accepts exactly that, or learns what has changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db.models import Exists, OuterRef

from assignments import models
from assignments.engine.emergencies import arrivals, calls
from assignments.queries import days
from assignments.services.decisions import guards
from assignments.services.records import refusals
from assignments.services.snapshots import snapshotting

DECIDING = timedelta(minutes=5)
"""For how long what was shown can be accepted: no crew is asked to set out before that is over."""
RUSHED = (models.WorkOrder.Priority.EMERGENCY, models.WorkOrder.Priority.URGENT)
"""Priorities that approved work may give way to."""

Status = models.Assignment.Status
_MOVABLE = (Status.TENTATIVE, Status.APPROVED, Status.CONFIRMED)


class NotAnEmergency(refusals.Refusal):
    """Approved work gives way to emergencies and urgent work only."""

    code = "not-an-emergency"
    next_step = "Choose among the suggestions of the order, or have work management raise its priority."


class NeedsSeveralCrews(NotAnEmergency):
    """Approved work gives way to one crew; a team is suggested, approved and undone as a whole."""

    code = "needs-several-crews"
    next_step = "Press Suggest on the board, and approve one of the teams that it ranks for the order."


class ChoiceChanged(refusals.Refusal):
    """The plan is not what it was when the choice was shown."""

    code = "choice-changed"
    next_step = "Look again at what would change now, and accept that, or choose another crew."

    def __init__(self, sentence: str, offers: Offers, shift_id: int) -> None:
        super().__init__(sentence)
        self.offers = offers
        self.offer = offers.of_shift(shift_id)
        """The choice that the same shift has now; None when it has none any more."""


@dataclass(frozen=True)
class Offer:
    """A choice, and the text that accepts exactly it."""

    choice: arrivals.EmergencyChoice
    fingerprint: str


@dataclass(frozen=True)
class Offers:
    """Every choice for one order, best first."""

    order: models.WorkOrder
    seen_at: datetime
    snapshot: snapshotting.Snapshot
    offers: tuple[Offer, ...]

    def of_shift(self, shift_id: int, *, moves: int | None = None) -> Offer | None:
        """The shift's choice that touches so many jobs, else the one that is there first."""
        mine = [offer for offer in self.offers if offer.choice.shift_id == shift_id]
        same = (offer for offer in mine if len(offer.choice.moves) == moves)
        return next(same, mine[0] if mine else None)

    def named(self, fingerprint: str, shift_id: int) -> Offer | None:
        known = (one for one in self.offers if one.fingerprint == fingerprint and one.choice.shift_id == shift_id)
        return next(known, None)


def call_outs(found: Offers) -> tuple[calls.CallOut, ...]:
    """Crews that could be there before every offered one if a manager answered for a rule; nothing is asked for."""
    problem, job = found.snapshot.problem, found.snapshot.job(found.order.pk)
    if not found.offers:
        return calls.calls(problem, job)
    return calls.calls(problem, job, before=found.offers[0].choice.start)


def choices(*, order: models.WorkOrder, now: datetime) -> Offers:
    """Each crew's choices for the order from now on, by a constant number of queries.

    Raises NotAnEmergency, OrderTaken, OrderNotAssignable.
    """
    return look(order=order, seen_at=now.replace(second=0, microsecond=0))


def look(
    *,
    order: models.WorkOrder,
    seen_at: datetime,
    crew_ids: Collection[int] | None = None,
    order_ids: Collection[int] | None = None,
) -> Offers:
    """As `choices`, seen from the minute `seen_at`; with only these crews, and only these other orders giving way."""
    refuse_unless_open(order)
    zone = order.district.zone
    today, clock = days.local_day(seen_at, zone), seen_at + DECIDING
    # Tomorrow too: in the evening the first crew is one of the next morning, and what gives way may wait for a day.
    (start, _), (_, end) = days.period_of(today, zone), days.period_of(today + timedelta(days=1), zone)
    snapshot = snapshotting.problem_for(
        district=order.district,
        start=start,
        end=end,
        now=clock,
        order_ids=[order.pk, *_movable(order, clock, end, order_ids)],
        crew_ids=crew_ids,
    )
    for other in snapshot.orders.values():
        # All of one district, whose rules say how urgent each is.
        other.district = order.district
    found = arrivals.choices(snapshot.problem, snapshot.job(order.pk))
    offers = tuple(Offer(one, _fingerprint(one, snapshot, seen_at)) for one in found)
    return Offers(order, seen_at, snapshot, offers)


def refuse_unless_open(order: models.WorkOrder) -> None:
    """Raises NotAnEmergency, NeedsSeveralCrews, OrderTaken or OrderNotAssignable unless a crew may be found for the
    order here."""
    guards.refuse_unless_open(order)
    if order.urgency_in_force not in RUSHED:
        word = order.urgency_in_force.label.lower()
        raise NotAnEmergency(f"{order.number} is of {word} priority: no approved work gives way to it.")
    if further := order.further_parts:
        titles = " and ".join(f"a {part.title}" for part in further)
        raise NeedsSeveralCrews(f"{order.number} needs {titles} beside its own crew.")


def seen_at_of(fingerprint: str) -> datetime | None:
    """When the choice was looked at; None for a text that no look has ever given."""
    try:
        return datetime.fromtimestamp(int(fingerprint.partition("-")[0], 16), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _movable(order: models.WorkOrder, clock: datetime, end: datetime, among: Collection[int] | None) -> list[int]:
    """Orders of the district whose approved work may give way, if it is of a later class: not begun, and no planned
    work, nor the emergency itself, waits for it."""
    waiting = models.Assignment.objects.live().filter(order__prerequisites=OuterRef("order"))
    rows = models.Assignment.objects.filter(
        order__district=order.district_id,
        order__status=models.WorkOrder.Status.SCHEDULED,
        status__in=_MOVABLE,
        starts_at__gt=clock,
        starts_at__lt=end,
    )
    if among is not None:
        rows = rows.filter(order__in=among)
    rows = rows.exclude(Exists(waiting)).exclude(order__in=order.prerequisites.values("pk"))
    crews = Counter(rows.order_by("order").values_list("order_id", flat=True))
    # Work of several crews is not moved: one of them alone is no help to the others.
    return [order_id for order_id, count in crews.items() if count == 1]


def _fingerprint(choice: arrivals.EmergencyChoice, snapshot: snapshotting.Snapshot, seen_at: datetime) -> str:
    epoch = snapshot.unix_epoch
    moves = [
        [move.job_id, move.to_shift, move.to_start + epoch, move.to_end + epoch, move.tentative]
        for move in choice.moves
    ]
    lanes = [
        [lane.shift_id, [[visit.job_id, visit.start + epoch, visit.end + epoch, visit.drive] for visit in lane.after]]
        for lane in choice.lanes
    ]
    facts = [choice.job_id, choice.shift_id, choice.start + epoch, choice.end + epoch, choice.tentative, moves, lanes]
    text = json.dumps(facts, separators=(",", ":"))
    return f"{int(seen_at.timestamp()):x}-{sha256(text.encode()).hexdigest()}"
