"""Breaks on the pages: drawn where work leaves room for them, and left out of what a crew has free."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.queries import crew_days
from tests import factories
from tests.factories import at

SCHEDULE, TODAY = "/districts/NORTH/schedule/", "/districts/NORTH/today/"


@pytest.fixture
def meal(clock: None, district: models.District) -> models.RuleSetBreak:
    """Half an hour, begun between 09:30 and 12:00 on the shifts of the factories, which begin at 06:00."""
    return factories.RuleSetBreakFactory(rule_set=district.rule_set)


def works(district: models.District, *periods: tuple[str, str], crew: str = "Line 1") -> models.Shift:
    """A crew with approved work at its base in these periods, and its shift."""
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name=crew))
    here = {"latitude": shift.crew.latitude, "longitude": shift.crew.longitude}
    for start, end in periods:
        order = factories.OrderFactory(district=district, status="SCHEDULED", **here)
        times = {"starts_at": at(start), "ends_at": at(end), "departs_at": at(start)}
        factories.AssignmentFactory(order=order, shift=shift, **times)
    return shift


def breaks_of(client: Client) -> list[tuple[str, ...]]:
    return [row.breaks for row in client.get(SCHEDULE).context["rows"]]


class TestTheSchedule:
    def test_tells_a_break_where_work_leaves_room(
        self, viewer: Client, district: models.District, meal: models.RuleSetBreak
    ) -> None:
        works(district, ("06:00", "11:00"), ("12:00", "15:00"))

        assert breaks_of(viewer) == [("Meal break 11:00–11:30",)]

    def test_draws_it_as_an_item_of_its_own(
        self, viewer: Client, district: models.District, meal: models.RuleSetBreak
    ) -> None:
        works(district, ("06:00", "10:00"))

        [row] = viewer.get(SCHEDULE).context["rows"]

        [item] = [one for one in row.items if one["kind"] == "break"]
        assert (item["start"], item["end"]) == (at("10:00").isoformat(), at("10:30").isoformat())

    def test_tells_none_that_work_has_taken(
        self, viewer: Client, district: models.District, meal: models.RuleSetBreak
    ) -> None:
        works(district, ("09:00", "12:15"))

        assert breaks_of(viewer) == [()]

    def test_leaves_room_beside_suggested_work_too(
        self, viewer: Client, suggestion: models.Suggestion, meal: models.RuleSetBreak
    ) -> None:
        models.Suggestion.objects.update(departs_at=at("09:00"), starts_at=at("09:20"), ends_at=at("11:00"))

        assert breaks_of(viewer) == [("Meal break 11:00–11:30",)]

    def test_reads_the_breaks_once_for_all_crews(
        self, viewer: Client, district: models.District, meal: Any, django_assert_num_queries: Any
    ) -> None:
        works(district, ("06:00", "10:00"))
        with django_assert_num_queries(8):
            crew_days.crews(district, at("00:00"), at("23:00"))
        works(district, ("06:00", "10:00"), crew="Line 2")

        with django_assert_num_queries(8):
            crew_days.crews(district, at("00:00"), at("23:00"))


def test_today_leaves_a_break_out_of_what_is_free(
    viewer: Client, district: models.District, meal: models.RuleSetBreak
) -> None:
    works(district, ("08:00", "12:00"))

    [bar] = viewer.get(TODAY).context["wall"].bars

    assert bar.text == "from 06:00; 4\xa0h work, 0\xa0min drive, 30\xa0min break, 5\xa0h 30\xa0min free"
    assert bar.rest == 5


def test_the_review_draws_the_break_of_the_crew_beside_the_order(
    viewer: Client, suggestion: models.Suggestion, meal: models.RuleSetBreak
) -> None:
    drawn = viewer.get(suggestion.order.get_absolute_url()).context["review"].timeline

    [lane] = [lane for lane in drawn.lanes if lane.label == "Breaks"]
    assert [bar.tone for bar in lane.bars] == ["break"]
    assert "09:30" in lane.bars[0].text
    assert "Break" in [key.word for key in drawn.legend]


def test_the_review_has_no_lane_for_breaks_that_nobody_is_owed(viewer: Client, suggestion: models.Suggestion) -> None:
    drawn = viewer.get(suggestion.order.get_absolute_url()).context["review"].timeline

    assert "Breaks" not in [lane.label for lane in drawn.lanes]


def test_the_storm_page_says_what_a_storm_changes_about_breaks(
    manager: Client, district: models.District, meal: models.RuleSetBreak
) -> None:
    district.storm_rule_set = factories.RuleSetFactory(name="storm", storm=True)
    district.save()

    page = manager.get("/districts/NORTH/storm/").content.decode()

    assert "meal break of 30\xa0min, 3\xa0h 30\xa0min to 6\xa0h into the shift" in page
