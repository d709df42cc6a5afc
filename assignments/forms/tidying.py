"""Filters as an address asks for them, as far as they make sense: several values of each, unknown ones told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from assignments.queries import searching

FITS = 480
"""Characters of all filters together, as the name of an open page has room for."""
_SHOWN = 30
_ALONE = frozenset({"state", "sort", "q"})
"""Filters of one value."""


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Values of one filter, found when they are first needed, and what one of them is called."""

    noun: str
    found: Callable[[], Iterable[tuple[Any, Any]]]


@dataclass(frozen=True, slots=True)
class TidyFilters:
    data: QueryDict
    left_out: tuple[str, ...]
    """In words, one for each thing that was asked in vain."""


def asked(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The values of each filter; an address has them one by one or, as links and open pages do, with commas."""
    found: dict[str, list[str]] = {}
    for name in data:
        values = data.getlist(name) if isinstance(data, QueryDict) else [str(data[name])]
        found[name] = values if name in _ALONE else [*dict.fromkeys(part for one in values for part in one.split(","))]
    return found


def joined(value: str | Sequence[str]) -> str:
    """The value as an address has it."""
    return value if isinstance(value, str) else ",".join(value)


def tidy(wanted: Mapping[str, list[str]], choices: Mapping[str, FilterChoices]) -> TidyFilters:
    """The filters that count; `wanted` are values by filter, `choices` those that are known."""
    data, left_out, room = QueryDict(mutable=True), [], FITS
    for name, values in wanted.items():
        given = [value for value in values if value]
        if name == "q":
            kept, why = _searchable(given)
        elif name in choices and given:
            kept, why = _known(given[-1:] if name in _ALONE else given, choices[name])
        else:
            continue
        left_out += why
        room -= len(urlencode({name: ",".join(kept)})) + 1
        if kept and room < 0:
            left_out.append("More is chosen than fits into one address; take some of it away.")
            break
        data.setlist(name, kept) if kept else None
    return TidyFilters(data, tuple(left_out))


def _searchable(values: list[str]) -> tuple[list[str], list[str]]:
    if values and len(values[-1].split()) > searching.MOST:
        return [], [f"The search has more than {searching.MOST} words: say less."]
    kept = [value for value in values[-1:] if len(value) <= searching.LONGEST and value.isprintable()]
    if len(kept) == len(values[-1:]):
        return kept, []
    if not values[-1].isprintable():
        return [], ["The search holds a character that nothing has."]
    return [], [f"The search is longer than {searching.LONGEST} characters: say less."]


def _known(values: list[str], choices: FilterChoices) -> tuple[list[str], list[str]]:
    known = {str(value) for value, _ in choices.found()}
    kept = [value for value in values if value in known]
    unknown = [value for value in values if value not in known]
    return kept, [f"There is no {choices.noun} “{_shown(value)}”." for value in unknown[:3]]


def _shown(value: str) -> str:
    readable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value)
    return readable if len(readable) <= _SHOWN else f"{readable[:_SHOWN]}…"
