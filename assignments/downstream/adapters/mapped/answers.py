"""Records in the body of an answer, JSON or CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from assignments.downstream import client, lenient, trouble
from assignments.downstream.adapters.mapped import expressions
from assignments.downstream.adapters.mapped.manifest import MappedResource

_COLUMN = re.compile(r'([A-Za-z_]\w*)|"([^"\\]+)"')
csv.field_size_limit(2**31 - 1)
"""A body has a limit already; a long cell must not hide the other rows."""


@dataclass(frozen=True, slots=True)
class AnsweredPage:
    """The records of one answer, as they came."""

    items: list[Any]
    body: Any
    """The JSON document, in which the next page may be named; None of CSV."""
    answer: client.RawAnswer


def page(how: MappedResource, answer: client.RawAnswer) -> AnsweredPage:
    """Raises SystemUnavailable where there are no records in it."""
    if how.format == "csv":
        return AnsweredPage(_rows(answer, how), None, answer)
    body = document(answer)
    try:
        items = expressions.search(how.records, body)
    except ValueError as error:
        raise _other(str(error)) from error
    if not isinstance(items, list):
        # Some systems say with status 200 that something went wrong.
        words = trouble.said(answer.body).removeprefix(": ")
        raise _other(words or f"there is no list of records at {how.records}")
    return AnsweredPage(items, body, answer)


def document(answer: client.RawAnswer) -> Any:
    """The body as JSON. Raises SystemUnavailable when it is none."""
    try:
        return lenient.loads(answer.body)
    except ValueError as error:
        raise _other(str(error)) from error


def _rows(answer: client.RawAnswer, how: MappedResource) -> list[Any]:
    try:
        text = io.StringIO(lenient.text(answer.body), newline="")
        rows = [row for row in csv.reader(text, delimiter=how.delimiter) if row]
    except csv.Error as error:
        raise _other(f"no CSV: {error}") from error
    if not rows:
        raise _other("no CSV: not even a line with the names of columns")
    names = [name.strip() for name in rows[0]]
    # A page that says something else must not be a list without rows, of which all that is missing would end.
    wanted = _name(how.columns["reference"].path)
    if wanted is not None and wanted not in names:
        raise _other(f"no CSV with a column {wanted} in its first line")
    return [_record(names, row) for row in rows[1:] if any(cell.strip() for cell in row)]


def _name(path: str | None) -> str | None:
    """The column of which a path is nothing but the name."""
    found = _COLUMN.fullmatch(path or "")
    return (found[1] or found[2]) if found else None


def _record(names: list[str], row: list[str]) -> dict[str, str] | list[str]:
    """The row by its names; a row with more cells than there are names is left as it is, and refused."""
    if any(cell.strip() for cell in row[len(names) :]):
        return row
    return {name: cell for name, cell in zip(names, row, strict=False) if name}


def _other(what: str) -> trouble.SystemUnavailable:
    return trouble.SystemUnavailable(f"answered with something else than agreed ({what[:200]})")
