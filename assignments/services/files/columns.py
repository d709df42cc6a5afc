# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Reading and writing of one cell of a file; an unreadable one raises ValueError with a sentence.

A file is round: what a cell writes, it reads back as the same value.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Choices, Model, QuerySet
from import_export import fields, widgets

from assignments.downstream import storable
from assignments.services.files import cells

Row = Mapping[str, Any]
_LIKE_A_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2}(?!\d))")
_LIKE_A_DECIMAL = re.compile(r"-?\d+,\d+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# A spreadsheet runs text that begins so; a leading apostrophe makes it text again, and is taken off when read.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Where a list is parted by semicolons, as spreadsheets do in many countries, the rest of a cell is a cell of its own.
_INNER_START = re.compile(r"(;[ \t\r\n\"]*)('*)(?=[=+\-@])")


def column(name: str, widget: widgets.Widget, *, attribute: str | None = None, **options: Any) -> fields.Field:
    """A column of the same name as the model's field, so that a refusal names what stands in the file's first line."""
    return fields.Field(column_name=name, attribute=attribute or name, widget=widget, **options)


def text_of(value: Any) -> str:
    """A cell as text without blanks at its ends, unless an apostrophe protects them.

    Spreadsheets hand over 1001 and 1001.0 for what was typed as a number. Raises ValueError for a character that no
    database holds.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    if (bad := _UNSTORABLE.search(text)) is not None:
        raise ValueError(f"It holds the character U+{ord(bad.group()):04X}, which cannot be stored. Remove it.")
    text = _INNER_START.sub(lambda found: found[1] + found[2][1:], text)
    if text[:1] == "'" and _needs_protection(text[1:]):
        return text[1:]
    return text.strip()


def safe(text: str) -> str:
    """The cell that reads as exactly this text and that no spreadsheet runs."""
    text = f"'{text}" if _needs_protection(text) else text
    return _INNER_START.sub(lambda found: f"{found[1]}'{found[2]}", text)


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
            is_decimal = _LIKE_A_DECIMAL.fullmatch(text)
            hint = " If the file writes decimal commas, say so when you import it." if is_decimal else ""
            raise ValueError(f"“{text}” is not a number.{hint}") from None
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


class Json(widgets.Widget):
    """Anything as JSON; an empty cell is `nothing`."""

    def __init__(self, nothing: Any) -> None:
        super().__init__()
        self.nothing = nothing

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> Any:
        text = text_of(value)
        try:
            return json.loads(text) if text else self.nothing
        except (ValueError, RecursionError):
            raise ValueError(f"“{text[:60]}” is no JSON. Copy the cell from an export.") from None

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        return safe(json.dumps(value, ensure_ascii=False)) if value else ""


class Zones:
    """Time zones by what another column of a row says; `find` reads those of many cells by one query."""

    def __init__(self, column: str, find: Callable[[Collection[str]], Mapping[str, zoneinfo.ZoneInfo]]) -> None:
        self.column = column
        self.find = find
        self.found: dict[str, zoneinfo.ZoneInfo | None] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Zones:
        # One for all columns of a file.
        copied: Zones = memo.setdefault(id(self), Zones(self.column, self.find))
        return copied

    def begin(self, rows: Iterable[Row]) -> None:
        """Reads what these rows need."""
        wanted = cells_of(rows, self.column) - self.found.keys()
        self.found |= dict.fromkeys(wanted) | dict(self.find(wanted) if wanted else {})

    def of(self, row: Row) -> zoneinfo.ZoneInfo | None:
        self.begin([row])
        return self.found.get(text_of(row.get(self.column)))


def cells_of(rows: Iterable[Row], column: str) -> set[str]:
    """The different texts of a column, without blank and unreadable ones."""
    found = set()
    for row in rows:
        with contextlib.suppress(ValueError):
            found.add(text_of(row.get(column)))
    return found - {""}


class Moment(widgets.Widget):
    """A time in ISO 8601; without an offset it is local time in the zone that is found for the row."""

    def __init__(self, zones: Zones) -> None:
        super().__init__()
        self.zones = zones

    def begin(self, rows: Sequence[Row], column: str) -> None:
        self.zones.begin(rows)

    def clean(self, value: Any, row: Row | None = None, **_: Any) -> datetime | None:
        if value is None or value == "":
            return None
        return moment_of(value, lambda: self.zones.of(row or {}))

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
        found, hint = _LIKE_A_DATE.match(text), ""
        if found:
            years = " with all four digits of the year" if len(found[1]) == 2 else ""
            hint = f" If the file writes dates otherwise{years}, say how when you import it."
        raise ValueError(f"“{text}” is not a time such as 2026-03-09T07:00-05:00.{hint}") from None


class Lookup(widgets.Widget):
    """A row of another table by its code; each is looked up once per file."""

    def __init__(self, rows: Callable[[], QuerySet[Any]], by: str = "code") -> None:
        super().__init__()
        self.rows = rows
        self.by = by
        self.found: dict[str, Model | None] = {}

    def begin(self, rows: Sequence[Row], column: str) -> None:
        """Reads by one query what these rows name."""
        self.read(cells_of(rows, column))

    def read(self, codes: Collection[str]) -> None:
        wanted = set(codes) - self.found.keys()
        if wanted:
            stored = self.rows().filter(**{f"{self.by}__in": wanted})
            self.found |= dict.fromkeys(wanted) | {str(getattr(one, self.by)): one for one in stored}

    def find(self, code: str) -> Any:
        """The row of this code, or None."""
        self.read([code])
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
