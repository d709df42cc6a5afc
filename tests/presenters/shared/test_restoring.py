from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from assignments.presenters.shared import restoring
from tests import factories

ZONE = ZoneInfo("America/Chicago")


def at(clock: str) -> str:
    return factories.at(clock).isoformat()


@pytest.mark.parametrize(
    ("out", "back", "said"),
    [
        (0, [], ""),
        (12, [], "12 customers out; with this plan none are back"),
        (1, [], "1 customer out; with this plan none is back"),
        (12, [["07:30", 12]], "12 customers out; with this plan all are back by 07:30"),
        (12, [["07:30", 4]], "12 customers out; with this plan all but 8 are back by 07:30"),
        (
            5_261,
            [["07:30", 2_000], ["10:30", 4_900], ["11:00", 5_000], ["12:00", 5_187]],
            "5,261 customers out; with this plan 4,900 are back by 10:30, all but 74 by 12:00",
        ),
        (
            5_261,
            [["10:30", 5_000], ["12:00", 5_261]],
            "5,261 customers out; with this plan 5,000 are back by 10:30, all by 12:00",
        ),
    ],
)
def test_customers_are_told_by_the_time_they_are_back(out, back, said):
    figures = {"customers_out": out, "customers_back": [[at(clock), count] for clock, count in back]}

    assert restoring.sentence(figures, ZONE, factories.at("06:00").date()) == said


def test_a_run_of_before_says_nothing():
    assert restoring.sentence({"plan": 3}, ZONE, factories.NOW.date()) == ""
