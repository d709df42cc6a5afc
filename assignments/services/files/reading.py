"""Staged rows as a resource reads them: cells under our columns, dates and numbers as it expects them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from assignments import models
from assignments.services.files import columns, dialects, naming, tables
from assignments.services.files.resource import ExchangeResource


class RowReader:
    """How the rows of a file are written."""

    def __init__(self, file: models.FileImport) -> None:
        self.file = file

    def resource(self) -> ExchangeResource:
        """A new one, which has looked up nothing yet."""
        return tables.RESOURCES[self.file.table]()

    @cached_property
    def cells(self) -> list[tuple[int, str, Callable[[str], Any]]]:
        """The place of each column that is read, its name here, and what makes a cell readable."""
        known = self.resource()
        widgets = {one.column_name: one.widget for one in known.fields.values()}
        names = naming.named(self.file.headings, self.file.names, known.column_names)
        dates, comma = self.file.dates, self.file.decimal_comma
        return [
            (place, name, dialects.converter(widgets[name], dates=dates, decimal_comma=comma))
            for place, name in enumerate(names)
            if name != naming.LEFT_OUT
        ]

    def row(self, staged: models.StagedRow) -> columns.Row:
        cells = json.loads(staged.cells)
        return {name: convert(cells[place]) for place, name, convert in self.cells}

    def rows(self, staged: Iterable[models.StagedRow]) -> list[tuple[int, columns.Row]]:
        return [(one.number, self.row(one)) for one in staged]
