"""The schedule at a glance: the hours that it opens on, its bars, how full the shifts are, and a move undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client

from assignments import models
from tests import factories
from tests.factories import at
from tests.views.test_schedule import JSON, PAGE, acts, other, place, planned

__all__ = ["other", "planned"]


def hours(page: Any) -> tuple[datetime, datetime]:
    opens = page.context["working_hours"]
    return datetime.fromisoformat(opens["start"]), datetime.fromisoformat(opens["end"])


def drawn(client: Client, number: str) -> dict[str, Any]:
    """The bar of the order."""
    crews = client.get(f"{PAGE}crews/").json()["crews"]
    [found] = [item for crew in crews for item in crew["items"] if item.get("number") == number]
    return dict(found)


class TestOpening:
    def test_on_the_shifts_with_an_hour_on_either_side(self, viewer: Client, planned: models.Assignment) -> None:
        assert hours(viewer.get(PAGE)) == (at("05:00"), at("17:00"))

    def test_on_the_work_when_nobody_has_a_regular_shift(self, viewer: Client, planned: models.Assignment) -> None:
        models.Shift.objects.update(on_call=True)

        assert hours(viewer.get(PAGE)) == (at("07:00"), at("10:00"))

    def test_a_crew_on_call_does_not_draw_the_night_in(self, viewer: Client, planned: models.Assignment) -> None:
        crew = factories.CrewFactory(district=planned.order.district, name="Standby")
        factories.ShiftFactory(crew=crew, on_call=True, starts_at=at("00:00"), ends_at=at("23:00"))

        assert hours(viewer.get(PAGE)) == (at("05:00"), at("17:00"))

    def test_on_the_whole_day_when_nobody_works(self, viewer: Client, district: models.District) -> None:
        page = viewer.get(PAGE)

        period = page.context["period"]
        assert page.context["working_hours"] == {"start": period["start"], "end": period["end"]}


class TestBars:
    def test_say_number_kind_and_priority(self, viewer: Client, planned: models.Assignment) -> None:
        models.WorkOrder.objects.filter(pk=planned.order_id).update(priority=models.WorkOrder.Priority.URGENT)

        bar = drawn(viewer, "WO-1")

        assert (bar["kindOfWork"], bar["priority"], bar["state"]) == (
            planned.order.get_kind_display(),
            "urgent",
            "approved",
        )
        assert "Urgent" in bar["text"]

    def test_go_by_the_priority_that_is_in_force(self, viewer: Client, planned: models.Assignment) -> None:
        rules = planned.order.district.rules_in_force
        models.RuleSet.objects.filter(pk=rules.pk).update(kind_priorities={planned.order.kind.lower(): "EMERGENCY"})

        assert drawn(viewer, "WO-1")["priority"] == "emergency"


class TestUse:
    def test_is_work_and_drives_of_what_the_shift_holds_beside_breaks(
        self, viewer: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        line, idle = viewer.get(PAGE).context["rows"]

        assert line.use.text.replace("\xa0", " ").startswith("1 h 20 min of ")
        assert 10 <= line.use.percent <= 16
        assert (idle.use.percent, idle.use.text[:5]) == (0, "0\xa0min")

    def test_says_what_the_plan_would_add(self, viewer: Client, planned: models.Assignment) -> None:
        before = viewer.get(PAGE).context["rows"][0].use
        order = factories.OrderFactory(district=planned.order.district)
        factories.SuggestionFactory(order=order, shift=planned.shift, starts_at=at("12:00"))

        after = viewer.get(PAGE).context["rows"][0].use

        assert after.percent > before.percent
        assert "with what is suggested" in after.text
        assert f"{after.percent}&nbsp;% of the shift" in viewer.get(PAGE).content.decode()

    def test_nobody_asks_of_a_crew_on_call(self, viewer: Client, district: models.District) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district), on_call=True)

        [row] = viewer.get(PAGE).context["rows"]

        assert row.use is None


class TestUndoingAMove:
    def test_one_press_puts_it_back(self, manager: Client, planned: models.Assignment, other: models.Crew) -> None:
        [step] = manager.post(acts(planned)[0], place(other), headers=JSON).json()["steps"]
        assert (step["label"], step["is_post"]) == ("Undo the move", True)

        answer = manager.post(step["url"], step["fields"], headers=JSON)

        assert answer.status_code == 200
        back = models.Assignment.objects.live().get()
        assert (back.crew, back.starts_at) == (planned.crew, planned.starts_at)

    def test_what_changed_meanwhile_is_not_undone(
        self, manager: Client, planned: models.Assignment, other: models.Crew
    ) -> None:
        [step] = manager.post(acts(planned)[0], place(other), headers=JSON).json()["steps"]
        models.WorkOrder.objects.update(version=9)

        answer = manager.post(step["url"], step["fields"], headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")

    def test_nor_what_was_pinned(self, manager: Client, planned: models.Assignment, other: models.Crew) -> None:
        [step] = manager.post(acts(planned)[0], place(other), headers=JSON).json()["steps"]
        models.Assignment.objects.live().update(pinned=True)

        assert manager.post(step["url"], step["fields"], headers=JSON).json()["code"] == "pinned"
