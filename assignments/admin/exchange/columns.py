# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Reading and writing of one cell of a file; an unreadable one raises ValueError with a sentence.

A file is round: what a cell writes, it reads back as the same value.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Choices, Model, QuerySet
from import_export import fields, widgets

from assignments.admin.exchange import cells
from assignments.downstream import storable

Row = Mapping[str, Any]
_LIKE_A_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}")
# A spreadsheet runs text that begins so; a leading apostrophe makes it text again, and is taken off when read.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def column(name: str, widget: widgets.Widget, *, attribute: str | None = None, **options: Any) -> fields.Field:
    """A column of the same name as the model's field, so that a refusal names what stands in the file's first line."""
    return fields.Field(column_name=name, attribute=attribute or name, widget=widget, **options)


def text_of(value: Any) -> str:
    """A cell as text without blanks at its ends, unless an apostrophe protects them.

    Spreadsheets hand over 1001 and 1001.0 for what was typed as a number.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    if text[:1] == "'" and _needs_protection(text[1:]):
        return text[1:]
    return text.strip()


def safe(text: str) -> str:
    """The cell that reads as exactly this text and that no spreadsheet runs."""
    return f"'{text}" if _needs_protection(text) else text


def _needs_protection(text: str) -> bool:
    # A text of apostrophes before such a beginning would lose one of them.
    body = text.lstrip("'")
    return body != body.strip() or body.startswith(FORMULA_STARTS)


class Text(widgets.Widget):
    def clean(self, value: Any, row: Row | None = None, **_: Any) -> str:
        return text_of(value)

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return safe(str(value or ""))


class Whole(widgets.Widget):
    def clean(self, value: Any, row: Row | None = None, **_: Any) -> int | None:
        text = text_of(value)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"“{text}” is not a whole number.") from None

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else str(value)


class Real(widgets.Widget):
    def clean(self, value: Any, row: Row | None = None, **_: Any) -> float | None:
        text = text_of(value)
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"“{text}” is not a number.") from None
        if not math.isfinite(number):
            raise ValueError(f"“{text}” is not a finite number.")
        return number

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else repr(float(value))


class YesNo(widgets.Widget):
    WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> bool | None:
        text = text_of(value).lower()
        if not text:
            return None
        if text not in self.WORDS:
            raise ValueError(f"“{text}” is neither yes nor no.")
        return self.WORDS[text]

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else ("yes" if value else "no")


class Choice(widgets.Widget):
    """One of a closed list, by its name or its label, in capitals or not."""

    def __init__(self, choices: type[Choices]) -> None:
        super().__init__()
        self.choices = choices
        self.by_word = {word.lower(): one for one in choices for word in (one.name, str(one.label))}

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> Any:
        text = text_of(value)
        if not text:
            return None
        if text.lower() not in self.by_word:
            raise ValueError(f"“{text}” is none of {', '.join(self.choices.names)}.")
        return self.by_word[text.lower()].value

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        # A new row's cell is rendered before it is read, for the comparison.
        return self.choices(value).name if value in self.choices.values else ""


class Codes(widgets.Widget):
    """Several codes in one cell; with `choices` only those."""

    def __init__(self, choices: type[Choices] | None = None) -> None:
        super().__init__()
        self.choices = choices

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> list[str]:
        codes = cells.split_codes(text_of(value))
        unknown = [code for code in codes if self.choices and code not in self.choices.values]
        if unknown and self.choices:
            raise ValueError(f"“{unknown[0]}” is none of {', '.join(self.choices.values)}.")
        return codes

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return safe(cells.join_codes(value or ()))


class Moment(widgets.Widget):
    """A time in ISO 8601; without an offset it is local time in the zone that `zone_of` finds for the row."""

    def __init__(self, zone_of: Callable[[Row], zoneinfo.ZoneInfo | None]) -> None:
        super().__init__()
        self.zone_of = zone_of

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> datetime | None:
        if value is None or value == "":
            return None
        return moment_of(value, lambda: self.zone_of(row or {}))

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else str(value.isoformat())


def moment_of(cell: Any, zone: Callable[[], zoneinfo.ZoneInfo | None]) -> datetime:
    moment = cell if isinstance(cell, datetime) else _parsed(text_of(cell))
    if not storable.FIRST.year <= moment.year < storable.LAST.year:
        raise ValueError(f"{moment.isoformat()} lies outside the years 1970 to 2199; leave the cell empty for none.")
    if moment.tzinfo is not None:
        return moment
    local = zone()
    if local is None:
        raise ValueError(f"{moment.isoformat()} has no offset, and the row names no district to take one from.")
    return moment.replace(tzinfo=local)


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        hint = " If the file writes dates otherwise, say how above." if _LIKE_A_DATE.match(text) else ""
        raise ValueError(f"“{text}” is not a time such as 2026-03-09T07:00-05:00.{hint}") from None


class Lookup(widgets.Widget):
    """A row of another table by its code; each is looked up once per file."""

    def __init__(self, rows: Callable[[], QuerySet[Any]], by: str = "code") -> None:
        super().__init__()
        self.rows = rows
        self.by = by
        self.found: dict[str, Model | None] = {}

    def find(self, code: str) -> Any:
        """The row of this code, or None."""
        if code not in self.found:
            self.found[code] = self.rows().filter(**{self.by: code}).first()
        return self.found[code]

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> Any:
        code = text_of(value)
        if not code:
            return None
        row_found = self.find(code)
        if row_found is None:
            raise ValueError(f"There is no {self.rows().model._meta.verbose_name} with the {self.by} “{code}”.")
        return row_found

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return "" if value is None else safe(str(getattr(value, self.by)))
