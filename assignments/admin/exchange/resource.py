# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Import and export of one table: all rows or none, each refusal with its row and column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone
from import_export import resources
from import_export.results import InvalidRow, Result, RowResult

from assignments.admin import audits, statuses, touching
from assignments.admin.exchange import columns, constraints, parts
from assignments.services.inputs import consequences
from assignments.services.records import auditing, refusals

Found = TypeVar("Found", bound=Model)


class PlainDiff(resources.Diff):
    """Shows what a row changes without the package's inline styles, which the content security policy forbids."""

    def as_html(self) -> list[str]:
        return [
            new if self.new or old == new else f"{old or '(empty)'} → {new or '(empty)'}"
            for old, new in zip(self.left, self.right, strict=True)
        ]


class ExchangeResource(resources.ModelResource):
    """A resource found by natural keys: `key` names the columns that every file of the table must have."""

    key: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.touched = touching.Touched()
        self.postponed: list[tuple[int, Any]] = []
        self.rows_of: dict[Any, int] = {}
        self.file_rows: list[int] = []
        """The number in the file of each row that is imported."""
        self.verb = ""
        self.changing: list[str] = []
        self.changes: list[tuple[Any, str, list[str]]] = []

    def find(self, row: columns.Row) -> Any:
        """The stored row that the file's row means, or None for a new one. Raises ValidationError when unclear."""
        raise NotImplementedError

    def cleaned(self, name: str, row: columns.Row) -> Any:
        """The cell's value, or None when it is missing or cannot be read: that is refused later, with the others."""
        try:
            return self.fields[name].clean(row)
        except (KeyError, ValueError):
            return None

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        return PlainDiff

    def get_instance(self, instance_loader: Any, row: columns.Row) -> Any:
        return self.find(row)

    def before_import(self, dataset: Any, **_: Any) -> None:
        headers = [str(header or "").strip() for header in dataset.headers or ()]
        known = {field.column_name for field in self.fields.values()}
        missing = [name for name in self.key if name not in headers]
        unknown = [name for name in headers if name not in known]
        doubled = sorted({name for name in headers if headers.count(name) > 1})
        if missing:
            raise ValueError(f"The file lacks the column “{missing[0]}”.")
        if unknown:
            raise ValueError(f"The file has an unknown column “{unknown[0]}”. Known are: {', '.join(sorted(known))}.")
        if doubled:
            raise ValueError(f"The file has the column “{doubled[0]}” twice.")
        dataset.headers = headers

    def after_init_instance(self, instance: Any, new: bool, row: columns.Row, **_: Any) -> None:
        statuses.remember(instance, new=new)
        self.verb = "added" if new else "changed"
        if not new and instance.pk in self.rows_of:
            raise ValidationError(f"Row {self.rows_of[instance.pk]} of the file already says what {instance} is.")

    def skip_row(self, instance: Any, original: Any, row: columns.Row, import_validation_errors: Any = None) -> bool:
        # A column that holds rows of another table can be compared only until these are stored.
        self.changing = [
            field.column_name
            for field in self.get_import_fields()
            if field.column_name in row and field.get_value(instance) != field.get_value(original)
        ]
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def validate_instance(
        self, instance: Any, import_validation_errors: Mapping[str, Any] | None = None, validate_unique: bool = True
    ) -> None:
        """Raises ValidationError with every refusal of the row by its column, those of the database's rules too."""
        errors = dict(import_validation_errors or {})
        try:
            statuses.require_legal_move(instance)
        except ValidationError as error:
            errors.setdefault("status", error)
        try:
            instance.full_clean(exclude=errors.keys(), validate_unique=validate_unique, validate_constraints=False)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        errors |= constraints.broken_by(instance, besides=errors.keys())
        if errors:
            raise ValidationError(errors)

    def before_save_instance(self, instance: Any, row: columns.Row, **_: Any) -> None:
        if instance.pk:
            self.touched |= touching.touched_by(type(instance).objects.get(pk=instance.pk))

    def save_m2m(self, instance: Any, row: columns.Row, **options: Any) -> None:
        number = options["row_number"]
        self.rows_of[instance.pk] = self.file_rows[number - 1] if self.file_rows else number
        self.changes.append((instance, self.verb, self.changing))
        for field in self.fields.values():
            if isinstance(field, parts.Prerequisites):
                self.postponed.append((options["row_number"], instance))
            elif isinstance(field, parts.Parts):
                field.store_what_was_read(instance)
        self.touched |= touching.touched_by(instance)

    def after_import(self, dataset: Any, result: Result, **options: Any) -> None:
        self._store_postponed(dataset, result)
        if was_taken(result, **options):
            self.follow(by=options["user"], now=timezone.now())

    def follow(self, *, by: Any, now: datetime) -> None:
        """The record of what the file changed, and its consequences."""
        auditing.record_all(
            [
                audits.entry(row, verb, by=by, now=now, fields=names, reason="Imported from a file.")
                for row, verb, names in self.changes
            ]
        )
        if self.touched:
            consequences.follow(
                order_ids=self.touched.order_ids,
                crew_ids=self.touched.crew_ids,
                now=now,
                cause=f"{refusals.person(by)} imported {self._meta.model._meta.verbose_name_plural}",
            )

    def _store_postponed(self, dataset: Any, result: Result) -> None:
        fields = [field for field in self.fields.values() if isinstance(field, parts.Prerequisites)]
        read = [(number, row, field) for number, row in self.postponed for field in fields if field.was_read(row)]
        # All of them first: what one row still says of a ring, another may have opened.
        for step in (parts.Prerequisites.store_what_was_read, parts.Prerequisites.refuse_ring):
            for number, instance, field in read:
                try:
                    step(field, instance)
                except ValidationError as error:
                    row = dict(zip(dataset.headers, dataset[number - 1], strict=True))
                    result.append_invalid_row(number, row, error)
                    result.totals[RowResult.IMPORT_TYPE_INVALID] += 1


def was_taken(result: Result, *, dry_run: bool, **_: Any) -> bool:
    """Whether the rows stay: nothing was refused, and the file was not only checked."""
    return not (dry_run or result.has_errors() or result.has_validation_errors())


def only(rows: list[Found], *, column: str, called: str) -> Found | None:
    """The one row, or None. Raises ValidationError when several are meant."""
    if len(rows) > 1:
        raise ValidationError({column: f"{len(rows)} rows are called “{called}”; give their source_reference."})
    return rows[0] if rows else None


def number_as_in_the_file(result: Result, file_rows: list[int]) -> None:
    """Blank rows were left out before the rows were counted."""
    for row in (*result.error_rows, *result.invalid_rows):
        row.number = file_rows[row.number - 1]


def refusals_of(result: Result) -> list[tuple[int, str, str]]:
    """Every refusal of an import as (row of the file without its headings, column, sentence)."""
    told: list[tuple[int, str, str]] = [(0, "", str(error.error)) for error in result.base_errors]
    if told:
        # What the rows lack is what the file lacks.
        return told
    for row in result.error_rows:
        told += [(row.number, "", str(error.error)) for error in row.errors]
    for row in result.invalid_rows:
        told += _of_row(row)
    return sorted(told)


def _of_row(row: InvalidRow) -> list[tuple[int, str, str]]:
    told = [(row.number, column, text) for column, texts in row.field_specific_errors.items() for text in texts]
    return told + [(row.number, "", text) for text in row.non_field_specific_errors]
