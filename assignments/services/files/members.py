# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The column that holds the members of a crew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from assignments import models
from assignments.services.files import cells, columns, parts, people

Member = tuple[models.Employee, datetime, datetime | None]


class Members(parts.Parts):
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
        kept = {(row.employee_id, row.starts_at): row for row in self.rows(instance, values)}
        for membership in models.CrewMembership.objects.filter(crew=instance):
            row = kept.pop((membership.employee_id, membership.starts_at), None)
            if row is None:
                membership.delete()
            elif row.ends_at != membership.ends_at:
                membership.ends_at = row.ends_at
                membership.save()
        models.CrewMembership.objects.bulk_create(kept.values())

    def rows(self, instance: models.Crew, values: Sequence[Member]) -> list[models.CrewMembership]:
        return [
            models.CrewMembership(crew=instance, employee=person, starts_at=since, ends_at=until)
            for person, since, until in values
        ]


def _by_start(member: Member) -> tuple[datetime, int]:
    return member[1], member[0].pk
