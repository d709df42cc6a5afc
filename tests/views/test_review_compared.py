"""The review of one order: two crews side by side, a crew's day on the time axis, and the crews that cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.factories import at

REVIEW = "/orders/WO-1/"
DAY = "?day=2026-06-15"


@pytest.fixture
def near(suggestion: models.Suggestion) -> models.Shift:
    """Trouble 7, ranked first."""
    return suggestion.shift


@pytest.fixture
def far(suggestion: models.Suggestion) -> models.Shift:
    """Line 9, ranked second: later, and half an hour further away."""
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district, name="Line 9"))
    factories.SuggestionFactory(
        order=suggestion.order, run=suggestion.run, shift=shift, rank=2, in_plan=False, starts_at=at("09:00"),
        travel_minutes=50, warnings=[{"code": "late", "text": "Done 1 h after it is due."}],
        parts=[{"code": "travel", "label": "Added driving", "value": -50, "detail": "50 minutes"},
               {"code": "late", "label": "Late against due", "value": -30, "detail": "1 h"}],
    )  # fmt: skip
    return shift


@pytest.fixture
def small(suggestion: models.Suggestion) -> models.Shift:
    """Meter 3: one person, who may not do it."""
    crew = factories.CrewFactory(district=suggestion.order.district, name="Meter 3", staff__members=1)
    return factories.ShiftFactory(crew=crew)


def compared(client: Client, *shifts: models.Shift) -> Any:
    page = client.get(f"{REVIEW}{DAY}&compare={','.join(str(shift.pk) for shift in shifts)}")
    return page.context["looked"].comparison


class TestComparison:
    def test_sets_two_ranked_crews_side_by_side(self, viewer: Client, near: Any, far: Any) -> None:
        both = compared(viewer, near, far)

        assert [(side.name, side.standing.word) for side in both.sides] == [
            ("Trouble 7", "In the plan"), ("Line 9", "Ranked 2"),
        ]  # fmt: skip
        assert (both.difference.starts, both.difference.drive) == (
            "Trouble 7 starts 1\xa0h earlier", "Trouble 7 drives 30\xa0min less",
        )  # fmt: skip
        assert [(row.label, row.texts, row.difference) for row in both.effects] == [
            ("Added driving", ("20\xa0min", "50\xa0min"), "Trouble 7 adds 30\xa0min less"),
        ]
        assert both.difference.short == "Trouble 7: begins 1\xa0h sooner, 30\xa0min less driving"
        models.WorkOrder.objects.update(customers_out=1200, due_at=at("09:30"))
        assert [(row.label, row.texts, row.difference) for row in compared(viewer, near, far).effects][:2] == [
            ("1,200 customers back", ("09:00", "10:00"), "1\xa0h sooner by Trouble 7"),
            ("After it is due", ("none", "30\xa0min"), "Trouble 7 is 30\xa0min less late"),
        ]
        assert [side.warnings for side in both.sides] == [(), ("Done 1 h after it is due.",)]

    def test_a_crew_that_cannot_shows_what_is_in_the_way(self, manager: Client, near: Any, small: Any) -> None:
        side = compared(manager, near, small).sides[1]

        assert (side.name, side.standing.word) == ("Meter 3", "Against 1 rule")
        assert [(one.title, one.mark.word) for one in side.obstacles] == [("Crew size", "A manager may override it")]
        assert (side.can_be_overridden, side.suggestion, side.fix) == (True, None, "Add one person to Meter 3.")

    def test_tells_hours_worked_and_rest_left(self, viewer: Client, near: Any, far: Any) -> None:
        factories.ShiftFactory(crew=far.crew, starts_at=near.starts_at - timedelta(hours=9), ends_at=at("01:00"))

        fresh, tired = compared(viewer, near, far).sides

        assert {(one.worked, one.left) for one in fresh.people} == {
            (
                "2\xa0h on duty in the 24\xa0h before",
                "13\xa0h left afterwards",
            )
        }
        # Four hours of the evening count as one spell with the day: too little rest lies between.
        assert {one.worked for one in tired.people} == {"7\xa0h on duty in the 24\xa0h before"}
        assert {one.left for one in tired.people} == {"8\xa0h left afterwards"}

    def test_two_ticks_become_an_address_to_send(self, viewer: Client, near: Any, far: Any) -> None:
        ticked = viewer.get(f"{REVIEW}{DAY}&compare={near.pk}&compare={far.pk}")

        assert (ticked.status_code, ticked["Location"]) == (302, f"{REVIEW}{DAY}&compare={near.pk},{far.pk}")

    def test_one_crew_or_one_that_is_gone_asks_for_another(self, viewer: Client, near: Any, far: Any) -> None:
        models.Shift.objects.filter(pk=far.pk).update(cancelled=True)

        for query in (near.pk, f"{near.pk},{far.pk}"):
            assert "Tick two crews" in viewer.get(f"{REVIEW}{DAY}&compare={query}").content.decode()

    def test_a_crew_of_another_district_is_not_shown(self, viewer: Client, near: Any, elsewhere: Any) -> None:
        other = factories.ShiftFactory(crew=factories.CrewFactory(district=elsewhere, name="Secret 1"))

        page = viewer.get(f"{REVIEW}{DAY}&compare={near.pk},{other.pk}")

        assert page.context["looked"].comparison is None
        assert "Secret 1" not in page.content.decode()

    @pytest.mark.parametrize("name", ["compare", "crew"])
    def test_nonsense_is_not_found(self, viewer: Client, near: Any, name: str) -> None:
        assert viewer.get(f"{REVIEW}{DAY}&{name}=12,all").status_code == 404

    def test_the_number_of_queries_does_not_grow(
        self, viewer: Client, near: Any, far: Any, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(8):
            factories.ShiftFactory(crew=factories.CrewFactory(district=near.crew.district))

        with django_assert_max_num_queries(65):
            assert compared(viewer, near, far)


class TestTimeAxis:
    def lanes(self, client: Client, query: str) -> dict[str, list[str]]:
        drawn = client.get(f"{REVIEW}{query}").context["review"].timeline
        return {lane.label: [bar.text for bar in lane.bars] or [lane.note] for lane in drawn.lanes}

    def test_shows_the_day_of_the_crew_in_the_address(self, viewer: Client, near: Any, far: Any) -> None:
        other = factories.OrderFactory(district=near.crew.district, number="WO-9", status="SCHEDULED")
        factories.AssignmentFactory(order=other, shift=far, starts_at=at("13:00"))

        lanes = self.lanes(viewer, f"{DAY}&crew={far.pk}")

        assert lanes["Its other work"] == ["drive to WO-9 12:40–13:00", "WO-9 13:00–14:00"]
        assert lanes["Suggested"][:2] == ["drive there 08:10–09:00", "work 09:00–10:00"]
        assert lanes["Rest"] == ["must not work 22:00–Tue 16 Jun 00:00"]

    def test_shows_a_crew_that_cannot_where_it_breaks_least(self, viewer: Client, near: Any, small: Any) -> None:
        lanes = self.lanes(viewer, f"{DAY}&crew={small.pk}")

        assert [text.split()[0] for text in lanes["This order, at its best"]] == ["drive", "work", "drive"]

    def test_shows_both_that_are_compared(self, viewer: Client, near: Any, far: Any) -> None:
        lanes = self.lanes(viewer, f"{DAY}&compare={near.pk},{far.pk}")

        assert {"Shift of Trouble 7", "Shift of Line 9"} <= set(lanes)

    @pytest.mark.parametrize(
        ("day", "hours", "told"),
        [
            ("2026-06-15", "00 02 04", []),
            ("2026-03-08", "04", ["The clocks go forward 1\xa0h, to 03:00 CDT"]),
            ("2026-11-01", "02 04", ["The clocks go back 1\xa0h, to 01:00 CST"]),
        ],
    )
    def test_marks_where_the_clocks_change(
        self, viewer: Client, order: models.WorkOrder, day: str, hours: str, told: list[str]
    ) -> None:
        drawn = viewer.get(f"{REVIEW}?day={day}").context["review"].timeline

        assert [change.text for change in drawn.changes] == told
        early = [tick.text for tick in drawn.ticks if tick.text < "05:00"]
        assert early == [f"{hour}:00" for hour in hours.split() if hour != "00"]

    def test_names_its_zone_and_now(self, viewer: Client, near: Any) -> None:
        page = viewer.get(f"{REVIEW}{DAY}").content.decode()

        assert "Times of America/Chicago (CDT)" in page
        assert "Now, 05:45" in page


class TestWhyNot:
    def page(self, client: Client, query: str = "") -> Any:
        return client.get(f"/orders/WO-1/why-not/{DAY}{query}")

    def test_groups_the_crews_by_what_it_takes(self, viewer: Client, near: Any, small: Any) -> None:
        bare = factories.CrewFactory(district=near.crew.district, name="Line 8", staff__qualified=())
        factories.ShiftFactory(crew=bare)
        factories.OrderNeedFactory(order=models.WorkOrder.objects.get(number="WO-1"))
        models.HeldQualification.objects.filter(employee__in=small.crew.memberships.values("employee")).delete()

        groups = self.page(viewer).context["groups"]

        assert [(group.title, [one.crew for one in group.crews]) for group in groups] == [
            ("One change is enough", ["Line 8", "Meter 3"])
        ]

    def test_an_override_is_offered_where_a_manager_may(self, manager: Client, near: Any, small: Any) -> None:
        page = self.page(manager)

        assert [group.title for group in page.context["groups"]] == ["A manager may override"]
        assert f'href="/orders/WO-1/override/{small.pk}/{DAY}"' in page.content.decode()

    @pytest.mark.parametrize(("text", "found"), [("meter", 1), ("crew SIZE", 1), ("add person", 1), ("helicopter", 0)])
    def test_is_narrowed_by_text(self, viewer: Client, near: Any, small: Any, text: str, found: int) -> None:
        page = self.page(viewer, f"&q={text}")

        assert sum(len(group.crews) for group in page.context["groups"]) == found
        assert ("is described by" in page.content.decode()) == (not found)
