"""Whatever text a table holds, a file of either kind brings it back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
import tablib
from hypothesis import example, given
from hypothesis import strategies as st
from import_export.formats.base_formats import CSV

from assignments.services.files import columns, dialects, workbooks
from tests.examples import drawn

HEADINGS = ("number", "title", "description")
# No database of ours holds NUL or half a character.
TEXT = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    st.text(st.sampled_from("a07'\"=+-@;,|:_xD \t\r\n\x0b\x1f\x85\u2028\ufeff\ufffe"), max_size=12),
    st.sampled_from(["007", "1e5", "31/12/2026", "1,5", "TRUE", "#N/A", "=1+1", "_x000D_", "-", "null", "sep=;"]),
)
FORMATS = {"csv": CSV(), "xlsx": workbooks.Workbook()}


def read(content: bytes) -> list[list[str]]:
    table = dialects.opened(io.BytesIO(content), most_unpacked=10_000_000)
    assert table.headings == list(HEADINGS)
    return [cells for _, cells in table.rows()]


def exported(kind: str, rows: Sequence[tuple[str, ...]]) -> bytes:
    dataset: Any = tablib.Dataset(*[tuple(map(columns.safe, row)) for row in rows], headers=HEADINGS)
    content = FORMATS[kind].export_data(dataset)
    return content if isinstance(content, bytes) else content.encode()


@pytest.mark.parametrize("kind", FORMATS)
@drawn(80)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
@example([("=cmd()", "\r\n"), ("'", " ")])
def test_texts_come_back_as_they_were(kind: str, rows: list[tuple[str, str]]) -> None:
    written = [(f"WO-{number}", *texts) for number, texts in enumerate(rows)]

    back = [tuple(columns.text_of(cell) for cell in cells) for cells in read(exported(kind, written))]

    assert back == written


@drawn(60)
@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4),
    st.sampled_from([";", "\t", "|", ","]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
def test_a_spreadsheet_may_write_them_in_its_own_way(
    rows: list[tuple[str, str]], separator: str, encoding: str, says: bool
) -> None:
    written = [(f"WO-{number}", *texts) for number, texts in enumerate(rows)]
    dataset: Any = tablib.Dataset(*[tuple(map(columns.safe, row)) for row in written], headers=HEADINGS)
    text = dataset.export("csv", delimiter=separator)

    content = (f"sep={separator}\r\n{text}" if says else text).encode(encoding)

    assert [tuple(columns.text_of(cell) for cell in cells) for cells in read(content)] == written


def test_a_workbook_never_cuts_a_cell() -> None:
    with pytest.raises(workbooks.TooLongForAWorkbook, match="more than a cell of a workbook can hold"):
        exported("xlsx", [("WO-1", "Map", "x" * 40_000)])
    assert read(exported("csv", [("WO-1", "Map", "x" * 400_000)]))[0][2] == "x" * 400_000


def test_a_workbook_that_is_large_once_unpacked_is_refused() -> None:
    content = exported("xlsx", [(f"WO-{number}", "x" * 100, "y") for number in range(500)])

    with pytest.raises(dialects.Unreadable, match="MB when it is unpacked; at most 0 MB"):
        dialects.opened(io.BytesIO(content), most_unpacked=10_000)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d"])
def test_what_no_database_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="which cannot be stored"):
        columns.text_of(text)
