"""The cheapest change that makes an illegal assignment legal, or the two cheapest together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import permutations

from assignments.engine.domain.wording import Fix
from assignments.engine.rules import checker
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import HardRule

Judged = tuple[Case, list[HardRule]]
"""A start, and the rules broken at it."""
_Tried = tuple[Fix, Case, Sequence[HardRule]]

TRIES = 12
"""Starts whose fixes are tried, the best first: beyond these a fix only becomes dearer."""
TRIES_FOR_TWO = 3


def cheapest(judged: Sequence[Judged], best: int, *, kept: Set[int] = frozenset()) -> Fix | None:
    """The cheapest proved fix of any of the cases, of equally cheap ones that nearest to the start `best`.

    Two changes are looked for only where no single one helps; none takes a job of `kept` off its shift.
    """
    for tried in (_single(judged[:TRIES]), _pairs(judged[:TRIES_FOR_TWO])):
        if found := _first_proved((one for one in tried if not one[0].moved & kept), best):
            return found
    return None


def _first_proved(tried: Iterable[_Tried], best: int) -> Fix | None:
    in_order = sorted(tried, key=lambda one: (one[0].cost, abs(one[0].start - best)))
    return next((fix for fix, case, broken in in_order if _is_proved(fix, case, broken)), None)


def _single(judged: Iterable[Judged]) -> Iterator[_Tried]:
    for case, broken in judged:
        for rule in broken:
            if rule.fix and _may_satisfy([rule], broken) and (fix := rule.fix(case)):
                yield fix, case, broken


def _pairs(judged: Iterable[Judged]) -> Iterator[_Tried]:
    for case, broken in judged:
        for one, other in permutations(broken, 2):
            if one.fix and other.fix and _may_satisfy([one, other], broken) and (first := one.fix(case)):
                after = _after(case, first)
                # What the first change has satisfied by the way needs no second one.
                if other.explain(after) and (second := other.fix(after)):
                    yield first.followed_by(second), case, broken


def _may_satisfy(rules: Sequence[HardRule], broken: Sequence[HardRule]) -> bool:
    return all(other in rules or any(other.code in rule.also for rule in rules) for other in broken)


def _is_proved(fix: Fix, case: Case, broken: Sequence[HardRule]) -> bool:
    # Only what the checker accepts is told; most changes leave one of the rules broken that were.
    after = _after(case, fix)
    return not any(rule.explain(after) for rule in broken) and not checker.judge(after)


def _after(case: Case, fix: Fix) -> Case:
    return replace(case, job=fix.job, shift=fix.shift, start=fix.start)
