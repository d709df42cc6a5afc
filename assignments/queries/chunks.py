"""Many ids, a few hundred at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def chunked(ids: Iterable[Any], size: int = 500) -> Iterator[list[Any]]:
    """The ids in lists that any database takes as parameters of one statement."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
