"""Values that nobody can plan with are refused by name."""

from __future__ import annotations

import pytest

from assignments.engine.domain.problem import InvalidProblem, Place, Window
from tests.builders import HOUR, a_commitment, a_job, a_problem, a_shift

INVALID = [
    (lambda: Place(91, 0), "not on Earth"),
    (lambda: Window(2, 1), "before it starts"),
    (lambda: a_job(duration=0), "duration must be positive"),
    # Commitments out of order would make every gap between them wrong.
    (lambda: a_shift(commitments=(a_commitment(1, HOUR, 2 * HOUR), a_commitment(2, 0, HOUR))), "order of time"),
    (lambda: a_problem(horizon=0), "positive length"),
    (lambda: a_problem(a_job(1), a_job(1)), "Two jobs share an id"),
    (lambda: a_problem(shifts=(a_shift(1), a_shift(1))), "Two shifts share an id"),
]


@pytest.mark.parametrize(("build", "message"), INVALID)
def test_an_impossible_value_is_refused(build, message):
    with pytest.raises(InvalidProblem, match=message):
        build()
