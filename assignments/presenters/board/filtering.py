"""The filters of a board as a person sees them: chips to take away, addresses that keep them, what they hide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

_STATE = "state"
_UNSHOWN = frozenset({_STATE, "sort"})
"""Set elsewhere than by a chip: by a tab, and in a list of its own."""


@dataclass(frozen=True, slots=True)
class SetFilter:
    """One filter that is set."""

    name: str
    label: str
    value: str
    """As in the address."""
    text: str
    """As the person chose it."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address of the same board without it."""

    label: str
    text: str
    without: str


@dataclass(frozen=True, slots=True)
class FilterBar:
    """Content of the board's filter bar, and the parameters that its links keep."""

    chips: tuple[Chip, ...]
    query: str
    """All that is set, always in the same sequence, as in the address."""
    keep: str
    """The same to be put behind a day; empty without filters."""
    keep_beside_state: str
    """As `keep`, without the tab."""
    keep_beside_sort: str
    """As `keep`, without the sequence."""
    is_narrowed: bool
    """Whether fewer orders are shown than the day has."""
    clear: str
    """The address of the same tab without filters."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Number of orders that would show without one filter."""

    label: str
    text: str
    count: int
    without: str


def bar(choices: Sequence[SetFilter], day: str) -> FilterBar:
    beside_state = [one for one in choices if one.name != _STATE]
    beside_sort = [one for one in choices if one.name != "sort"]
    chips = [one for one in choices if one.name not in _UNSHOWN]
    unshown = [one for one in choices if one.name in _UNSHOWN]
    return FilterBar(
        chips=tuple(Chip(one.label, one.text, _without(one, choices, day)) for one in chips),
        query=query(choices),
        keep=_behind(choices),
        keep_beside_state=_behind(beside_state),
        keep_beside_sort=_behind(beside_sort),
        is_narrowed=bool(beside_sort),
        clear=address(unshown, day),
    )


def hidden(choices: Sequence[SetFilter], counts: Collection[int], day: str) -> tuple[Hidden, ...]:
    """Number of orders hidden by each filter alone; `counts` are the orders without it, in the same sequence."""
    return tuple(
        Hidden(one.label, one.text, count, _without(one, choices, day))
        for one, count in zip(choices, counts, strict=True)
        if count
    )


def query(choices: Sequence[SetFilter]) -> str:
    return urlencode([(one.name, one.value) for one in choices])


def address(choices: Sequence[SetFilter], day: str) -> str:
    """The address of the day's board with these filters, relative to the board."""
    return f"?day={day}{_behind(choices)}"


def _behind(choices: Sequence[SetFilter]) -> str:
    return f"&{query(choices)}" if choices else ""


def _without(one: SetFilter, choices: Sequence[SetFilter], day: str) -> str:
    return address([other for other in choices if other != one], day)
