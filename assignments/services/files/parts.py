# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Columns that hold rows of another table: the needs and prerequisites of an order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, UniqueConstraint
from import_export import fields, widgets

from assignments import models
from assignments.services.files import cells, columns, constraints

Need = tuple[str, str, int]
FurtherCrew = tuple[str, int, tuple[Need, ...], tuple[str, ...]]


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

    def check(self, instance: Any) -> None:
        """Raises ValidationError where what was read cannot be stored; asks no database."""
        refused: list[str] = []
        known: set[tuple[Any, ...]] = set()
        for row in self.rows(instance, vars(instance)[self._slot]):
            links = {one.name for one in row._meta.fields if isinstance(one, ForeignKey)}
            row.full_clean(exclude=links, validate_unique=False, validate_constraints=False)
            refused += constraints.broken_by(row, besides=()).values()
            for names in (one.fields for one in row._meta.constraints if isinstance(one, UniqueConstraint)):
                value = (names, *(getattr(row, row._meta.get_field(name).attname) for name in names))
                refused += ["It says the same twice."] if value in known else []
                known.add(value)
        if refused:
            raise ValidationError(list(dict.fromkeys(refused)))

    def store_all(self, instances: Sequence[Any]) -> None:
        """Stores what was read of these rows, which are in the table now."""
        for instance in instances:
            self.store(instance, vars(instance).pop(self._slot))

    @property
    def _slot(self) -> str:
        return f"_read_{self.column_name}"

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Any]:
        raise NotImplementedError

    def stored(self, instance: Any) -> list[Any]:
        raise NotImplementedError

    def write(self, part: Any, instance: Any) -> str:
        raise NotImplementedError

    def rows(self, instance: Any, values: Sequence[Any]) -> list[Any]:
        """The values as rows of the other table, not written yet."""
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

    def begin(self, rows: Sequence[columns.Row], column: str) -> None:
        self.qualifications.read(_codes(rows, column))

    def stored(self, instance: models.WorkOrder) -> list[Need]:
        return sorted((need.qualification.code, need.level, need.people) for need in instance.needs_of(0))

    def write(self, part: Need, instance: Any) -> str:
        return cells.join_fields(map(str, part), ":")

    def rows(self, instance: models.WorkOrder, values: Sequence[Need], part: int = 0) -> list[models.OrderNeed]:
        return [
            models.OrderNeed(
                order=instance, part=part, qualification=self.qualifications.find(code), level=level, people=people
            )
            for code, level, people in values
        ]

    def store_all(self, instances: Sequence[models.WorkOrder]) -> None:
        models.OrderNeed.objects.filter(order__in=instances, part=0).delete()
        models.OrderNeed.objects.bulk_create(
            [row for one in instances for row in self.rows(one, vars(one).pop(self._slot))]
        )


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

    def rows(self, instance: models.WorkOrder, values: Sequence[FurtherCrew]) -> list[Any]:
        rows: list[Any] = []
        for number, (title, size, needs, equipment) in enumerate(values, start=1):
            rows.append(
                models.OrderPart(order=instance, number=number, title=title, crew_size=size, equipment=list(equipment))
            )
            rows += self.needs.rows(instance, needs, number)
        return rows

    def store_all(self, instances: Sequence[models.WorkOrder]) -> None:
        models.OrderPart.objects.filter(order__in=instances).delete()
        models.OrderNeed.objects.filter(order__in=instances, part__gt=0).delete()
        rows = [row for one in instances for row in self.rows(one, vars(one).pop(self._slot))]
        models.OrderPart.objects.bulk_create([row for row in rows if isinstance(row, models.OrderPart)])
        models.OrderNeed.objects.bulk_create([row for row in rows if isinstance(row, models.OrderNeed)])


class Links(Parts):
    """Names of other rows of the same table; rows of the file that are not in it yet may be named too."""

    def __init__(self, name: str, named: columns.Lookup) -> None:
        super().__init__(name)
        self.named = named
        self.in_file: Collection[str] = ()

    def begin(self, rows: Sequence[columns.Row], column: str) -> None:
        self.named.read(_codes(rows, column))

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[str]:
        return sorted(set(cells.split(columns.text_of(value))))

    def stored(self, instance: Any) -> list[str]:
        return sorted(str(getattr(one, self.named.by)) for one in getattr(instance, self.attribute).all())

    def write(self, part: str, instance: Any) -> str:
        return part

    def check(self, instance: Any) -> None:
        for name in vars(instance)[self._slot]:
            if name == getattr(instance, self.named.by):
                raise ValidationError(f"{name} cannot name itself.")
            if name not in self.in_file and self.named.find(name) is None:
                raise ValidationError(f"There is no {instance._meta.verbose_name} with the {self.named.by} “{name}”.")

    def store_all(self, instances: Sequence[Any]) -> None:
        """By a few statements: what is linked already stays."""
        relation = instances[0]._meta.get_field(self.attribute) if instances else None
        if relation is None:
            return
        through, ours, theirs = relation.remote_field.through, relation.m2m_column_name(), relation.m2m_reverse_name()
        names = [(one.pk, name) for one in instances for name in vars(one).pop(self._slot)]
        # Some have been written a moment ago.
        self.named.found = {name: one for name, one in self.named.found.items() if one is not None}
        self.named.read([name for _, name in names])
        wanted = {(pk, self.named.find(name).pk) for pk, name in names}
        ids = [one.pk for one in instances]
        known = {
            (a, b): pk for pk, a, b in through.objects.filter(**{f"{ours}__in": ids}).values_list("pk", ours, theirs)
        }
        through.objects.filter(pk__in=[pk for link, pk in known.items() if link not in wanted]).delete()
        through.objects.bulk_create([through(**{ours: a, theirs: b}) for a, b in sorted(wanted - known.keys())])


def _codes(rows: Sequence[columns.Row], column: str) -> set[str]:
    """Every name in the cells of a column, up to a colon too."""
    found: set[str] = set()
    for text in columns.cells_of(rows, column):
        pieces = cells.split(text)
        found |= {*pieces, *(cells.split_fields(piece, ":")[0] for piece in pieces)}
    return found
