# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""XLSX files that hold every character of a text, those too that XML forbids or changes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
import tablib
from import_export.formats.base_formats import XLSX

# A carriage return comes back from XML as a line feed; an underscore that looks like an escape is escaped itself.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST_CELL = 32_767
"""Characters that a cell of a workbook can hold."""


class BrokenWorkbook(ValueError):
    """A sentence about a file that is no workbook, or one that is too large."""


class TooLongForAWorkbook(ValueError):
    """A sentence about a table that only a CSV file can hold."""


class Workbook(XLSX):
    """Writes such a character as `_x000D_`, as Excel does (ISO/IEC 29500, ST_Xstring)."""

    def export_data(self, dataset: tablib.Dataset, **options: Any) -> Any:
        """The bytes of the file. Raises TooLongForAWorkbook rather than cut a cell."""
        written = _mapped(dataset, _escaped)
        for number, row in enumerate(written, start=1):
            for heading, cell in zip(written.headers, row, strict=True):
                if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                    raise TooLongForAWorkbook(
                        f"Row {number} has {len(cell):,} characters in “{heading}”, more than a cell of a workbook can"
                        " hold. Export it as CSV."
                    )
        return super().export_data(written, **options)


def lines(file: IO[bytes], most_unpacked: int) -> Iterator[Sequence[Any]]:
    """The rows of the sheet that was in front when it was saved, one after another. Raises BrokenWorkbook."""
    try:
        with zipfile.ZipFile(file) as packed:
            # No more than what is declared here is ever unpacked.
            unpacked = sum(one.file_size for one in packed.infolist())
        if unpacked > most_unpacked:
            raise BrokenWorkbook(
                f"The workbook has {unpacked / 1e6:,.0f} MB when it is unpacked; at most {most_unpacked / 1e6:,.0f} MB"
                " are read. Split it, or save it as CSV."
            )
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except BrokenWorkbook:
        raise
    except Exception as error:
        raise BrokenWorkbook(
            "The file begins like a workbook, but none can be read from it. Save it as .xlsx or CSV."
        ) from error
    sheet, filled = _in_front(book), 0
    # What a sheet says of its size may be anything, and every row would be filled up to it.
    sheet.reset_dimensions()
    try:
        for row in sheet.iter_rows(values_only=True):
            filled += any(cell is not None for cell in row)
            yield [_unescaped(cell) if isinstance(cell, str) else cell for cell in row]
    except (ParseError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BrokenWorkbook(f"The sheet “{sheet.title}” is damaged. Save it anew as .xlsx or CSV.") from error
    finally:
        book.close()
    if filled < 2 and len(book.sheetnames) > 1:
        raise BrokenWorkbook(
            f"The sheet “{sheet.title}” has no row below its column names. Put the sheet with the table in front, and"
            " save the workbook."
        )


def _in_front(book: Any) -> Any:
    """A sheet of cells: not one that is nothing but a chart. Raises BrokenWorkbook."""
    if not book.worksheets:
        raise BrokenWorkbook("The workbook has no sheet with cells.")
    return book.active if book.active in book.worksheets else book.worksheets[0]


def _mapped(dataset: tablib.Dataset, change: Callable[[str], str]) -> tablib.Dataset:
    rows = [tuple(change(cell) if isinstance(cell, str) else cell for cell in row) for row in dataset]
    return tablib.Dataset(*rows, headers=dataset.headers, title=dataset.title)


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
