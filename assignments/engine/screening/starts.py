"""Allowed starts of one job, on whatever crew: what the rules say that the job alone decides."""

from __future__ import annotations

from assignments.engine.domain.problem import FOREVER, Job, Problem
from assignments.engine.domain.travel import GRAIN
from assignments.engine.rules import register
from assignments.engine.rules.answers import OfJob
from assignments.engine.rules.spans import EVER, Span, intersect


def of_job(problem: Problem, job: Job, *, tentative: bool) -> tuple[list[Span], str]:
    """The starts allowed on any crew, and the code of the rule that leaves none, or ''.

    The least severe rules go first, so that the worst of those which leave no time together is named. A prerequisite
    that the problem's plan has to place first counts as solvable: the plan orders the two.
    """
    # Whole minutes: a dispatcher says 08:13, never 08:12:47.
    now = -(-problem.now // GRAIN) * GRAIN
    spans: list[Span] = [(now, FOREVER)]
    for rule, answer in reversed(register.answered(OfJob)):
        allowed = answer.starts(problem, job, tentative)
        if allowed is not EVER:
            spans = intersect(spans, allowed)
            if not spans:
                return [], rule.code
    return spans, ""
