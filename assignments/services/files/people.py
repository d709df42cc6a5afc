# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Naming a person in a file: by the reference of the system that keeps people, else by the name in the district."""

from __future__ import annotations

from typing import Any

from import_export import widgets

from assignments import models
from assignments.services.files import columns


class People:
    """The employees by what a file may call them; each district is read once per file."""

    def __init__(self) -> None:
        self.districts: dict[str, dict[str, list[models.Employee]]] = {}

    def find(self, text: str, district_code: str) -> models.Employee:
        """The one person meant; a person of another district is written `DISTRICT/reference`. Raises ValueError."""
        found = self._called(text, district_code) or self._called(text.strip(), district_code)
        if not found and "/" in text:
            other, _, name = text.partition("/")
            found = self._called(name, other)
        if not found:
            raise ValueError(f"There is no employee “{text}” in the district “{district_code}”.")
        if len(found) > 1:
            raise ValueError(f"{len(found)} employees are called “{text}”; write their source_reference instead.")
        return found[0]

    def _called(self, text: str, district_code: str) -> list[models.Employee]:
        if district_code not in self.districts:
            book: dict[str, list[models.Employee]] = {}
            for person in models.Employee.objects.filter(district__code=district_code):
                for call in {person.source_reference, person.name} - {""}:
                    book.setdefault(call, []).append(person)
            self.districts[district_code] = book
        found = self.districts[district_code].get(text, [])
        # A reference is meant before a name that happens to read the same.
        return [person for person in found if person.source_reference == text] or found


def call(person: models.Employee, district: models.District | None) -> str:
    """The name by which a file identifies the person within the district."""
    text = person.source_reference or person.name
    if district is None or person.district_id == district.pk:
        return text
    return f"{person.district.code}/{text}"


class Person(widgets.Widget):
    """An employee of the district that the row's `district` column names."""

    def __init__(self) -> None:
        super().__init__()
        self.people = People()

    def clean(self, value: Any, row: columns.Row | None = None, **_: Any) -> models.Employee | None:
        text = columns.text_of(value)
        return self.people.find(text, columns.text_of((row or {}).get("district"))) if text else None

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else columns.safe(call(value, None))
