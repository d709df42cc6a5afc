"""Files as spreadsheets of different countries write them: separators, encodings, dates, decimal commas, blank rest.

A separator is recognised by the line `sep=;` or by the first line, an encoding by its mark or by what can be read.
Whether a day or a month comes first cannot be recognised: the person says so. Files are read row by row, so that a
large one takes no more memory than a small one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, ClassVar

from assignments.services.files import columns, workbooks

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_SEPARATORS = (",", ";", "\t", "|")
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 64 * 1024
"""Bytes in which the first line is sought."""
_LONGEST_CELL = 4_000_000
"""Characters: the boundary and the network of a district stand in one cell each."""
_DATE = re.compile(
    r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[\sT,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?\s*"
)


class Unreadable(ValueError):
    """A sentence about a file that is no table."""


@dataclass
class FileTable:
    """The headings of a file, and its rows below them without what is blank."""

    headings: list[str]
    lines: Iterator[Sequence[Any]]
    places: list[int]
    """Of the columns that have a name."""
    nameless: int
    blank: int = field(default=0, init=False)
    SAID: ClassVar[str] = "Left out: {}."

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The number of each row in the file, and its cells as text. Raises Unreadable where that would lose any."""
        named = set(self.places)
        for number, line in enumerate(self.lines, start=1):
            if _is_blank(line):
                self.blank += 1
                continue
            for place, cell in enumerate(line):
                if place not in named and not _is_blank([cell]):
                    raise Unreadable(
                        f"Row {number} has “{cell}” in column {place + 1}, which the first line does not name."
                    )
            yield number, [_text(line[place]) if place < len(line) else "" for place in self.places]

    @property
    def left_out(self) -> str:
        """A sentence on what was left out, when all rows were read."""
        left = [f"{self.blank:,} blank row{'s' * (self.blank > 1)}"] if self.blank else []
        left += [f"{self.nameless} column{'s' * (self.nameless > 1)} without a name"] if self.nameless else []
        return self.SAID.format(" and ".join(left)) if left else ""


def opened(file: IO[bytes], *, most_unpacked: int) -> FileTable:
    """The file as a table; `most_unpacked` bounds the bytes of a workbook once it is unpacked. Raises Unreadable."""
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith(_OLD_WORKBOOK):
        raise Unreadable("The file is a workbook of the old kind (.xls). Save it as .xlsx or as CSV.")
    if head.startswith(_WORKBOOK):
        return _table(_tolerant(workbooks.lines(file, most_unpacked)))
    return _table(_tolerant(_text_lines(file, head)))


def _tolerant(lines: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The lines; what cannot be read becomes Unreadable."""
    try:
        yield from lines
    except csv.Error as error:
        raise Unreadable(f"The file cannot be split into cells: {error}.") from error
    except UnicodeDecodeError as error:
        raise Unreadable("The text of the file is none of UTF-8, UTF-16 and Windows-1252. Save it as UTF-8.") from error
    except workbooks.BrokenWorkbook as error:
        raise Unreadable(str(error)) from error


def _table(lines: Iterator[Sequence[Any]]) -> FileTable:
    first = next((line for line in lines if not _is_blank(line)), None)
    if first is None:
        raise Unreadable("The file is empty.")
    headings = [_heading(cell) for cell in first]
    # Spreadsheets leave any number of blank columns behind.
    while headings and not headings[-1] and len(headings) > 200:
        headings.pop()
    places = [place for place, heading in enumerate(headings) if heading]
    return FileTable([headings[place] for place in places], lines, places, len(headings) - len(places))


def _heading(cell: Any) -> str:
    try:
        return columns.text_of(cell)
    except ValueError as error:
        raise Unreadable(f"The first line cannot be read: {error}") from error


def _text(cell: Any) -> str:
    """A cell as the text that a CSV file would have for it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _text_lines(file: IO[bytes], head: bytes) -> Iterator[Sequence[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding=_encoding(file, head), newline="")
    separator, is_said = _separator(text.read(_HEAD))
    text.seek(0)
    reader = csv.reader(_without(text, is_said), delimiter=separator, strict=True)
    yield from reader
    # Else the wrapper would close the file when it is forgotten.
    text.detach()


def _without(text: Iterable[str], said: bool) -> Iterator[str]:
    """The lines; of a file that has `said` its separator, those after that."""
    lines = iter(text)
    if said:
        next(line for line in lines if line.strip("\r\n"))
    yield from lines


_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def converter(widget: Any, *, dates: str, decimal_comma: bool) -> Any:
    """Function of a cell that writes it as the widget reads it; what is no such date or number stays as it is."""
    if isinstance(widget, columns.Moment) and dates in (DAY_FIRST, MONTH_FIRST):
        return lambda cell: iso_of(cell, day_first=dates == DAY_FIRST)
    if isinstance(widget, columns.Real) and decimal_comma:
        return point_of
    if isinstance(widget, columns.Whole) and decimal_comma:
        return whole_of
    return lambda cell: cell


def iso_of(cell: Any, *, day_first: bool) -> Any:
    """A date such as 31/12/2026 07:00 in ISO 8601, without an offset."""
    if not isinstance(cell, str) or (found := _DATE.fullmatch(cell)) is None:
        return cell
    one, _, two, year, hour, minute, second, half = found.groups()
    day, month = (one, two) if day_first else (two, one)
    at = int(hour or 0)
    if half:
        if not 1 <= at <= 12:
            return cell
        at = at % 12 + (12 if half in "pP" else 0)
    told = f"{year}-{month:0>2}-{day:0>2}T{at:02}:{minute or '00'}:{second or '00'}"
    try:
        return datetime.fromisoformat(told).isoformat()
    except ValueError:
        return cell


def point_of(cell: Any) -> Any:
    """1.234,5 as 1234.5."""
    if not isinstance(cell, str) or "," not in cell:
        return cell
    return re.sub(r"[.\s\u202f']", "", cell).replace(",", ".")


def whole_of(cell: Any) -> Any:
    """1.234 and 60,0 as 1234 and 60."""
    if not isinstance(cell, str) or _WHOLE.fullmatch(cell.strip()) is None:
        return cell
    return re.sub(r"[.\s\u202f']", "", cell).partition(",")[0]


_WHOLE = re.compile(r"-?(\d{1,3}([.\s\u202f']\d{3})+|\d+)(,0+)?")


def _encoding(file: IO[bytes], head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    # UTF-16 without its mark: every second byte of plain letters is zero.
    first = head[:200]
    if first[1::2].count(0) > len(first) // 3:
        return "utf-16-le"
    if first[::2].count(0) > len(first) // 3:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_HEAD):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def _separator(text: str) -> tuple[str, bool]:
    """The separator of the cells, and whether a line of its own says so."""
    first = text.lstrip("\r\n").partition("\n")[0]
    if (said := _SAID.fullmatch(first)) is not None:
        return said.group(1), True
    outside = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=outside.count), False


def _is_blank(line: Sequence[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in line)
