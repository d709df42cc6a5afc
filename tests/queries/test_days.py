from __future__ import annotations

from datetime import date, timedelta

import pytest

from assignments.queries import days
from tests import factories
from tests.factories import DAY, at

pytestmark = pytest.mark.django_db


class TestPeriod:
    def test_is_the_local_day(self, district):
        assert days.period_of(DAY, district.zone) == (at("00:00"), at("00:00", days=1))

    @pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
    def test_has_an_hour_less_or_more_when_clocks_change(self, district, day, hours):
        start, end = days.period_of(day, district.zone)

        assert end - start == timedelta(hours=hours)


class TestHorizon:
    def test_is_the_local_day_under_normal_rules(self, district, now):
        assert days.horizon_of(district, DAY, now) == (at("00:00"), at("00:00", days=1))

    def test_reaches_as_far_ahead_of_now_as_the_storm_rules_say(self, district):
        factories.StormFactory(district=district, rule_set__horizon_hours=36)

        assert days.horizon_of(district, DAY, at("14:00")) == (at("00:00"), at("02:00", days=2))

    def test_of_a_later_day_begins_with_it(self, district):
        factories.StormFactory(district=district, rule_set__horizon_hours=12)

        later = DAY + timedelta(days=2)
        assert days.horizon_of(district, later, at("14:00")) == (at("00:00", days=2), at("12:00", days=2))


class TestDayToAssign:
    """A shift of ten hours from 06:00 has a quarter ahead at 13:30."""

    @pytest.fixture(autouse=True)
    def _a_day_shift(self, district):
        factories.ShiftFactory(crew=factories.CrewFactory(district=district))

    @pytest.mark.parametrize("clock", ["00:10", "05:45", "13:30"])
    def test_is_today_while_crews_have_time(self, district, clock):
        assert days.day_to_assign(district, at(clock)) == DAY

    @pytest.mark.parametrize("clock", ["13:31", "16:00", "23:50"])
    def test_is_the_next_day_when_little_is_left(self, district, clock):
        assert days.day_to_assign(district, at(clock)) == DAY + timedelta(days=1)

    def test_does_not_wait_for_crews_on_call(self, district):
        factories.ShiftFactory(
            crew=factories.CrewFactory(district=district),
            starts_at=at("15:30"),
            ends_at=at("06:00", days=1),
            on_call=True,
        )

        assert days.day_to_assign(district, at("16:00")) == DAY + timedelta(days=1)

    def test_is_today_where_nobody_has_a_shift(self, elsewhere):
        assert days.day_to_assign(elsewhere, at("23:00")) == DAY
