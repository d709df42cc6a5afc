"""How long an excavation ticket lives, by the law of the district's state."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from assignments import models
from tests import factories

CHICAGO = ZoneInfo("America/Chicago")
WORKING = models.State.Days.WORKING


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHICAGO)


class TestLifeOfATicket:
    def test_ends_with_the_last_calendar_day(self):
        illinois = models.State(ticket_life=28)

        assert illinois.ticket_ends(local(2026, 6, 1, 9, 30), CHICAGO) == local(2026, 6, 30)

    @pytest.mark.parametrize(
        ("starts_on", "midnight_after"),
        [
            (date(2026, 6, 12), date(2026, 6, 16)),  # Friday: Monday is the one working day
            (date(2026, 6, 13), date(2026, 6, 16)),
            (date(2026, 6, 14), date(2026, 6, 16)),
            (date(2026, 6, 15), date(2026, 6, 17)),
        ],
    )
    def test_counts_no_weekend_in_working_days(self, starts_on, midnight_after):
        state = models.State(ticket_life=1, ticket_life_in=WORKING)

        ends = state.ticket_ends(datetime.combine(starts_on, datetime.min.time(), CHICAGO), CHICAGO)

        assert ends == datetime.combine(midnight_after, datetime.min.time(), CHICAGO)

    @pytest.mark.parametrize("life", [1, 4, 5, 6, 10, 20])
    def test_counts_working_days_one_by_one(self, life):
        state = models.State(ticket_life=life, ticket_life_in=WORKING)
        for offset in range(14):
            start = date(2026, 6, 1) + timedelta(days=offset)
            last, left = start, life
            while left:
                last += timedelta(days=1)
                left -= last.weekday() < 5

            ends = state.ticket_ends(datetime.combine(start, datetime.min.time(), CHICAGO), CHICAGO)

            assert ends.astimezone(CHICAGO).date() == last + timedelta(days=1)

    def test_ends_at_local_midnight_also_when_the_clocks_change(self):
        state = models.State(ticket_life=2)

        ends = state.ticket_ends(local(2026, 3, 7, 9), CHICAGO)

        assert ends == datetime(2026, 3, 10, 5, tzinfo=UTC)
        assert ends - local(2026, 3, 7).astimezone(UTC) == timedelta(days=3) - timedelta(hours=1)

    def test_is_the_registers_business_where_the_law_sets_none(self):
        assert models.State(begin_within=14).ticket_ends(local(2026, 6, 1), CHICAGO) is None

    @pytest.mark.parametrize("code", ["il", "ILL", "I", "IL\n"])
    def test_a_state_is_named_by_two_capitals(self, code):
        with pytest.raises(ValidationError) as refused:
            models.State(code=code, name="Illinois").clean_fields()

        assert list(refused.value.message_dict) == ["code"]


@pytest.mark.django_db
class TestPermit:
    @pytest.fixture
    def district(self):
        return factories.DistrictFactory(state=factories.StateFactory(ticket_life=28, begin_within=14))

    def ticket(self, district, **fields):
        order = factories.OrderFactory(district=district)
        return factories.PermitFactory(order=order, valid_from=local(2026, 6, 1), **fields)

    def test_without_an_end_holds_for_its_life(self, district):
        ticket = self.ticket(district, valid_until=None)

        assert ticket.window_in(district) == (local(2026, 6, 1), local(2026, 6, 30))

    @pytest.mark.parametrize(
        ("told", "taken"),
        [
            (local(2026, 6, 29), local(2026, 6, 29)),
            (local(2026, 6, 30), local(2026, 6, 30)),
            (local(2026, 7, 1), local(2026, 6, 30)),
        ],
    )
    def test_holds_no_longer_than_the_law_lets_it(self, district, told, taken):
        assert self.ticket(district, valid_until=told).holds_until(district) == taken

    def test_that_was_extended_follows_its_register(self, district):
        ticket = self.ticket(district, valid_until=local(2026, 8, 1), status="EXTENDED")

        assert (ticket.holds_until(district), ticket.begin_before(district)) == (local(2026, 8, 1), None)

    def test_of_another_kind_follows_its_register(self, district):
        permit = self.ticket(district, kind="ENVIRONMENTAL", valid_until=local(2026, 9, 1))

        assert (permit.holds_until(district), permit.begin_before(district)) == (local(2026, 9, 1), None)

    def test_that_nobody_gives_an_end_covers_nothing(self, district):
        district.state = None
        ticket = self.ticket(district, valid_until=None)

        assert ticket.window_in(district) is None
        assert not ticket.covers(district, local(2026, 6, 2))

    def test_covers_until_work_had_to_begin(self, district):
        ticket = self.ticket(district, valid_until=None)

        assert ticket.begin_before(district) == local(2026, 6, 16)
        assert ticket.covers(district, local(2026, 6, 15, 23, 59))
        assert not ticket.covers(district, local(2026, 6, 16))
