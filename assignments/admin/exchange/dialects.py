# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""Files as spreadsheets of different countries write them: separators, encodings, dates, decimal commas, blank rest.

A separator is recognised by the line `sep=;` or by the first line, an encoding by its mark or by what can be read.
Whether a day or a month comes first cannot be recognised: the person says so.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import tablib
from import_export.formats.base_formats import CSV

from assignments.admin.exchange import columns, workbooks

ISO, DAY_FIRST, MONTH_FIRST = "iso", "dmy", "mdy"
DATES = (
    (ISO, "2026-12-31T07:00-06:00 (ISO 8601)"),
    (DAY_FIRST, "31/12/2026 07:00 or 31.12.2026 (day first)"),
    (MONTH_FIRST, "12/31/2026 07:00 AM (month first)"),
)
_SEPARATORS = (",", ";", "\t", "|")
_WORKBOOK = b"PK\x03\x04"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DATE = re.compile(
    r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[\sT,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?\s*"
)


class Unreadable(ValueError):
    """A sentence about a file that is no table."""


class AnyText(CSV):
    """CSV in any of these dialects; a workbook that was taken for one is read as a workbook."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        if in_stream.startswith(_WORKBOOK):
            return AnyWorkbook().create_dataset(in_stream)
        text = _decoded(in_stream)
        separator, text = _separator(text)
        try:
            return tidied(list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)))
        except csv.Error as error:
            raise Unreadable(f"The file cannot be split into cells: {error}.") from error


class AnyWorkbook(workbooks.Workbook):
    """XLSX, without the blank columns and rows that spreadsheets leave behind."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        read = super().create_dataset(in_stream)
        return tidied([list(read.headers or ()), *(list(row) for row in read)])


def tidied(lines: Sequence[Sequence[Any]]) -> tablib.Dataset:
    """The rows below the first line that is not blank, without blank rows and without columns that have no name.

    `file_rows` of the dataset has the number of each row below that line, `left_out` a sentence on what was left out.
    Raises Unreadable where that would lose something.
    """
    begin = next((number for number, line in enumerate(lines) if not _is_blank(line)), None)
    if begin is None:
        raise Unreadable("The file is empty.")
    headers = [columns.text_of(cell) for cell in lines[begin]]
    named = [place for place, header in enumerate(headers) if header]
    rows, numbers = [], []
    for number, line in enumerate(lines[begin + 1 :], start=1):
        if _is_blank(line):
            continue
        for place, cell in enumerate(line):
            if not _is_blank([cell]) and not (place < len(headers) and headers[place]):
                raise Unreadable(
                    f"Row {number} has “{cell}” in column {place + 1}, which the first line does not name."
                )
        rows.append([line[place] if place < len(line) else "" for place in named])
        numbers.append(number)
    left_out = _told(blank=len(lines) - begin - 1 - len(rows), nameless=len(headers) - len(named))
    return _dataset(rows, [headers[place] for place in named], numbers, left_out)


def like(dataset: tablib.Dataset, rows: Sequence[Sequence[Any]], headers: Sequence[str]) -> tablib.Dataset:
    """Other cells and headings of the same rows of the file."""
    return _dataset(rows, headers, dataset.file_rows, dataset.left_out)


def _dataset(
    rows: Sequence[Sequence[Any]], headers: Sequence[str], file_rows: Sequence[int], left_out: str
) -> tablib.Dataset:
    made = tablib.Dataset(*rows)
    made.headers = headers
    made.file_rows, made.left_out = file_rows, left_out
    return made


def converted(dataset: tablib.Dataset, fields: Sequence[Any], *, dates: str, decimal_comma: bool) -> tablib.Dataset:
    """The dataset with dates and numbers as `columns` reads them; what is no such date or number stays as it is."""
    known = {field.column_name: field.widget for field in fields}
    changes: list[Callable[[Any], Any]] = []
    for header in dataset.headers:
        widget = known.get(header)
        if isinstance(widget, columns.Moment) and dates != ISO:
            changes.append(lambda cell: iso_of(cell, day_first=dates == DAY_FIRST))
        elif isinstance(widget, columns.Real) and decimal_comma:
            changes.append(point_of)
        else:
            changes.append(lambda cell: cell)
    rows = [[change(cell) for change, cell in zip(changes, row, strict=True)] for row in dataset]
    return like(dataset, rows, dataset.headers)


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


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data, encoding)
    # UTF-16 without its mark: every second byte of plain letters is zero.
    head = data[:200]
    if head[1::2].count(0) > len(head) // 3:
        return _read(data, "utf-16-le")
    if head[::2].count(0) > len(head) // 3:
        return _read(data, "utf-16-be")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _read(data, "cp1252")


def _read(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("The text of the file is none of UTF-8, UTF-16 and Windows-1252. Save it as UTF-8.") from error


def _separator(text: str) -> tuple[str, str]:
    """The separator of the cells, and the text without the line that says so."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    if (said := re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE)) is not None:
        return said.group(1), rest
    outside = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=outside.count), text


def _is_blank(line: Sequence[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in line)


def _told(*, blank: int, nameless: int) -> str:
    left = [f"{blank} blank row{'s' * (blank > 1)}"] if blank else []
    left += [f"{nameless} column{'s' * (nameless > 1)} without a name"] if nameless else []
    return f"Left out: {' and '.join(left)}." if left else ""
