"""Sentences of the engine, as they are spoken and stored."""

from __future__ import annotations

import json

import pytest

from assignments.engine.domain import wording
from tests.builders import HOUR

NINE = 9 * HOUR


def _clock(seconds):
    return f"{seconds // HOUR:02}:{seconds // 60 % 60:02}"


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [(0, "0\xa0min"), (59, "1\xa0min"), (3600, "1\xa0h"), (4800, "1\xa0h 20\xa0min"), (-60, "1\xa0min")],
)
def test_durations_are_spoken(seconds, spoken):
    assert wording.spoken_duration(seconds) == spoken


def test_sentences_can_be_stored_and_said_later():
    reason = wording.Reason("x", "At {start:time}, {people} people.", {"start": NINE, "people": 2})

    stored = json.loads(json.dumps(reason.as_dict()))

    assert wording.render(stored["template"], stored["values"], _clock) == "At 09:00, 2 people."
