"""A register refuses what would hide a rule, or leave it without a source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.rules import register, scoring
from assignments.engine.rules.codes import by_code


def test_entries_keep_their_order():
    assert list(by_code(register.HARD.values())) == list(register.HARD)


def test_a_second_rule_of_a_code_is_refused():
    doubled = [*register.HARD.values(), replace(register.HARD["territory"], code="shift")]

    with pytest.raises(ValueError, match="The code 'shift' stands twice"):
        by_code(doubled)


def test_a_second_score_part_of_a_code_is_refused():
    with pytest.raises(ValueError, match="The code 'travel' stands twice"):
        by_code([*scoring.SOFT.values(), scoring.SOFT["travel"]])


def test_a_law_names_its_source():
    with pytest.raises(ValueError, match="The rule 'permit' is law: name the source"):
        replace(register.HARD["permit"], source="")


def test_a_rule_that_the_same_fix_may_satisfy_is_in_the_register():
    assert {code for rule in register.HARD.values() for code in rule.also} <= register.HARD.keys()
