"""Allowed starts as sorted, disjoint, closed spans of seconds: (first, last) both allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assignments.engine.domain.problem import FOREVER

Span = tuple[int, int]
EVER: tuple[Span, ...] = ((-FOREVER, FOREVER),)


def intersect(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """The starts that are in both."""
    both = [(max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b]
    return [span for span in both if span[0] <= span[1]]


def unite(spans: Iterable[Span]) -> list[Span]:
    """The starts that are in any."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result
