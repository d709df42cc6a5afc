"""The breaks that shifts owe, as the search's array."""

from __future__ import annotations

import numpy as np

from assignments.engine.domain.problem import Problem
from assignments.engine.rules import breaks
from assignments.engine.search.kernel import Ints


def of(problem: Problem) -> Ints:
    """By shift where its breaks begin, then the breaks: earliest and latest start, length, and whether at the base; in
    one array, as the links of `links`. What the commitments leave no room for is not asked of the plan."""
    pointer, rows = [len(problem.shifts) + 1], list[int]()
    for shift in problem.shifts if problem.rules.breaks else ():
        begin = shift.window.start
        for one in (laid.rest for laid in breaks.of_shift(problem, shift)):
            rows += [begin + one.earliest, begin + one.latest, one.length, int(one.at_base)]
        pointer.append(len(problem.shifts) + 1 + len(rows))
    pointer += pointer[-1:] * (len(problem.shifts) + 1 - len(pointer))
    return np.array([*pointer, *rows], dtype=np.int64)
