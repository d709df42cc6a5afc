# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""XLSX files that hold every character of a text, those too that XML forbids or changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import tablib
from import_export.formats.base_formats import XLSX

# A carriage return comes back from XML as a line feed; an underscore that looks like an escape is escaped itself.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Workbook(XLSX):
    """Writes such a character as `_x000D_`, as Excel does (ISO/IEC 29500, ST_Xstring), and reads it so."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        return _mapped(super().create_dataset(in_stream), _unescaped)

    def export_data(self, dataset: tablib.Dataset, **options: Any) -> Any:
        return super().export_data(_mapped(dataset, _escaped), **options)


def _mapped(dataset: tablib.Dataset, change: Callable[[str], str]) -> tablib.Dataset:
    rows = [tuple(change(cell) if isinstance(cell, str) else cell for cell in row) for row in dataset]
    return tablib.Dataset(*rows, headers=dataset.headers, title=dataset.title)


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"_x{ord(found.group()):04X}_", text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
