# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Columns that hold rows of another table: the needs and prerequisites of an order, the members of a crew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import fields, widgets

from assignments import models
from assignments.admin.exchange import cells, columns, people
from assignments.engine.domain.rings import told
from assignments.queries import rings

Need = tuple[str, str, int]
FurtherCrew = tuple[str, int, tuple[Need, ...], tuple[str, ...]]
Member = tuple[models.Employee, datetime, datetime | None]


class Parts(fields.Field):
    """Reads a cell into plain values, holds them beside the row until it is saved, and then stores the difference."""

    def __init__(self, name: str) -> None:
        super().__init__(column_name=name, attribute=name, widget=widgets.Widget())

    def save(self, instance: Any, row: columns.Row, is_m2m: bool = False, **_: Any) -> None:
        vars(instance)[self._slot] = self.parse(row[self.column_name], row, instance)

    def get_value(self, instance: Any) -> Any:
        """The value read from the file, else the stored one: comparable, in a fixed order."""
        if self._slot in vars(instance):
            return vars(instance)[self._slot]
        return self.stored(instance) if instance.pk else []

    def export(self, instance: Any, **_: Any) -> str:
        return columns.safe(cells.join(self.write(part, instance) for part in self.get_value(instance)))

    def was_read(self, instance: Any) -> bool:
        """Whether the file has a cell for it."""
        return self._slot in vars(instance)

    def store_what_was_read(self, instance: Any) -> None:
        if self._slot not in vars(instance):
            return
        try:
            self.store(instance, vars(instance)[self._slot])
        except ValidationError as error:
            raise ValidationError({self.column_name: error.messages}) from error
        finally:
            del vars(instance)[self._slot]

    @property
    def _slot(self) -> str:
        return f"_read_{self.column_name}"

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Any]:
        raise NotImplementedError

    def stored(self, instance: Any) -> list[Any]:
        raise NotImplementedError

    def write(self, part: Any, instance: Any) -> str:
        raise NotImplementedError

    def store(self, instance: Any, values: Sequence[Any]) -> None:
        raise NotImplementedError


class Needs(Parts):
    """`LINE:MASTER:2; SWITCH`: qualification, level (standard unless said), people (one unless said)."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.qualifications = columns.Lookup(models.Qualification.objects.all)

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Need]:
        return sorted(self.need(text) for text in cells.split(columns.text_of(value)))

    def need(self, text: str) -> Need:
        """One need of a cell; raises ValueError for what is none."""
        code, level, people_needed = [*cells.split_fields(text, ":"), "", ""][:3]
        if self.qualifications.find(code) is None:
            raise ValueError(f"There is no qualification with the code “{code}”.")
        level = level.upper() or models.Level.STANDARD.value
        if level not in models.Level.values:
            raise ValueError(f"“{level}” is none of {', '.join(models.Level.values)}.")
        if people_needed and not people_needed.isdecimal():
            raise ValueError(f"“{people_needed}” is not a number of people.")
        return code, level, int(people_needed or 1)

    def stored(self, instance: models.WorkOrder) -> list[Need]:
        return sorted((need.qualification.code, need.level, need.people) for need in instance.needs_of(0))

    def write(self, part: Need, instance: Any) -> str:
        return cells.join_fields(map(str, part), ":")

    def store(self, instance: models.WorkOrder, values: Sequence[Need]) -> None:
        instance.needs.filter(part=0).delete()
        self.save_needs(instance, 0, values)

    def save_needs(self, order: models.WorkOrder, part: int, values: Sequence[Need]) -> None:
        """The needs of one part of the order, stored beside those of the others."""
        for code, level, people_needed in values:
            qualification = self.qualifications.find(code)
            need = models.OrderNeed(
                order=order, part=part, qualification=qualification, level=level, people=people_needed
            )
            need.full_clean()
            need.save()


class FurtherCrews(Parts):
    """`traffic crew|2|FLAGGER::2, FIRST-AID|ARROW-BOARD`: title, people (one unless said), needs, equipment.

    In the order of the crews; what comes last may be left out.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.needs = Needs("needs")

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[FurtherCrew]:
        return [self._crew(text) for text in cells.split(columns.text_of(value))]

    def _crew(self, text: str) -> FurtherCrew:
        title, size, needs, equipment = [*cells.split_fields(text), "", "", ""][:4]
        if not title:
            raise ValueError(f"“{text}” says of no crew what it is called.")
        if size and not size.isdecimal():
            raise ValueError(f"“{size}” is not a number of people.")
        asked = tuple(sorted(self.needs.need(one) for one in cells.split(needs, cells.WITHIN)))
        return title, int(size or 1), asked, tuple(sorted(cells.split_codes(equipment, cells.WITHIN)))

    def stored(self, instance: models.WorkOrder) -> list[FurtherCrew]:
        return [
            (part.title, part.crew_size, self._needs_of(instance, part.number), tuple(sorted(part.equipment)))
            for part in instance.further_parts
        ]

    def _needs_of(self, order: models.WorkOrder, number: int) -> tuple[Need, ...]:
        return tuple(sorted((need.qualification.code, need.level, need.people) for need in order.needs_of(number)))

    def write(self, part: FurtherCrew, instance: Any) -> str:
        title, size, needs, equipment = part
        asked = cells.join((self.needs.write(need, instance) for need in needs), cells.WITHIN)
        brought = cells.join_codes(equipment, cells.WITHIN)
        return cells.join_fields([title, str(size), asked, brought])

    def store(self, instance: models.WorkOrder, values: Sequence[FurtherCrew]) -> None:
        instance.parts.all().delete()
        instance.needs.filter(part__gt=0).delete()
        for number, (title, size, needs, equipment) in enumerate(values, start=1):
            part = models.OrderPart(
                order=instance, number=number, title=title, crew_size=size, equipment=list(equipment)
            )
            part.full_clean()
            part.save()
            self.needs.save_needs(instance, number, needs)


class Prerequisites(Parts):
    """Numbers of orders; one further down in the same file counts, so they are stored after the last row."""

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[str]:
        return sorted(set(cells.split(columns.text_of(value))))

    def stored(self, instance: models.WorkOrder) -> list[str]:
        return sorted(order.number for order in instance.prerequisites.all())

    def write(self, part: str, instance: Any) -> str:
        return part

    def store(self, instance: models.WorkOrder, values: Sequence[str]) -> None:
        found = {order.number: order for order in models.WorkOrder.objects.filter(number__in=values)}
        missing = sorted(set(values) - found.keys())
        if missing:
            raise ValidationError(f"There is no work order with the number “{missing[0]}”.")
        if instance.number in found:
            raise ValidationError("A work order cannot wait for itself.")
        instance.prerequisites.set(found.values())

    def refuse_ring(self, instance: models.WorkOrder) -> None:
        """Raises ValidationError if the order waits for itself, now that all rows of the file are stored."""
        if ring := rings.Waiting().ring(instance.pk):
            raise ValidationError({self.column_name: f"{told(ring)}: none of them could be first."})


class Members(Parts):
    """`E-101 2026-01-05T00:00Z/2026-06-01T00:00Z; E-102`: who, and from when until when; an open end is left empty.

    Without a period, a person who is a member now stays so as before, and anybody else becomes one now.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.people = people.People()
        self.districts = columns.Lookup(models.District.objects.all)

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Member]:
        now = timezone.now()
        code = columns.text_of(row.get("district"))
        return sorted(
            (self._member(text, code, instance, now) for text in cells.split(columns.text_of(value))), key=_by_start
        )

    def _member(self, text: str, district_code: str, crew: models.Crew, now: datetime) -> Member:
        name, _, period = text.rpartition(" ")
        if "/" not in period or not period[:4].isdecimal():
            person = self.people.find(text, district_code)
            return next((one for one in self._open_at(crew, now) if one[0] == person), (person, now, None))
        start, _, end = period.partition("/")
        since = columns.moment_of(start, lambda: self._zone(district_code))
        until = columns.moment_of(end, lambda: self._zone(district_code)) if end else None
        return self.people.find(name, district_code), since, until

    def _zone(self, district_code: str) -> Any:
        district = self.districts.find(district_code)
        return district.zone if district else None

    def _open_at(self, crew: models.Crew, now: datetime) -> list[Member]:
        stored = self.stored(crew) if crew.pk else []
        return [one for one in stored if one[1] <= now and (one[2] is None or one[2] > now)]

    def stored(self, instance: models.Crew) -> list[Member]:
        return sorted(((one.employee, one.starts_at, one.ends_at) for one in instance.memberships.all()), key=_by_start)

    def write(self, part: Member, instance: models.Crew) -> str:
        person, since, until = part
        name = people.call(person, instance.district if instance.district_id else None)
        return f"{name} {since.isoformat()}/{until.isoformat() if until else ''}"

    def store(self, instance: models.Crew, values: Sequence[Member]) -> None:
        kept = {(person.pk, since): until for person, since, until in values}
        for membership in instance.memberships.all():
            key = (membership.employee_id, membership.starts_at)
            if key not in kept:
                membership.delete()
            else:
                membership.ends_at = kept.pop(key)
                membership.full_clean()
                membership.save()
        for (person_id, since), until in kept.items():
            membership = models.CrewMembership(crew=instance, employee_id=person_id, starts_at=since, ends_at=until)
            membership.full_clean()
            membership.save()


def _by_start(member: Member) -> tuple[datetime, int]:
    return member[1], member[0].pk
