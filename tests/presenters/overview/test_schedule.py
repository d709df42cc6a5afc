from __future__ import annotations

from datetime import datetime

import pytest

from assignments import models
from assignments.presenters.overview import schedule
from tests import factories


class TestDaySwitch:
    @pytest.mark.parametrize(
        ("span", "previous", "following"), [(1, "2026-06-14", "2026-06-16"), (7, "2026-06-08", "2026-06-22")]
    )
    def test_goes_a_whole_span_back_and_on(
        self, district: models.District, now: datetime, span: int, previous: str, following: str
    ):
        switch = schedule.day_switch(district, factories.DAY, span, now)

        assert (switch.previous, switch.next) == (previous, following)
