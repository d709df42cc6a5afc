# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""One table as a file: which row of the table each row of the file means, what it changes, and what is refused.

Rows are read some hundred at a time: what they name is looked up by a number of queries that does not grow with them.
"""

from __future__ import annotations

import copy
import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from import_export import resources

from assignments.services.files import columns, constraints, parts
from assignments.services.inputs import consequences, entries, statuses, touching
from assignments.services.records import auditing, refusals

Identity = tuple[Any, ...]
REASON = "Imported from a file."


@dataclass(slots=True)
class ReadRow:
    """A row of a file beside the row of the table that it means."""

    number: int
    cells: columns.Row
    instance: Any
    original: Any
    """The row as it stands in the table; one of the table's defaults where it is new."""
    is_new: bool
    identities: list[Identity] = field(default_factory=list)
    """Of which another row of the file may have none."""
    changed: list[str] = field(default_factory=list)
    """Columns that say something else than the table."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Column, or empty for the whole row, and a sentence."""

    @property
    def writes(self) -> bool:
        return bool(self.changed) and not self.refused


class ExchangeResource(resources.ModelResource):
    """A table found by natural keys: `key` names the columns that every file of the table must have."""

    key: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    """The columns by which a row is found; each of them a field of the table."""
    is_found_by_reference = False
    """Whether a row that gives the reference of its source is found by that and not by its identity."""
    related: tuple[str, ...] = ()
    prefetched: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.in_file: Collection[str] = ()
        """Names of rows of the file that are not in the table yet, where its columns may name them."""
        self.is_taking_back = False
        """Whether what was written is undone, which no state machine foresees."""

    def stored(self) -> QuerySet[Any]:
        """The rows that a file can mean, with what its columns show of them."""
        rows: QuerySet[Any] = self._meta.model._default_manager.all()
        return rows.select_related(*self.related).prefetch_related(*self.prefetched)

    def cleaned(self, name: str, row: columns.Row) -> Any:
        """The cell's value, or None when it is missing or cannot be read: that is refused later, with the others."""
        try:
            return self.fields[name].clean(row)
        except (KeyError, ValueError):
            return None

    def columns_of(self, row: columns.Row) -> list[Any]:
        """The fields of which the file has a column."""
        return [one for one in self.get_import_fields() if one.column_name in row]

    def read(
        self, rows: Sequence[tuple[int, columns.Row]], *, lock: bool = False, targets: Sequence[int] | None = None
    ) -> list[ReadRow]:
        """Each row with what it changes or why it is refused. Locked, nobody else changes what was found until the end
        of the transaction. `targets` has the rows of the table, where they are known."""
        self.look_up([row for _, row in rows])
        known = self.stored().select_for_update(no_key=True, of=("self",)) if lock else self.stored()
        if targets is not None:
            by_id = known.in_bulk(list(targets))
            found = [by_id.get(pk) for pk in targets]
            read = [self._beside(*row, functools.partial(_same, one)) for row, one in zip(rows, found, strict=True)]
        else:
            find = self._finder(known, [row for _, row in rows])
            read = [self._beside(number, row, find) for number, row in rows]
        self._refuse_what_others_have(read)
        return read

    def look_up(self, rows: Sequence[columns.Row]) -> None:
        """Reads the rows of other tables that these name; beforehand, nobody has to wait for that."""
        for one in self.fields.values():
            for part in (one, one.widget):
                if hasattr(part, "begin"):
                    part.begin(rows, one.column_name)
            if isinstance(one, parts.Links):
                one.in_file = self.in_file

    def _beside(self, number: int, row: columns.Row, find: Callable[[columns.Row], Any]) -> ReadRow:
        try:
            found = find(row)
        except ValidationError as error:
            return ReadRow(number, row, None, None, is_new=False, refused=_told(error))
        instance = found or self._meta.model()
        read = ReadRow(number, row, instance, copy.copy(instance), is_new=found is None)
        read.identities = [*self._identities(row)] if found is None else [("", found.pk)]
        statuses.remember(instance, new=read.is_new)
        errors: dict[str, Any] = {}
        try:
            self.import_instance(instance, row)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        read.changed = [
            one.column_name
            for one in self.columns_of(row)
            if one.attribute not in errors and one.get_value(instance) != one.get_value(read.original)
        ]
        if errors or read.changed or read.is_new:
            read.refused = self._refusals(read, errors)
        return read

    def _refusals(self, read: ReadRow, errors: dict[str, Any]) -> list[tuple[str, str]]:
        """Every refusal of the row by its column, those of the database's checks too."""
        instance = read.instance
        try:
            self.refuse_move(read)
        except ValidationError as error:
            errors.setdefault("status", error)
        # Rows of other tables were looked up just now, and need not be asked for again.
        keys = {one.name for one in instance._meta.fields if isinstance(one, ForeignKey)}
        missing = {name for name in keys if not instance._meta.get_field(name).null and name not in errors}
        try:
            instance.full_clean(
                exclude={*errors, *(keys - {n for n in missing if getattr(instance, f"{n}_id") is None})},
                validate_unique=False, validate_constraints=False,
            )  # fmt: skip
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for one in self.columns_of(read.cells):
            if isinstance(one, parts.Parts) and one.column_name in read.changed:
                try:
                    one.check(instance)
                except ValidationError as error:
                    errors[one.column_name] = ValidationError(error.messages)
        errors |= constraints.broken_by(instance, besides=errors.keys())
        errors |= {} if self.is_taking_back else self.owned_by_sources(read)
        return _told(ValidationError(errors)) if errors else []

    def owned_by_sources(self, read: ReadRow) -> dict[str, ValidationError]:
        """The changed columns that a downstream system fills, with words; it would fill them again."""
        return {}

    def refuse_move(self, read: ReadRow) -> None:
        """Raises ValidationError for a status that cannot follow."""
        if not self.is_taking_back:
            statuses.require_legal_move(read.instance)

    def _refuse_what_others_have(self, read: Sequence[ReadRow]) -> None:
        good = [one for one in read if one.writes or (one.is_new and not one.refused)]
        fields = {one.column_name: one.attribute for one in self.fields.values()}
        changed = {place: {fields[name] for name in one.changed} for place, one in enumerate(good)}
        for place, told in constraints.taken_twice([one.instance for one in good], changed).items():
            good[place].refused += told.items()

    def _identities(self, row: columns.Row) -> Iterable[Identity]:
        """Keys under which a row of the file would be found, were it in the table."""
        for names in self._ways():
            values = tuple(_plain(self.cleaned(name, row)) for name in names)
            # A person may have a reference without a source.
            if "" not in values and None not in values[names[0] == "source" :]:
                yield (names[0], *values)

    def _ways(self) -> list[tuple[str, ...]]:
        return [("source", "source_reference"), self.identity] if self.is_found_by_reference else [self.identity]

    def _finder(self, known: QuerySet[Any], rows: Sequence[columns.Row]) -> Callable[[columns.Row], Any]:
        book: dict[Identity, list[Any]] = defaultdict(list)
        wanted = {names: [ids for row in rows for ids in self._identities(row)] for names in self._ways()}
        for names, identities in wanted.items():
            values = [one[1:] for one in identities if one[0] == names[0]]
            if not values:
                continue
            among = {name: set(column) for name, column in zip(names, zip(*values, strict=True), strict=True)}
            for found in known.filter(
                **{f"{name}__in": column for name, column in among.items() if None not in column}
            ):
                book[(names[0], *(getattr(found, found._meta.get_field(name).attname) for name in names))].append(found)

        def find(row: columns.Row) -> Any:
            names = self._ways()[0]
            if self.is_found_by_reference and not columns.text_of(row.get("source_reference")):
                names = self.identity
            mine = next((one for one in self._identities(row) if one[0] == names[0]), None)
            return self.only(book.get(mine, []) if mine else [], row)

        return find

    def only(self, rows: list[Any], row: columns.Row) -> Any:
        """The one row, or None. Raises ValidationError when several are meant."""
        if len(rows) > 1:
            called = columns.text_of(row.get(self.identity[-1]))
            raise ValidationError(
                {self.identity[-1]: f"{len(rows)} rows are called “{called}”; give their source_reference."}
            )
        return rows[0] if rows else None

    def name_in_file(self, row: columns.Row) -> str:
        """The name by which other rows of the file may name this one."""
        return ""

    def cells_of(self, instance: Any, row: columns.Row) -> dict[str, str]:
        """The cells of the file's columns as an export writes them of this row of the table."""
        return {one.column_name: one.export(instance) for one in self.fields.values() if one.column_name in row}

    def write(self, read: Sequence[ReadRow], *, by: Any, now: datetime, reason: str = REASON, cause: str = "") -> None:
        """Writes rows that change something, with the record and the consequences, in the caller's transaction."""
        touched = touching.touched_by_all([one.original for one in read if not one.is_new])
        self.save(read)
        made = [
            entries.entry(
                one.instance, "added" if one.is_new else "changed", by=by, now=now, fields=one.changed, reason=reason
            )
            for one in read
        ]
        auditing.record_all(made)
        touched |= touching.touched_by_all([one.instance for one in read])
        self.follow([one.instance for one in read], touched, by=by, now=now, cause=cause)

    def save(self, read: Sequence[ReadRow]) -> None:
        for one in read:
            self.before_save(one)
        new = [one.instance for one in read if one.is_new]
        self._meta.model._default_manager.bulk_create(new)
        for one in read:
            if not one.is_new:
                one.instance.save(update_fields=self._written(one))
        for part in (one for one in self.fields.values() if isinstance(one, parts.Parts)):
            part.store_all([one.instance for one in read if part.column_name in one.changed])

    def before_save(self, read: ReadRow) -> None:
        """A last word on the row before it is written."""

    def _written(self, read: ReadRow) -> list[str]:
        names = {one.name for one in read.instance._meta.fields}
        fields = [self.fields_by_column[name].attribute for name in read.changed]
        return [*(name for name in fields if name in names), *(["version"] if "version" in names else [])]

    @property
    def column_names(self) -> list[str]:
        return [one.column_name for one in self.get_user_visible_fields()]

    @property
    def fields_by_column(self) -> Mapping[str, Any]:
        return {one.column_name: one for one in self.fields.values()}

    def follow(self, rows: Sequence[Any], touched: touching.Touched, *, by: Any, now: datetime, cause: str) -> None:
        """The consequences of rows that were written or are gone."""
        if touched:
            consequences.follow(
                order_ids=touched.order_ids,
                crew_ids=touched.crew_ids,
                now=now,
                cause=cause or f"{refusals.person(by)} imported {self._meta.model._meta.verbose_name_plural}",
            )


def _same(found: Any, row: columns.Row) -> Any:
    return found


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _told(error: ValidationError) -> list[tuple[str, str]]:
    if not hasattr(error, "error_dict"):
        return [("", text) for text in error.messages]
    return [
        ("" if name == NON_FIELD_ERRORS else name, text) for name, texts in error.message_dict.items() for text in texts
    ]
