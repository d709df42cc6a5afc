from __future__ import annotations

import pytest

from assignments.engine.rules.scoring import ScorePart


@pytest.mark.parametrize(
    ("unit", "amount", "words"),
    [
        ("minutes", 80.0, "1\xa0h 20\xa0min"),
        ("minutes", 0.0, "0\xa0min"),
        ("minutes by priority", 1609.79, ""),
        ("work by priority", 32.0, ""),
        ("drills", 2.0, "2 drills"),
        ("yes or no", 1.0, "yes"),
        ("yes or no", 0.0, "no"),
        ("scarce skills", 0.61, ""),
    ],
)
def test_an_amount_is_said_as_a_person_would(unit, amount, words):
    assert ScorePart("code", "name", unit, amount, points=0).words == words
