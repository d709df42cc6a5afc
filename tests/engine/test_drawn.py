"""The days drawn for properties and `make prove` vary every field of the engine's input, by introspection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.domain.problem import Problem, RuleData
from tests.builders import a_problem
from tests.proofs import fields
from tests.proofs.pairs import JOBS, SHIFTS
from tests.proofs.problems import a_rich_problem, with_parts, with_teams


def days(count: int = 150) -> list[Problem]:
    return [with_teams(with_parts(a_rich_problem(seed, JOBS, SHIFTS), seed), seed) for seed in range(count)]


def test_every_field_is_drawn():
    assert fields.undrawn(days()) == []


def test_a_field_that_nobody_draws_fails_by_its_name():
    dull = [replace(day, rules=RuleData(), roads=None) for day in days(40)]

    names = {one.partition(":")[0] for one in fields.undrawn(dull)}

    assert {"Problem.roads", "Problem.rules", "RuleData.max_overtime", "RuleData.weights", "Roads.complete"} <= names


@pytest.mark.parametrize(
    ("kind", "given", "missing"),
    [
        (bool, (True,), True),
        (bool, (True, False), False),
        (int | None, (1, 2), True),
        (int | None, (1, None), False),
        (tuple[int, ...], ((),), True),
        (tuple[int, ...], ((), (1,)), False),
    ],
)
def test_both_values_of_a_flag_and_of_what_may_be_absent_are_wanted(kind, given, missing):
    assert fields._is_drawn(kind, {repr(value): value for value in given}) is not missing


def test_an_ordinary_day_draws_next_to_nothing():
    assert len(fields.undrawn([a_problem()])) > 40
