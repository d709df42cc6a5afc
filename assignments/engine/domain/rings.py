"""Work that waits for itself: each of a ring must be done before the next one, so none of them can begin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any


def ring(start: Any, waits_for: Mapping[Any, Collection[Any]]) -> tuple[Any, ...]:
    """The shortest ring that leads from `start` back to it, `start` first; empty for none. Ids or numbers."""
    ways: dict[Any, tuple[Any, ...]] = {start: (start,)}
    reached = [start]
    while reached:
        before, reached = reached, []
        for one in before:
            for other in sorted(waits_for.get(one, ())):
                if other == start:
                    return ways[one]
                if other not in ways:
                    ways[other] = (*ways[one], other)
                    reached.append(other)
    return ()


def told(numbers: Sequence[str]) -> str:
    """`WO-1 waits for WO-2, which waits for WO-1`, from the numbers of a ring."""
    first, *rest = numbers
    links = " which waits for ".join(f"{number}," for number in rest)
    return f"{first} waits for {links} which waits for {first}" if rest else f"{first} waits for itself"
