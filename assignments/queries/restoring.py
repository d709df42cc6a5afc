"""When the customers of an outage are back: the one definition for board, map, review, Today, API and outage systems.

Nothing here is stored. An estimate follows from the decisions, the plan and what the field reports, read anew each
time; only a time that a manager has set is a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from assignments import models
from assignments.models import Certainty

Status = models.Assignment.Status
OrderStatus = models.WorkOrder.Status
DECIDED = (Certainty.APPROVED, Certainty.DISPATCHED, Certainty.ON_SITE)
"""With a decision behind it, or the field."""
_NO_WAIT = timedelta()


@dataclass(frozen=True, slots=True)
class RestorationEstimate:
    """When the customers of one order are back, and what that rests on."""

    order_id: int
    back_at: datetime | None
    """As set by a manager, else as estimated; None without a crew."""
    certainty: Certainty
    estimated_at: datetime | None
    """The estimate, set aside where a manager has set a time."""
    word: models.SetRestoration | None = None
    """The manager's word in force."""

    def is_overdue(self, now: datetime) -> bool:
        """Whether the time is over and the field has not reported the work as done."""
        return self.back_at is not None and self.back_at <= now


def is_outage(order: models.WorkOrder) -> bool:
    """Whether customers wait for the order in the dark; for split work they wait until its last part is done."""
    is_last = order.part == order.parts_in_all
    return bool(order.customers_out) and is_last and order.status not in models.WorkOrder.FINISHED


def estimates(orders: Iterable[models.WorkOrder], now: datetime) -> Mapping[int, RestorationEstimate]:
    """By id those of the orders that are outages, by a constant number of queries."""
    out = {order.pk: order for order in orders if is_outage(order)}
    if not out:
        return {}
    ids = list(out)
    waits_for = _waits_for(ids)
    decided = _decided({*ids, *(before for found in waits_for.values() for before in found)}, waits_for, now)
    planned = _planned([pk for pk in ids if pk not in decided], now)
    words = {one.order_id: one for one in _words(ids) if one.is_in_force(now)}
    return {
        pk: _estimate(pk, decided.get(pk) or planned.get(pk) or _by_others(order), words.get(pk))
        for pk, order in out.items()
    }


def estimate(order: models.WorkOrder, now: datetime) -> RestorationEstimate | None:
    """That of one order; None when it is no outage."""
    return estimates([order], now).get(order.pk)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The end of an order's work as far as it is known, and how surely."""

    back_at: datetime | None
    certainty: Certainty


def _by_others(order: models.WorkOrder) -> Reckoned:
    """Of work without a decision or a plan of Lineup: the field may have sent somebody all the same."""
    if order.status == OrderStatus.IN_PROGRESS:
        return Reckoned(None, Certainty.ON_SITE)
    return Reckoned(None, Certainty.DISPATCHED if order.is_in_the_field else Certainty.NO_CREW)


def _estimate(order_id: int, found: Reckoned, word: models.SetRestoration | None) -> RestorationEstimate:
    back_at = word.back_at if word else found.back_at
    return RestorationEstimate(order_id, back_at, found.certainty, found.back_at, word)


@dataclass(frozen=True, slots=True)
class CrewWork:
    """A crew's live work, in the sequence of its day."""

    order_id: int
    crew_id: int
    shift_id: int | None
    departs_at: datetime
    starts_at: datetime
    ends_at: datetime
    certainty: Certainty
    known_at: datetime | None = None
    """Until when the reports of the field are known here; None where no system reports it."""
    stands: bool = True
    """Whether the decision still holds on what is known."""


@dataclass
class Reckoning:
    """The ends of live work, visit by visit in order of start, each no earlier than what is known allows.

    A crew that has not left by the last report leaves after it; one that is on its way and not at work begins after it.
    Nothing begins before the crew's work of the same shift, or the order's prerequisites, are over. Silence is believed
    until the time is over: from then on work that nobody has begun is still to be done, from now.
    """

    now: datetime
    waits_for: Mapping[int, Collection[int]] = field(default_factory=dict)

    def of(self, visits: Iterable[CrewWork]) -> dict[int, Reckoned]:
        """By order; several crews are done when the last of them is. Decisions that no longer stand promise nothing."""
        ends: dict[int, Reckoned] = {}
        free: dict[tuple[int, int | None], datetime] = {}
        for visit in sorted(visits, key=lambda one: (one.starts_at, one.order_id)):
            shift = visit.crew_id, visit.shift_id
            end = max(self._end(visit), self._after_others(visit, free.get(shift), ends))
            free[shift] = max(end, self.now) if visit.certainty == Certainty.ON_SITE else end
            if visit.stands:
                known = ends.get(visit.order_id)
                ends[visit.order_id] = Reckoned(max(end, known.back_at or end) if known else end, visit.certainty)
        return ends

    def _end(self, visit: CrewWork) -> datetime:
        if visit.certainty == Certainty.ON_SITE:
            return visit.ends_at
        begins = visit.starts_at if visit.certainty == Certainty.DISPATCHED else visit.departs_at
        as_of = self.now if visit.ends_at <= self.now else min(visit.known_at or begins, self.now)
        return visit.ends_at + max(_NO_WAIT, as_of - begins)

    def _after_others(self, visit: CrewWork, free_at: datetime | None, ends: Mapping[int, Reckoned]) -> datetime:
        if visit.certainty == Certainty.ON_SITE:
            return visit.ends_at
        waits = [_NO_WAIT]
        if free_at is not None:
            waits.append(free_at - visit.departs_at)
        for before in self.waits_for.get(visit.order_id, ()):
            done_at = ends[before].back_at if before in ends else None
            waits += [done_at - visit.starts_at] if done_at else []
        return visit.ends_at + max(waits)


def slid(*, departs_at: datetime, ends_at: datetime, shift_ends_at: datetime, now: datetime) -> datetime | None:
    """The end of planned work that nobody has approved: its crew leaves now at the earliest; None when it would not be
    done in its shift any more, so that the plan promises nothing."""
    late = max(_NO_WAIT, now - departs_at)
    return None if late and ends_at + late > shift_ends_at else ends_at + late


def _waits_for(order_ids: Collection[int]) -> dict[int, list[int]]:
    """The open prerequisites of the orders."""
    links = models.WorkOrder.prerequisites.through.objects.filter(from_workorder__in=order_ids)
    pending = links.exclude(to_workorder__status__in=models.WorkOrder.FINISHED)
    found: dict[int, list[int]] = {}
    for order_id, before in pending.values_list("from_workorder", "to_workorder"):
        found.setdefault(order_id, []).append(before)
    return found


def _decided(
    order_ids: Collection[int], waits_for: Mapping[int, Collection[int]], now: datetime
) -> dict[int, Reckoned]:
    live = models.Assignment.objects.live()
    theirs = live.filter(order__in=order_ids)
    # What their crews do besides decides when they come.
    rows = live.filter(Q(order__in=order_ids) | Q(shift__in=theirs.exclude(shift=None).values("shift")))
    facts = (
        "order_id", "crew_id", "shift_id", "departs_at", "starts_at", "ends_at", "status", "red_cause",
        "lead__red_cause", "order__status", "order__source__last_gathered_at",
        "order__part_of__source__last_gathered_at",
    )  # fmt: skip
    return Reckoning(now, waits_for).of(_visit(row) for row in rows.order_by().values(*facts))


def _visit(row: Mapping[str, Any]) -> CrewWork:
    is_red = bool(row["red_cause"] or row["lead__red_cause"])
    certainty = _certainty(row["status"], row["order__status"])
    return CrewWork(
        **{name: row[name] for name in ("order_id", "crew_id", "shift_id", "departs_at", "starts_at", "ends_at")},
        certainty=certainty,
        known_at=row["order__source__last_gathered_at"] or row["order__part_of__source__last_gathered_at"],
        # The crew is there whatever the papers say.
        stands=not is_red or certainty in (Certainty.DISPATCHED, Certainty.ON_SITE),
    )


def _certainty(status: str, order_status: str) -> Certainty:
    """The field's report of the order says more than the decision; a tentative decision is no more than a plan."""
    if order_status == OrderStatus.IN_PROGRESS:
        return Certainty.ON_SITE
    if status == Status.DISPATCHED or order_status == OrderStatus.DISPATCHED:
        return Certainty.DISPATCHED
    return Certainty.PLANNED if status == Status.TENTATIVE else Certainty.APPROVED


def _planned(order_ids: Collection[int], now: datetime) -> dict[int, Reckoned]:
    """By the plans that stand, the soonest first."""
    if not order_ids:
        return {}
    rows = models.Suggestion.objects.proposed().filter(order__in=order_ids, in_plan=True, shift__ends_at__gt=now)
    found: dict[int, Reckoned] = {}
    facts = rows.order_by("ends_at", "pk").values_list("order", "departs_at", "ends_at", "shift__ends_at")
    for order_id, departs_at, ends_at, shift_ends_at in facts:
        at = slid(departs_at=departs_at, ends_at=ends_at, shift_ends_at=max(shift_ends_at, ends_at), now=now)
        if at is not None and order_id not in found:
            found[order_id] = Reckoned(at, Certainty.PLANNED)
    return found


def _words(order_ids: Collection[int]) -> models.restoring.SetRestorationQuerySet:
    return models.SetRestoration.objects.held().filter(order__in=order_ids).select_related("set_by")
