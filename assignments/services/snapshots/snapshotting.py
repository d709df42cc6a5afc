"""From rows to the engine's values: one snapshot of a district, by a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from assignments import models
from assignments.engine.domain import fingerprint, parts
from assignments.engine.domain.priorities import Priorities
from assignments.engine.domain.problem import (
    FOREVER,
    CrewNeed,
    CrewShift,
    Job,
    Level,
    Permit,
    PermitState,
    Place,
    Prerequisite,
    PriorityClass,
    Problem,
    QualificationNeed,
    RuleData,
)
from assignments.engine.domain.roads import Roads
from assignments.queries import days, rings
from assignments.services.snapshots import bindings, routing, supply


@dataclass(frozen=True)
class Snapshot:
    """A problem for the engine, and the way back from its seconds and ids to local times and rows."""

    problem: Problem
    epoch: datetime
    """The horizon's start: second 0."""
    zone: ZoneInfo
    orders: Mapping[int, models.WorkOrder]
    shifts: Mapping[int, models.Shift]

    @property
    def unix_epoch(self) -> int:
        return int(self.epoch.timestamp())

    def seconds(self, moment: datetime) -> int:
        return supply.seconds(self.epoch, moment)

    def at(self, seconds: int) -> datetime:
        return self.epoch + timedelta(seconds=seconds)

    def clock(self, seconds: int) -> str:
        """A time in the district's zone as a manager reads it; with the day when it is not the horizon's first."""
        moment = self.at(seconds).astimezone(self.zone)
        same_day = moment.date() == self.epoch.astimezone(self.zone).date()
        return f"{moment:%H:%M}" if same_day else f"{moment:%a %d %b %H:%M}"

    @cached_property
    def _jobs(self) -> dict[int, Job]:
        return {job.id: job for job in self.problem.jobs}

    @cached_property
    def _shifts(self) -> dict[int, CrewShift]:
        return {shift.id: shift for shift in self.problem.shifts}

    def job(self, order_id: int) -> Job:
        return self._jobs[order_id]

    def numbers(self, order_id: int) -> list[int]:
        """The numbers of the order's parts, the lead crew's 0 first."""
        return [0, *(part.number for part in self.orders[order_id].further_parts)]

    def part(self, order_id: int, number: int) -> Job:
        """The order's demands on the crew of the part with this number."""
        return parts.part_of(self.job(order_id), self.numbers(order_id).index(number))

    def fingerprint(self, order_id: int, *shift_ids: int) -> str:
        """The basis of a suggestion of this order to these shifts, the lead crew's first; changes with any fact but
        other commitments. Empty when the order needs more or fewer crews than these, or one of them has no such shift.
        """
        return self._joined(order_id, shift_ids, self._digest(None, self.problem.rules))

    def facts(self, order_id: int, *shift_ids: int) -> str:
        """The same without the rules in force: what is known of the order and of the crews."""
        return self._joined(order_id, shift_ids, "")

    @property
    def basis(self) -> str:
        """Digest of all that a plan is made from but the time."""
        return fingerprint.basis(self.problem, epoch=self.unix_epoch)

    def _joined(self, order_id: int, shift_ids: Sequence[int], rules: str) -> str:
        job = self.job(order_id)
        if len(shift_ids) != len(parts.numbers(job)) or not self.shifts.keys() >= set(shift_ids):
            return ""
        asked = [
            self._digest((order_id, number), parts.part_of(job, number) if number else job)
            for number in parts.numbers(job)
        ]
        crews = [self._digest(shift_id, self.shift(shift_id)) for shift_id in shift_ids]
        crews[0] += fingerprint.bound_elsewhere(job, self.shift(shift_ids[0]))
        return parts.team_fingerprint(asked, crews, rules)

    def _digest(self, key: object, value: Job | CrewShift | RuleData) -> str:
        # Each job and each shift is in many pairs.
        if key not in self._digests:
            self._digests[key] = fingerprint.digest(value, epoch=self.unix_epoch)
        return self._digests[key]

    @cached_property
    def _digests(self) -> dict[object, str]:
        return {}

    def shift(self, shift_id: int) -> CrewShift:
        return self._shifts[shift_id]


def problem_for(
    *,
    district: models.District,
    start: datetime,
    end: datetime,
    now: datetime,
    order_ids: Collection[int] | None = None,
    crew_ids: Collection[int] | None = None,
    roads: Roads | None = None,
) -> Snapshot:
    """The district's assignable orders and shifts in [start, end); `order_ids` takes exactly these orders instead,
    in whatever state, and `crew_ids` only the shifts of these crews.

    Travel is what the routing server, if there is one, was ever heard to tell; who has just read that gives `roads`.
    """
    orders = {order.pk: order for order in _orders(district, end, order_ids)}
    shifts = {shift.pk: shift for shift in supply.shifts(district, start, end, crew_ids)}
    rules = rule_data(district.rules_in_force)
    priorities = district.rules_in_force.priorities
    ringed = rings.rings_of([order.pk for order in orders.values() if order.unfinished])  # type: ignore[attr-defined]  # a prefetch
    bound = bindings.bindings_of(orders.values())
    jobs = tuple(
        replace(_job(order, district, priorities, start), ring=ringed.get(order.pk, ()), bound=bound.get(order.pk))
        for order in orders.values()
    )
    crews = supply.crew_shifts(list(shifts.values()), district, start)
    problem = Problem(
        jobs=jobs,
        shifts=crews,
        horizon=supply.seconds(start, end),
        # A shift that began the evening before takes no work of this day before the day begins.
        now=max(0, supply.seconds(start, now)),
        rules=rules,
        roads=routing.roads(_places(jobs, crews)) if roads is None else roads,
    )
    return Snapshot(problem=problem, epoch=start, zone=district.zone, orders=orders, shifts=shifts)


def _places(jobs: Iterable[Job], shifts: Iterable[CrewShift]) -> set[Place]:
    stops = {place for shift in shifts for place in (shift.base, *(c.place for c in shift.commitments))}
    return stops | {job.place for job in jobs}


def fingerprint_of(
    *, order: models.WorkOrder, shift: models.Shift, now: datetime, beside: Sequence[models.Shift] = ()
) -> str:
    """The fingerprint of what a suggestion of this order to this shift, and to those of the further crews `beside` it,
    rests on, as the rows are now."""
    start, end = days.period_of(shift.starts_at.astimezone(order.district.zone).date(), order.district.zone)
    team = [shift, *beside]
    snapshot = problem_for(
        district=order.district, start=start, end=end, now=now, order_ids=[order.pk], crew_ids=[s.crew_id for s in team]
    )
    return snapshot.fingerprint(order.pk, *(one.pk for one in team))


def rule_data(rule_set: models.RuleSet) -> RuleData:
    """An administrator's rule set as the engine reads it."""
    return RuleData(
        name=rule_set.name,
        max_work_in_24h=rule_set.max_work_hours_in_24 * 3600,
        min_rest=rule_set.min_rest_hours * 3600,
        rest_agreement=rule_set.rest_agreement,
        rest_authority=rule_set.rest_authority,
        rest_override_for_any_work=rule_set.rest_override_for_any_work,
        two_person_volts=rule_set.two_person_volts,
        two_person_qualification=rule_set.two_person_qualification,
        two_person_exempt_kinds=frozenset(kind.lower() for kind in rule_set.two_person_exempt_kinds),
        speed=rule_set.speed_kmh / 3.6,
        circuity=rule_set.circuity,
        max_overtime=rule_set.max_overtime_minutes * 60,
        weights=dict(rule_set.weights),
        strict_emergencies=rule_set.strict_emergencies,
        breaks=rule_set.agreed_breaks,
    )


def _orders(district: models.District, end: datetime, order_ids: Collection[int] | None) -> list[models.WorkOrder]:
    rows = models.WorkOrder.objects.filter(district=district)
    rows = rows.assignable().startable_before(end) if order_ids is None else rows.filter(pk__in=order_ids)
    planned = models.Assignment.objects.live().only("order_id", "ends_at")
    unfinished = models.WorkOrder.objects.open().prefetch_related(
        Prefetch("assignments", queryset=planned, to_attr="planned")
    )
    last_parts = Prefetch("split_parts", queryset=unfinished.counted_once(), to_attr="last_parts")
    return list(
        rows.order_by("pk").prefetch_related(
            *_beneath(""),
            *_beneath("part_of__"),
            Prefetch("prerequisites", queryset=unfinished.prefetch_related(last_parts), to_attr="unfinished"),
        )
    )


def _beneath(path: str) -> tuple[Prefetch[Any] | str, ...]:
    return (
        Prefetch(f"{path}needs", models.OrderNeed.objects.select_related("qualification"), to_attr="own_needs"),
        Prefetch(f"{path}parts", to_attr="own_parts"),
        f"{path}permits",
    )


def _job(order: models.WorkOrder, district: models.District, priorities: Priorities, epoch: datetime) -> Job:
    materials = -FOREVER if order.materials_ready else None
    if materials is None and order.materials_expected_at:
        materials = supply.seconds(epoch, order.materials_expected_at)
    appointment = None
    if order.appointment_starts_at and order.appointment_ends_at:
        appointment = supply.window(epoch, order.appointment_starts_at, order.appointment_ends_at)
    return Job(
        id=order.pk,
        number=order.number,
        kind=order.kind.lower(),
        priority=priorities.of(order.kind.lower(), PriorityClass(order.priority), order.customers_out),
        place=supply.place_of(order),
        duration=order.duration_minutes * 60,
        territory=district.code,
        needs=_needs(order, 0),
        crew_size=order.crew_size,
        equipment=frozenset(order.equipment),
        voltage=order.voltage,
        energised=order.energised,
        # Customers of split work are back when its last part ends.
        customers_out=order.customers_out if order.part == order.parts_in_all else 0,
        feeder=order.feeder,
        earliest=supply.seconds(epoch, order.earliest_start) if order.earliest_start else -FOREVER,
        due=supply.seconds(epoch, order.due_at) if order.due_at else FOREVER,
        appointment=appointment,
        materials_at=materials,
        required_permits=frozenset(kind.lower() for kind in order.required_permits),
        permits=tuple(_permit(permit, district, epoch, is_begun=order.part > 1) for permit in order.every_permit),
        prerequisites=tuple(_prerequisite(one, epoch) for one in order.unfinished),  # type: ignore[attr-defined]  # a prefetch,
        further_crews=tuple(
            CrewNeed(part.title, _needs(order, part.number), part.crew_size, frozenset(part.equipment))
            for part in order.further_parts
        ),
        part_of=bindings.whole_of(order),
    )


def _needs(order: models.WorkOrder, part: int) -> tuple[QualificationNeed, ...]:
    return tuple(
        QualificationNeed(need.qualification.code, Level[need.level], need.people) for need in order.needs_of(part)
    )


def _permit(permit: models.Permit, district: models.District, epoch: datetime, *, is_begun: bool) -> Permit:
    state = PermitState.DEAD
    if permit.status in models.Permit.LIVE:
        state = PermitState.LIVE
    elif permit.status in models.Permit.PENDING:
        state = PermitState.PENDING
    status, window = permit.get_status_display().lower(), permit.window_in(district)
    if permit.valid_from and window is None:
        # Neither its register nor the law sets an end: nobody can say that it still holds.
        state, status = PermitState.DEAD, f"{status} without an end"
    # A later part goes on with work that has begun.
    begin_before = None if is_begun else permit.begin_before(district)
    return Permit(
        id=permit.pk,
        kind=permit.kind.lower(),
        number=permit.number,
        state=state,
        window=supply.window(epoch, *window) if window else None,
        status=status,
        begin_before=supply.seconds(epoch, begin_before) if begin_before else None,
    )


def _prerequisite(order: models.WorkOrder, epoch: datetime) -> Prerequisite:
    # What waits for split work waits for its last part.
    last_parts: list[models.WorkOrder] = order.last_parts  # type: ignore[attr-defined]  # a prefetch
    last = last_parts[0] if order.is_split and last_parts else order
    planned: list[models.Assignment] = last.planned  # type: ignore[attr-defined]  # a prefetch
    done = supply.seconds(epoch, planned[0].ends_at) if planned else None
    return Prerequisite(job_id=last.pk, number=order.number, done=done)
