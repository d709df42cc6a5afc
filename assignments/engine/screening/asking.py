"""Rules that declare nothing but a check: asked at every minute of the starts in question, their borders by halving.

Slow, so that a rule added to the register alone is obeyed from the first run on; a rule that many pairs meet should
declare a quicker answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.domain.travel import GRAIN, Travel
from assignments.engine.rules import register
from assignments.engine.rules.answers import Asked
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import HardRule
from assignments.engine.rules.spans import Span, intersect


class LooksAround(TypeError):
    """A rule without an answer of its own looks at the shift's other work; the message names it and the remedy."""


def rules() -> list[HardRule]:
    """The rules that are asked, the worst first."""
    return [rule for rule, _ in register.answered(Asked)]


class Asking:
    """One job on one shift, put to the rules that have nothing but a check."""

    def __init__(self, problem: Problem, job: Job, shift: CrewShift, *, tentative: bool) -> None:
        self._problem, self._job, self._shift, self._tentative = problem, job, shift, tentative
        self._travel = Travel.of(problem)

    def allowed(self, spans: Sequence[Span]) -> tuple[list[Span], str]:
        """The starts of these spans that all asked rules allow, and the code of the rule that leaves none, or ''."""
        left = list(spans)
        for rule in reversed(rules()):
            left = [kept for span in left for kept in self.kept(rule, span)]
            if not left:
                return [], rule.code
        return left, ""

    def kept(self, rule: HardRule, span: Span) -> list[Span]:
        """The starts of the span at which the rule is kept; it may change its mind once a minute."""
        first, last = span
        if rule.timeless:
            return [span] if self._is_kept(rule, first) else []
        at = sorted({first, *range((first // GRAIN + 1) * GRAIN, last, GRAIN), last})
        kept = [self._is_kept(rule, start) for start in at]
        borders = [
            self._border(rule, before, after, was)
            for (before, was), (after, now) in pairwise(zip(at, kept, strict=True))
            if was != now
        ]
        # From one border to the next the answer stays the same.
        edges = [first, *borders, last + 1]
        stretches = [(a, b - 1) for a, b in pairwise(edges)]
        return stretches[0 if kept[0] else 1 :: 2]

    def _border(self, rule: HardRule, before: int, after: int, was: bool) -> int:
        """The first start after `before`, and no later than `after`, at which the answer is another."""
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self._is_kept(rule, middle) == was else (before, middle)
        return after

    def borders(self, span: Span) -> set[int]:
        """The starts at which a rule begins or ceases to hold."""
        return {start for rule in rules() for kept in self.kept(rule, span) for start in kept}

    def _is_kept(self, rule: HardRule, start: int) -> bool:
        case = Case(self._problem, self._job, self._shift, start, self._travel, tentative=self._tentative)
        broken = rule.explain(case)
        if "commitments" in vars(case):
            raise LooksAround(
                f"The rule {rule.code!r} looks at the other work of a shift, which changes while a plan is made. "
                "Declare in the register how screening answers it, and teach the search."
            )
        return broken is None


def narrowed(problem: Problem, job: Job, shift: CrewShift, spans: Sequence[Span], *, tentative: bool) -> list[Span]:
    """The spans without the starts that an asked rule forbids."""
    if not rules() or not spans:
        return list(spans)
    first, last = spans[0][0], spans[-1][1]
    bounds = [(max(first, shift.window.start - job.duration), min(last, shift.window.end + problem.rules.max_overtime))]
    within = intersect(spans, [bound for bound in bounds if bound[0] <= bound[1]])
    return Asking(problem, job, shift, tentative=tentative).allowed(within)[0]
