"""A cell of an exported file is read back as exactly the same value."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assignments.services.files import cells, columns
from tests.examples import drawn

TEXT = st.text(alphabet=st.sampled_from("aB7'\"=+-@;,|: \t\n"), max_size=8)
LISTS = st.lists(TEXT, min_size=1, max_size=4)
quickly = drawn(60)


@quickly
@given(TEXT)
@example("'=1+1")
@example("''=x")
@example("a;=1+1")
@example("\n=1+1")
@example("a; '=x")
@example("' x")
@example(" ")
def test_text_is_read_as_it_was_written(text: str) -> None:
    cell = columns.safe(text)

    assert columns.text_of(cell) == text
    assert not cell.startswith(columns.FORMULA_STARTS)
    # Where lists are parted by semicolons the rest is a cell of its own.
    assert not any(part.lstrip(' "\t\n').startswith(("=", "+", "-", "@")) for part in cell.split(";")[1:])


@pytest.mark.parametrize("text", ["'tis the season", "O'Hare", "plain", "'"])
def test_an_apostrophe_that_protects_nothing_stays(text: str) -> None:
    assert columns.safe(text) == text
    assert columns.text_of(f" {text} ") == text


@quickly
@given(LISTS, st.sampled_from([cells.LIST, cells.WITHIN, cells.FIELDS, ":"]))
def test_pieces_are_split_as_they_were_joined(pieces: list[str], separator: str) -> None:
    assert cells.split(cells.join(pieces, separator), separator) == pieces


@quickly
@given(LISTS, st.sampled_from([cells.FIELDS, ":"]))
def test_fields_keep_their_places(pieces: list[str], separator: str) -> None:
    assert cells.split_fields(cells.join_fields(pieces, separator), separator) == pieces


@quickly
@given(LISTS)
def test_codes_keep_their_letters(codes: list[str]) -> None:
    assert cells.split_codes(cells.join_codes(codes)) == codes


@quickly
@given(st.lists(st.lists(st.lists(TEXT, min_size=1, max_size=2), max_size=3), max_size=3))
def test_lists_within_lists_are_read_as_they_were_written(crews: list[list[list[str]]]) -> None:
    written = cells.join(
        cells.join_fields([cells.join(parts, cells.WITHIN) for parts in crew] or [""]) for crew in crews
    )

    read = [[cells.split(parts, cells.WITHIN) for parts in cells.split_fields(crew)] for crew in cells.split(written)]
    assert read == [crew or [[]] for crew in crews]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("LINE; SWITCH", ["LINE", "SWITCH"]),
        (" LINE ;; ", ["LINE"]),
        ('"a;b" ; c', ["a;b", "c"]),
        ('say "hi"; x', ['say "hi"', "x"]),
        ("", []),
    ],
)
def test_hand_written_lists_are_read_kindly(cell: str, read: list[str]) -> None:
    assert cells.split(cell) == read


def test_hand_written_codes_become_capitals_unless_quoted() -> None:
    assert cells.split_codes('bucket; "digger"') == ["BUCKET", "digger"]
