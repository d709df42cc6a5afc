"""The crews' side of a snapshot: each shift with its members, qualifications and equipment of that very day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from assignments import models
from assignments.engine.domain.problem import (
    FOREVER,
    Booking,
    Commitment,
    CrewShift,
    Equipment,
    HeldQualification,
    Level,
    Member,
    Place,
    Window,
)

REST_HORIZON = timedelta(days=2)
"""Time around the horizon in which the rest rules look at a person's other duty."""

DRIVING = timedelta(hours=4)
"""Time around the shifts in which a person's work with another crew may be too far away to come from it."""

# A full day has a thousand of them, and half the time that reading takes is spent on columns that nobody looks at. For
# the same reason a day's people, of whom there are hundreds, are read as tuples and not as model instances.
_OF_A_COMMITMENT = (
    *("crew_id", "shift_id", "departs_at", "starts_at", "ends_at", "status", "pinned", "override_rules"),
    *("order__number", "order__latitude", "order__longitude", "order__feeder"),
)


class _Period(NamedTuple):
    """A membership, an absence, a shift or an outage, of whoever it is looked up by."""

    starts_at: datetime
    ends_at: datetime
    owner: int
    crew_id: int = 0
    shift_id: int = 0


_OPEN = datetime.max.replace(tzinfo=UTC)
"""The end of a membership that goes on."""


def _periods(rows: QuerySet[Any], *columns: str) -> dict[int, list[_Period]]:
    # By owner, the first of the columns.
    found: dict[int, list[_Period]] = defaultdict(list)
    for start, end, *further in rows.values_list("starts_at", "ends_at", *columns):
        found[further[0]].append(_Period(start, end or _OPEN, *further))
    return found


def seconds(epoch: datetime, moment: datetime) -> int:
    """Whole seconds from the horizon's start."""
    return int((moment - epoch).total_seconds())


def window(epoch: datetime, start: datetime, end: datetime) -> Window:
    """The period in seconds since the horizon's start."""
    return Window(seconds(epoch, start), seconds(epoch, end))


def shifts(
    district: models.District, start: datetime, end: datetime, crew_ids: Collection[int] | None
) -> list[models.Shift]:
    """The district's shifts that overlap [start, end), in order of time; `crew_ids` narrows them."""
    rows = models.Shift.objects.in_force().overlapping(start, end).filter(crew__district=district)
    if crew_ids is not None:
        rows = rows.filter(crew__in=crew_ids)
    return list(rows.select_related("crew").order_by("starts_at", "pk"))


def crew_shifts(rows: list[models.Shift], district: models.District, epoch: datetime) -> tuple[CrewShift, ...]:
    """Each shift with its people, equipment and commitments of that day, in the order given."""
    people = _People(rows, epoch)
    equipment = _equipment(rows, epoch)
    commitments = commitments_of(rows)
    return tuple(
        CrewShift(
            id=shift.pk,
            crew_id=shift.crew_id,
            crew=shift.crew.name,
            window=window(epoch, shift.starts_at, shift.ends_at),
            base=place_of(shift.crew),
            members=people.of(shift),
            equipment=equipment[shift.crew_id],
            territories=frozenset({district.code}),
            commitments=tuple(_commitment(one, epoch) for one in commitments[shift.crew_id] if is_within(one, shift)),
            on_call=shift.on_call,
        )
        for shift in rows
    )


def is_within(assignment: models.Assignment, shift: models.Shift) -> bool:
    """Whether the shift has to do with the crew's assignment."""
    return assignment.departs_at < shift.ends_at and assignment.ends_at > shift.starts_at


def is_movable(assignment: models.Assignment) -> bool:
    """Whether the decision may give way to an emergency: nobody pinned it or answered for it with a reason, and the
    crew has not been sent."""
    dispatched = assignment.status == models.Assignment.Status.DISPATCHED
    return not (assignment.pinned or assignment.override_rules or dispatched or assignment.shift_id is None)


def place_of(row: models.Crew | models.WorkOrder) -> Place:
    """The crew's base, or where the work is."""
    return Place(row.latitude, row.longitude)


def _commitment(assignment: models.Assignment, epoch: datetime) -> Commitment:
    order = assignment.order
    return Commitment(
        job_id=order.pk,
        number=order.number,
        window=window(epoch, assignment.starts_at, assignment.ends_at),
        place=place_of(order),
        feeder=order.feeder,
        movable=is_movable(assignment),
    )


def commitments_of(shifts: list[models.Shift]) -> Mapping[int, list[models.Assignment]]:
    """By crew: its live assignments around these shifts, in order of time; of each order, what a commitment says."""
    found: dict[int, list[models.Assignment]] = defaultdict(list)
    if shifts:
        start, end = min(s.starts_at for s in shifts), max(s.ends_at for s in shifts)
        rows = models.Assignment.objects.live().overlapping(start, end).filter(crew__in={s.crew_id for s in shifts})
        for row in rows.select_related("order").only(*_OF_A_COMMITMENT).order_by("starts_at"):
            found[row.crew_id].append(row)
    return found


def _equipment(shifts: list[models.Shift], epoch: datetime) -> Mapping[int, tuple[Equipment, ...]]:
    found: dict[int, tuple[Equipment, ...]] = defaultdict(tuple)
    rows = models.Equipment.objects.filter(crew__in={s.crew_id for s in shifts}).order_by("pk")
    outages = _periods(models.EquipmentOutage.objects.filter(equipment__in=rows.order_by()), "equipment_id")
    for pk, crew_id, code, name in rows.values_list("pk", "crew_id", "code", "name"):
        out = tuple(window(epoch, outage.starts_at, outage.ends_at) for outage in outages.get(pk, ()))
        # The filter leaves no row without a crew.
        found[crew_id or 0] += (Equipment(code=code, name=name, out_of_service=out),)
    return found


class _People:
    """The members of each shift's crew, person by person: absences, qualifications and other duty of that day."""

    def __init__(self, shifts: list[models.Shift], epoch: datetime) -> None:
        self._epoch = epoch
        self._by_crew: dict[int, list[_Period]] = defaultdict(list)
        if shifts:
            start, end = min(s.starts_at for s in shifts), max(s.ends_at for s in shifts)
            self._load({shift.crew_id for shift in shifts}, start - REST_HORIZON, end + REST_HORIZON)

    def _load(self, crew_ids: set[int], start: datetime, end: datetime) -> None:
        people = models.Employee.objects.filter(active=True, crew_memberships__crew__in=crew_ids).distinct()
        self._names = dict(people.values_list("pk", "name"))
        absences = models.Absence.objects.in_force().filter(starts_at__lt=end, ends_at__gt=start)
        self._away = _periods(absences.filter(employee__in=self._names), "employee_id")
        self._held = self._qualifications()
        memberships = models.CrewMembership.objects.overlapping(start, end).filter(employee__in=self._names)
        self._memberships = _periods(memberships.order_by("employee__name", "pk"), "employee_id", "crew_id")
        for rows in self._memberships.values():
            for row in rows:
                self._by_crew[row.crew_id].append(row)
        duty = models.Shift.objects.in_force().overlapping(start, end).filter(on_call=False)
        self._duty = _periods(duty.filter(crew__in=set(self._by_crew)), "crew_id", "crew_id", "pk")
        self._work = self._work_of_several(start + REST_HORIZON - DRIVING, end - REST_HORIZON + DRIVING)

    def _work_of_several(self, start: datetime, end: datetime) -> Mapping[int, list[models.Assignment]]:
        """By crew: the live assignments of crews whose people are in another one as well."""
        crews = ({row.crew_id for row in rows} for rows in self._memberships.values())
        several = {crew_id for found in crews if len(found) > 1 for crew_id in found}
        work: dict[int, list[models.Assignment]] = defaultdict(list)
        if several:
            rows = models.Assignment.objects.live().filter(crew__in=several, starts_at__lt=end, ends_at__gt=start)
            for row in rows.select_related("order", "crew").order_by("starts_at", "pk"):
                work[row.crew_id].append(row)
        return work

    def _qualifications(self) -> dict[int, tuple[HeldQualification, ...]]:
        found: dict[int, tuple[HeldQualification, ...]] = defaultdict(tuple)
        rows = models.HeldQualification.objects.filter(employee__in=self._names)
        columns = rows.values_list("employee_id", "qualification__code", "level", "issued_at", "expires_at")
        for person, code, level, issued, expires in columns:
            found[person] += (
                HeldQualification(
                    code=code,
                    level=Level[level],
                    expires=seconds(self._epoch, expires) if expires else FOREVER,
                    issued=seconds(self._epoch, issued),
                ),
            )
        return found

    def of(self, shift: models.Shift) -> tuple[Member, ...]:
        # A person may leave a crew and come back within a shift: one member, absent in between.
        by_person: dict[int, list[_Period]] = defaultdict(list)
        for row in self._by_crew[shift.crew_id]:
            if row.starts_at < shift.ends_at and row.ends_at > shift.starts_at:
                by_person[row.owner].append(row)
        return tuple(self._member(shift, person, memberships) for person, memberships in by_person.items())

    def _member(self, shift: models.Shift, person: int, memberships: list[_Period]) -> Member:
        away = [
            window(self._epoch, one.starts_at, one.ends_at)
            for one in self._away.get(person, ())
            if _is_near(shift, one)
        ]
        away += [window(self._epoch, start, end) for start, end in _uncovered(shift, memberships)]
        return Member(
            id=person,
            name=self._names[person],
            qualifications=self._held[person],
            absences=tuple(sorted(away)),
            worked=tuple(sorted(self._worked(shift, person))),
            booked=tuple(self._booked(shift, person)),
        )

    def _booked(self, shift: models.Shift, person: int) -> Iterator[Booking]:
        """Work of the person's other crews at which they are counted."""
        memberships: dict[int, list[_Period]] = defaultdict(list)
        for membership in self._memberships[person]:
            memberships[membership.crew_id].append(membership)
        for crew_id, rows in memberships.items():
            for work in self._work.get(crew_id, ()) if crew_id != shift.crew_id else ():
                away = any(one.starts_at < work.ends_at and one.ends_at > work.starts_at for one in self._away[person])
                if not away and not _uncovered(work, rows):
                    during = window(self._epoch, work.starts_at, work.ends_at)
                    yield Booking(work.order_id, work.order.number, work.crew.name, during, place_of(work.order))

    def _worked(self, shift: models.Shift, employee_id: int) -> list[Window]:
        """Other shifts of the person, in whichever crew."""
        return [
            window(self._epoch, other.starts_at, other.ends_at)
            for row in self._memberships[employee_id]
            for other in self._duty.get(row.crew_id, ())
            if other.shift_id != shift.pk
            and _is_near(shift, other)
            and row.starts_at < other.ends_at
            and row.ends_at > other.starts_at
        ]


def _is_near(shift: models.Shift, other: _Period) -> bool:
    """Within reach of the rest rules: so a shift's facts do not depend on the horizon they were read for."""
    return other.starts_at < shift.ends_at + REST_HORIZON and other.ends_at > shift.starts_at - REST_HORIZON


def _uncovered(shift: models.Shift | models.Assignment, memberships: list[_Period]) -> list[tuple[datetime, datetime]]:
    """The parts of the shift, or of the work, in which the person is not (yet, or any more) of the crew."""
    gaps: list[tuple[datetime, datetime]] = []
    covered = shift.starts_at
    for row in sorted(memberships, key=lambda one: one.starts_at):
        if row.starts_at > covered:
            gaps.append((covered, row.starts_at))
        covered = max(covered, row.ends_at)
    if covered < shift.ends_at:
        gaps.append((covered, shift.ends_at))
    return gaps
