"""The crews' side of a snapshot: each shift with its members, qualifications and equipment of that very day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Prefetch

from assignments import models
from assignments.engine import problem as engine

REST_HORIZON = timedelta(days=2)
"""How far around the horizon other duty of a person is looked at for the rest rules."""

# A full day has a thousand of them, and half the time that reading takes is spent on columns that nobody looks at.
_OF_A_COMMITMENT = (
    *("crew_id", "shift_id", "departs_at", "starts_at", "ends_at", "status", "pinned", "override_rules"),
    *("order__number", "order__latitude", "order__longitude", "order__feeder"),
)


def seconds(epoch: datetime, moment: datetime) -> int:
    """Whole seconds from the horizon's start."""
    return int((moment - epoch).total_seconds())


def window(epoch: datetime, start: datetime, end: datetime) -> engine.Window:
    """The period in seconds since the horizon's start."""
    return engine.Window(seconds(epoch, start), seconds(epoch, end))


def shifts(
    district: models.District, start: datetime, end: datetime, crew_ids: Collection[int] | None
) -> list[models.Shift]:
    """The district's shifts that overlap [start, end), in order of time; `crew_ids` narrows them."""
    rows = models.Shift.objects.in_force().overlapping(start, end).filter(crew__district=district)
    if crew_ids is not None:
        rows = rows.filter(crew__in=crew_ids)
    return list(rows.select_related("crew").order_by("starts_at", "pk"))


def crew_shifts(rows: list[models.Shift], district: models.District, epoch: datetime) -> tuple[engine.CrewShift, ...]:
    """Each shift with its people, equipment and commitments of that day, in the order given."""
    people = _People(rows, epoch)
    equipment = _equipment(rows, epoch)
    commitments = commitments_of(rows)
    return tuple(
        engine.CrewShift(
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


def place_of(row: models.Crew | models.WorkOrder) -> engine.Place:
    """The crew's base, or where the work is."""
    return engine.Place(row.latitude, row.longitude)


def _commitment(assignment: models.Assignment, epoch: datetime) -> engine.Commitment:
    order = assignment.order
    return engine.Commitment(
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


def _equipment(shifts: list[models.Shift], epoch: datetime) -> Mapping[int, tuple[engine.Equipment, ...]]:
    found: dict[int, tuple[engine.Equipment, ...]] = defaultdict(tuple)
    rows = models.Equipment.objects.filter(crew__in={s.crew_id for s in shifts}).order_by("pk")
    for row in rows.prefetch_related("outages"):
        out = tuple(window(epoch, outage.starts_at, outage.ends_at) for outage in row.outages.all())
        # The filter leaves no row without a crew.
        found[row.crew_id or 0] += (engine.Equipment(code=row.code, name=row.name, out_of_service=out),)
    return found


class _People:
    """The members of each shift's crew, person by person: absences, qualifications and other duty of that day."""

    def __init__(self, shifts: list[models.Shift], epoch: datetime) -> None:
        self._epoch = epoch
        self._by_crew: dict[int, list[models.CrewMembership]] = defaultdict(list)
        self._duty: dict[int, list[models.Shift]] = defaultdict(list)
        if shifts:
            start, end = min(s.starts_at for s in shifts), max(s.ends_at for s in shifts)
            self._load(shifts, start - REST_HORIZON, end + REST_HORIZON)

    def _load(self, shifts: list[models.Shift], start: datetime, end: datetime) -> None:
        crew_ids = {shift.crew_id for shift in shifts}
        absences = models.Absence.objects.in_force().filter(starts_at__lt=end, ends_at__gt=start)
        held = models.HeldQualification.objects.annotate(code=F("qualification__code"))
        people = models.Employee.objects.filter(active=True, crew_memberships__crew__in=crew_ids)
        employees = {
            person.pk: person
            for person in people.distinct().prefetch_related(
                Prefetch("absences", queryset=absences, to_attr="away"),
                Prefetch("held_qualifications", queryset=held, to_attr="held"),
            )
        }
        memberships = models.CrewMembership.objects.overlapping(start, end).filter(employee__in=employees)
        self._memberships: dict[int, list[models.CrewMembership]] = defaultdict(list)
        for row in memberships.order_by("employee__name", "pk"):
            row.employee = employees[row.employee_id]
            self._by_crew[row.crew_id].append(row)
            self._memberships[row.employee_id].append(row)
        duty = models.Shift.objects.in_force().overlapping(start, end).filter(on_call=False)
        for shift in duty.filter(crew__in=set(self._by_crew)):
            self._duty[shift.crew_id].append(shift)

    def of(self, shift: models.Shift) -> tuple[engine.Member, ...]:
        rows = [
            row
            for row in self._by_crew[shift.crew_id]
            if row.starts_at < shift.ends_at and (row.ends_at is None or row.ends_at > shift.starts_at)
        ]
        # A person may leave a crew and come back within a shift: one member, absent in between.
        by_person: dict[int, list[models.CrewMembership]] = defaultdict(list)
        for row in rows:
            by_person[row.employee_id].append(row)
        return tuple(self._member(shift, memberships) for memberships in by_person.values())

    def _member(self, shift: models.Shift, memberships: list[models.CrewMembership]) -> engine.Member:
        person = memberships[0].employee
        away = [(one.starts_at, one.ends_at) for one in person.away if _is_near(shift, one)]  # type: ignore[attr-defined]  # a prefetch
        away += _uncovered(shift, memberships)
        return engine.Member(
            id=person.pk,
            name=person.name,
            qualifications=tuple(self._held(one) for one in person.held),  # type: ignore[attr-defined]  # a prefetch
            absences=tuple(sorted(window(self._epoch, start, end) for start, end in away)),
            worked=tuple(sorted(self._worked(shift, person.pk))),
        )

    def _held(self, row: models.HeldQualification) -> engine.HeldQualification:
        return engine.HeldQualification(
            code=row.code,  # type: ignore[attr-defined]  # an annotation
            level=engine.Level[row.level],
            expires=seconds(self._epoch, row.expires_at) if row.expires_at else engine.FOREVER,
            issued=seconds(self._epoch, row.issued_at),
        )

    def _worked(self, shift: models.Shift, employee_id: int) -> list[engine.Window]:
        """Other shifts of the person, in whichever crew."""
        return [
            window(self._epoch, other.starts_at, other.ends_at)
            for row in self._memberships[employee_id]
            for other in self._duty[row.crew_id]
            if other.pk != shift.pk
            and _is_near(shift, other)
            and row.starts_at < other.ends_at
            and (row.ends_at is None or row.ends_at > other.starts_at)
        ]


def _is_near(shift: models.Shift, other: models.Shift | models.Absence) -> bool:
    """Within reach of the rest rules: so a shift's facts do not depend on the horizon they were read for."""
    return other.starts_at < shift.ends_at + REST_HORIZON and other.ends_at > shift.starts_at - REST_HORIZON


def _uncovered(shift: models.Shift, memberships: list[models.CrewMembership]) -> list[tuple[datetime, datetime]]:
    """The parts of the shift in which the person is not (yet, or any more) of the crew."""
    gaps: list[tuple[datetime, datetime]] = []
    covered = shift.starts_at
    for row in sorted(memberships, key=lambda one: one.starts_at):
        if row.starts_at > covered:
            gaps.append((covered, row.starts_at))
        covered = max(covered, row.ends_at or shift.ends_at)
    if covered < shift.ends_at:
        gaps.append((covered, shift.ends_at))
    return gaps
