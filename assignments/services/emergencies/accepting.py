"""Accepting one choice: the crew goes to the emergency and the plan closes around it, all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from assignments import models
from assignments.engine.emergencies import arrivals
from assignments.services.decisions import reassigning, revoking
from assignments.services.emergencies.looking import (
    DECIDING,
    ChoiceChanged,
    Offer,
    Offers,
    choices,
    look,
    refuse_unless_open,
    seen_at_of,
)
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.runs import suggesting
from assignments.services.snapshots import snapshotting


@dataclass(frozen=True)
class Accepted:
    """What accepting a choice has led to."""

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
        with transaction.atomic():
            return _Acceptance(order, shift_id, fingerprint, by, now).run()
    except IntegrityError as error:
        # The locks make this unreachable while all writers take them; the constraints hold whoever does not.
        refuse_unless_open(order)
        if "no_crew_in_two_places" in str(error):
            raise _changed(order, shift_id, now, "A crew has been given other work meanwhile.") from error
        raise


def _changed(order: models.WorkOrder, shift_id: int, now: datetime, why: str) -> ChoiceChanged:
    return ChoiceChanged(f"{why} Nothing was approved.", choices(order=order, now=now), shift_id)


class _Acceptance:
    """One call of `accept`, inside its transaction."""

    def __init__(self, order: models.WorkOrder, shift_id: int, fingerprint: str, by: Any, now: datetime) -> None:
        self._order, self._shift_id, self._fingerprint, self._by, self._now = order, shift_id, fingerprint, by, now
        self._why = f"Makes way for {order.number}"

    def run(self) -> Accepted:
        offers, offer = self._locked_as_shown()
        choice, snapshot = offer.choice, offers.snapshot
        given_up, gone = self._clear(choice)
        _retime(choice, snapshot)
        own = self._assign(choice, snapshot)
        moved = tuple(
            self._move(move, gone[move.job_id], choice, snapshot) for move in choice.moves if not move.is_given_up
        )
        crew_ids = {snapshot.shifts[lane.shift_id].crew_id for lane in choice.lanes}
        models.Crew.objects.filter(pk__in=crew_ids).update(version=F("version") + 1)
        stale = suggesting.displace(assignments=[own, *moved])
        events.order_changed(orders=[self._order], cause="assignment.approved", now=self._now)
        events.order_changed(orders=[one.order_id for one in moved], cause="assignment.reassigned", now=self._now)
        events.order_changed(orders=stale, cause="suggestion.stale", now=self._now)
        telling.approved(assignment=own, by=self._by, now=self._now, moved=moved)
        return Accepted(own, moved, given_up)

    def _locked_as_shown(self) -> tuple[Offers, Offer]:
        """The choice that was shown, found twice: before the locks, to know what it touches, and under them."""
        seen_at = seen_at_of(self._fingerprint)
        if seen_at is None or not seen_at <= self._now <= seen_at + DECIDING:
            minutes = DECIDING.seconds // 60
            why = f"What you saw is more than {minutes} minutes old."
            raise self._changed(why)
        shown = self._find(look(order=self._order, seen_at=seen_at))
        crew_ids = self._lock(shown)
        self._order.refresh_from_db(fields=["status", "priority", "kind", "customers_out", "version"])
        touched = [move.job_id for move in shown.choice.moves]
        offers = look(order=self._order, seen_at=seen_at, crew_ids=crew_ids, order_ids=touched)
        return offers, self._find(offers)

    def _changed(self, why: str) -> ChoiceChanged:
        return _changed(self._order, self._shift_id, self._now, why)

    def _find(self, offers: Offers) -> Offer:
        offer = offers.named(self._fingerprint, self._shift_id)
        if offer is None:
            raise self._changed("What you saw has changed.")
        return offer

    def _lock(self, offer: Offer) -> set[int]:
        """The crews of the choice. All its orders are locked at once and before the crews, each in order of id: so do
        approvals, undos and runs, and nobody waits in a circle."""
        choice = offer.choice
        order_ids = [choice.job_id, *(move.job_id for move in choice.moves)]
        shifts = models.Shift.objects.filter(pk__in=[lane.shift_id for lane in choice.lanes])
        crew_ids = set(shifts.values_list("crew_id", flat=True))
        for rows, ids in ((models.WorkOrder.objects, order_ids), (models.Crew.objects, crew_ids)):
            list(rows.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))
        return crew_ids

    def _clear(
        self, choice: arrivals.EmergencyChoice
    ) -> tuple[tuple[models.Assignment, ...], dict[int, models.Assignment]]:
        """What is given up, revoked; and by order what goes elsewhere, taken off its crew."""
        rows = models.Assignment.objects.live().filter(order__in=[move.job_id for move in choice.moves])
        by_order = {row.order_id: row for row in rows.select_related("order__district", "crew", "suggestion")}
        for move in choice.moves:
            if not move.is_given_up:
                self._take_off(by_order[move.job_id])
        given_up = tuple(
            revoking.revoke(assignment=by_order[move.job_id], reason=self._why, by=self._by, now=self._now)
            for move in choice.moves
            if move.is_given_up
        )
        return given_up, by_order

    def _take_off(self, old: models.Assignment) -> None:
        if not reassigning.take_off(assignment=old, reason=self._why, by=self._by, now=self._now):
            raise self._changed(f"{old.crew} has been sent to {old.order.number}.")

    def _assign(self, choice: arrivals.EmergencyChoice, snapshot: snapshotting.Snapshot) -> models.Assignment:
        order = self._order
        assignment = self._create(order, choice, snapshot, tentative=choice.tentative)
        models.WorkOrder.objects.filter(pk=order.pk).transition(
            models.WorkOrder.Status.SCHEDULED, version=F("version") + 1
        )
        auditing.record(
            verb="assignment.approved", row=assignment, by=self._by, now=self._now, order=order,
            before={"order": order.status}, after=reassigning.facts(assignment),
        )  # fmt: skip
        return assignment

    def _move(
        self,
        move: arrivals.Move,
        old: models.Assignment,
        choice: arrivals.EmergencyChoice,
        snapshot: snapshotting.Snapshot,
    ) -> models.Assignment:
        new = self._create(old.order, choice, snapshot, tentative=move.tentative)
        models.WorkOrder.objects.filter(pk=old.order_id).update(version=F("version") + 1)
        auditing.record(
            verb="assignment.reassigned", row=new, by=self._by, now=self._now, order=old.order, reason=self._why,
            before=reassigning.facts(old), after=reassigning.facts(new),
        )  # fmt: skip
        return new

    def _create(
        self,
        order: models.WorkOrder,
        choice: arrivals.EmergencyChoice,
        snapshot: snapshotting.Snapshot,
        *,
        tentative: bool,
    ) -> models.Assignment:
        """The order where the choice puts it, with the write-backs that tell of it."""
        at = ((lane.shift_id, visit) for lane in choice.lanes for visit in lane.after if visit.job_id == order.pk)
        shift_id, visit = next(at)
        shift = snapshot.shifts[shift_id]
        return reassigning.put_on(
            order=order,
            crew=shift.crew,
            shift_id=shift.pk,
            departs_at=snapshot.at(visit.start - visit.drive),
            starts_at=snapshot.at(visit.start),
            ends_at=snapshot.at(visit.end),
            tentative=tentative,
            by=self._by,
            now=self._now,
        )


def _retime(choice: arrivals.EmergencyChoice, snapshot: snapshotting.Snapshot) -> None:
    """Work that stays where it is may be reached from elsewhere now, so its crew sets out for it at another time."""
    for lane in choice.lanes:
        before = {visit.job_id: visit for visit in lane.before}
        rows = models.Assignment.objects.live().filter(crew=snapshot.shifts[lane.shift_id].crew_id)
        for visit in lane.after:
            was = before.get(visit.job_id)
            if was is not None and was.start == visit.start and was.drive != visit.drive:
                rows.filter(order=visit.job_id).update(departs_at=snapshot.at(visit.start - visit.drive))
