"""Accepting one choice: the crew goes to the emergency and the plan closes around it, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assignments import models
from assignments.engine.emergencies import arrivals
from assignments.services.decisions import booking, guards, revoking
from assignments.services.emergencies.looking import (
    DECIDING,
    ChoiceChanged,
    Offer,
    Offers,
    choices,
    look,
    seen_at_of,
)
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.snapshots import snapshotting


@dataclass(frozen=True)
class Accepted:
    """The results of accepting a choice."""

    assignment: models.Assignment
    moved: tuple[models.Assignment, ...] = ()
    """The new assignments of the work that went elsewhere or later."""
    given_up: tuple[models.Assignment, ...] = ()
    """Revoked; their orders need a crew again."""


def accept(*, order: models.WorkOrder, shift_id: int, fingerprint: str, by: Any, now: datetime) -> Accepted:
    """The emergency's assignment and what it moved, with write-backs, audit entries, events and notifications.

    The choice is worked out again and proved by the checker, with every row locked that it touches, and must be the one
    that was shown.
    Raises NotAManager, NotAnEmergency, OrderTaken, OrderNotAssignable, ChoiceChanged.
    """
    refusals.require_manager(by=by, district=order.district)
    try:
        with booking.decided(order=order):
            return _Acceptance(order, shift_id, fingerprint, by, now).run()
    except (guards.CrewTaken, guards.CrewDispatched, guards.AssignmentNotLive, guards.Pinned) as refusal:
        raise _changed(order, shift_id, now, refusal.sentence) from refusal


def _changed(order: models.WorkOrder, shift_id: int, now: datetime, why: str) -> ChoiceChanged:
    return ChoiceChanged(f"{why} Nothing was approved.", choices(order=order, now=now), shift_id)


class _Acceptance:
    """One call of `accept`, inside its transaction."""

    def __init__(self, order: models.WorkOrder, shift_id: int, fingerprint: str, by: Any, now: datetime) -> None:
        self._order, self._shift_id, self._fingerprint, self._by, self._now = order, shift_id, fingerprint, by, now
        self._why = f"Makes way for {order.number}"

    def run(self) -> Accepted:
        choice, snapshot, orders = self._locked_as_shown()
        order = self._order = orders[self._order.pk]
        given_up = self._live((move for move in choice.moves if move.is_given_up), orders)
        leaving = self._live((move for move in choice.moves if not move.is_given_up), orders)
        before = [booking.facts(row) for row in leaving]
        wanted = [_work(order, choice, snapshot, tentative=choice.tentative)]
        wanted += [
            _work(orders[move.job_id], choice, snapshot, tentative=move.tentative)
            for move in choice.moves
            if not move.is_given_up
        ]
        own, *moved = booking.book(on=wanted, off=[*given_up, *leaving], reason=self._why, by=self._by, now=self._now)
        self._record(own, moved, before)
        for row in given_up:
            revoking.announce(assignment=row, reason=self._why, by=self._by, now=self._now)
        telling.approved(assignment=own, by=self._by, now=self._now, moved=moved)
        return Accepted(own, tuple(moved), tuple(given_up))

    def _locked_as_shown(
        self,
    ) -> tuple[arrivals.EmergencyChoice, snapshotting.Snapshot, Mapping[int, models.WorkOrder]]:
        """The choice that was shown, its snapshot and its orders. It is found twice: before the locks, to know what it
        touches, and under them."""
        seen_at = seen_at_of(self._fingerprint)
        if seen_at is None or not seen_at <= self._now <= seen_at + DECIDING:
            minutes = DECIDING.seconds // 60
            raise self._changed(f"What you saw is more than {minutes} minutes old.")
        shown = self._find(look(order=self._order, seen_at=seen_at)).choice
        touched = [move.job_id for move in shown.moves]
        shifts = models.Shift.objects.filter(pk__in=[lane.shift_id for lane in shown.lanes])
        locked = booking.lock(orders=[shown.job_id, *touched], crews=shifts.values("crew"))
        order = locked.orders[shown.job_id]
        offers = look(order=order, seen_at=seen_at, crew_ids={shift.crew_id for shift in shifts}, order_ids=touched)
        return self._find(offers).choice, offers.snapshot, locked.orders

    def _changed(self, why: str) -> ChoiceChanged:
        return _changed(self._order, self._shift_id, self._now, why)

    def _find(self, offers: Offers) -> Offer:
        offer = offers.named(self._fingerprint, self._shift_id)
        if offer is None:
            raise self._changed("What you saw has changed.")
        return offer

    def _live(self, moves: Iterable[arrivals.Move], orders: Mapping[int, models.WorkOrder]) -> list[models.Assignment]:
        """The assignments that give way, in the order of their moves."""
        ids = [move.job_id for move in moves]
        rows = models.Assignment.objects.live().filter(order__in=ids).with_teams().select_related("suggestion__run")
        by_order = {row.order_id: row for row in rows}
        for row in by_order.values():
            row.order = orders[row.order_id]
        return [by_order[order_id] for order_id in ids]

    def _record(
        self, own: models.Assignment, moved: Sequence[models.Assignment], before: Sequence[Mapping[str, Any]]
    ) -> None:
        order = self._order
        auditing.record(
            verb="assignment.approved", row=own, by=self._by, now=self._now, order=order,
            before={"order": order.status}, after=booking.facts(own),
        )  # fmt: skip
        for row, was in zip(moved, before, strict=True):
            auditing.record(
                verb="assignment.reassigned", row=row, by=self._by, now=self._now, order=row.order, reason=self._why,
                before=was, after=booking.facts(row),
            )  # fmt: skip
        events.order_changed(orders=[order], cause="assignment.approved", now=self._now)
        events.order_changed(orders=[row.order_id for row in moved], cause="assignment.reassigned", now=self._now)


def _work(
    order: models.WorkOrder, choice: arrivals.EmergencyChoice, snapshot: snapshotting.Snapshot, *, tentative: bool
) -> booking.Work:
    """The order where the choice puts it."""
    stops = ((lane.shift_id, stop) for lane in choice.lanes for stop in lane.after if stop.job_id == order.pk)
    shift_id, stop = next(stops)
    departs_at, starts_at, ends_at = (snapshot.at(second) for second in (stop.start - stop.drive, stop.start, stop.end))
    shift = snapshot.shifts[shift_id]
    return booking.Work(order, [booking.CrewVisit(shift.crew, shift.pk, departs_at, starts_at, ends_at)], tentative)
