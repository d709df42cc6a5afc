"""The row of an order: what it shows, and that page, stream and address show the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.views.conftest import pushed

BOARD = "/districts/NORTH/board/"


def rows_of(client: Client) -> list[Any]:
    return list(client.get(BOARD).context["rows"])


def streamed(client: Client, order: models.WorkOrder, query: str = "") -> str:
    return str(pushed(client.get(BOARD + query)).rows[str(order.pk)])


class TestSameEverywhere:
    def test_the_stream_renders_the_row_of_the_page(self, manager: Client, suggestion: models.Suggestion) -> None:
        html = streamed(manager, suggestion.order)

        assert html.strip() in manager.get(BOARD).content.decode()

    def test_its_own_address_answers_it_for_any_day(self, viewer: Client, suggestion: models.Suggestion) -> None:
        assert viewer.get("/orders/WO-1/row/?day=2026-06-15").content.decode() == streamed(viewer, suggestion.order)
        assert 'data-day="2026-06-16"' in viewer.get("/orders/WO-1/row/?day=2026-06-16").content.decode()

    def test_its_address_is_closed_to_strangers(
        self, stranger: Client, anonymous: Client, order: models.WorkOrder
    ) -> None:
        assert stranger.get("/orders/WO-1/row/").status_code == 404
        assert anonymous.get("/orders/WO-1/row/").status_code == 302

    def test_it_holds_no_token_of_the_reader(self, manager: Client, suggestion: models.Suggestion) -> None:
        assert "csrf" not in streamed(manager, suggestion.order)

    def test_it_is_of_the_day_of_the_page(self, manager: Client, order: models.WorkOrder) -> None:
        assert 'data-day="2026-06-17"' in streamed(manager, order, "?day=2026-06-17")


class TestWhatItShows:
    def test_the_suggestion_with_local_times_reasons_and_warnings(
        self, manager: Client, suggestion: models.Suggestion
    ) -> None:
        suggestion.warnings = [{"code": "late", "text": "Done 1 h after it is due."}]
        suggestion.save()

        (row,) = rows_of(manager)

        assert row.suggestion.crew == "Trouble 7"
        assert (row.suggestion.when.start.text, row.suggestion.when.end.text) == ("08:00", "09:00")
        assert row.suggestion.when.start.full == "Monday 15 June 2026, 08:00 CDT"
        assert row.suggestion.chips == ("Nearest of 4 crews, 20 min away",)
        assert row.suggestion.warning_count == "1 warning"
        assert row.due.relative == "in 6\xa0h"

    def test_the_plans_choice_before_a_better_rank(self, manager: Client, suggestion: models.Suggestion) -> None:
        models.Suggestion.objects.update(rank=2)
        other = factories.ShiftFactory(crew__district=suggestion.order.district)
        factories.SuggestionFactory(
            order=suggestion.order, run=suggestion.run, shift=other, in_plan=False, rank=1, fingerprint="x"
        )

        (row,) = rows_of(manager)

        assert (row.suggestion.crew, row.suggestion.alternatives) == ("Trouble 7", "1 other crew")

    def test_the_decision_with_the_state_of_each_target(self, manager: Client, mara: Any, order: Any) -> None:
        assignment = factories.AssignmentFactory(order=order, approved_by=mara)
        models.WorkOrder.objects.update(status="SCHEDULED")
        for code, status in [("permits", "PENDING"), ("work", "DEAD"), ("workforce", "ACKNOWLEDGED")]:
            target = factories.DownstreamSystemFactory(code=code)
            factories.WriteBackFactory(assignment=assignment, target=target, status=status)

        (row,) = rows_of(manager)

        assert (row.decision.by, row.decision.mark.word, row.suggestion) == ("Mara Lindqvist", "Approved", None)
        words = [(one.target, one.mark.word, one.is_dead) for one in row.write_backs]
        assert words == [
            ("Permits and outages", "pending", False),
            ("Work management", "failed, needs you", True),
            ("Workforce", "received", False),
        ]

    def test_what_a_tentative_decision_waits_for(self, manager: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.update(required_permits=["TRAFFIC", "EXCAVATION"])
        factories.PermitFactory(order=order, kind="EXCAVATION")
        factories.PermitFactory(order=order, kind="TRAFFIC", number="T-1", status="REQUESTED")
        factories.PermitFactory(order=order, kind="HOT_WORK", number="H-1", status="REQUESTED")
        assignment = factories.AssignmentFactory(order=order, status="TENTATIVE")

        (row,) = rows_of(manager)
        assert (row.decision.mark.word, row.decision.waits_for) == ("Tentative", "Waits for traffic control T-1")
        assert "Waits for traffic control T-1" in manager.get(BOARD).content.decode()

        models.Assignment.objects.filter(pk=assignment.pk).update(red_cause="WO-1 is cancelled")
        assert rows_of(manager)[0].decision.waits_for == ""

    def test_one_line_for_each_target_that_was_told_twice(self, manager: Client, order: models.WorkOrder) -> None:
        assignment = factories.AssignmentFactory(order=order)
        for code, assign in [("work", "ACKNOWLEDGED"), ("workforce", "DEAD")]:
            target = factories.DownstreamSystemFactory(code=code)
            factories.WriteBackFactory(assignment=assignment, target=target, status=assign)
            factories.WriteBackFactory(assignment=assignment, target=target, action="CONFIRM")

        (row,) = rows_of(manager)

        assert [(one.target, one.mark.word, one.about) for one in row.write_backs] == [
            ("Work management", "pending", "Firm"),
            ("Workforce", "failed, needs you", ""),
            ("Workforce", "pending", "Firm"),
        ]
        assert "Firm in Work management" in manager.get(BOARD).content.decode()

    def test_what_turned_red_names_its_cause(self, manager: Client, order: models.WorkOrder) -> None:
        factories.AssignmentFactory(order=order, red_cause="Permit P-1 was suspended")

        (row,) = rows_of(manager)

        assert (row.decision.mark.tone, row.decision.mark.detail) == ("bad", "Permit P-1 was suspended")

    def test_why_nothing_is_suggested(self, manager: Client, order: models.WorkOrder) -> None:
        assert rows_of(manager)[0].nothing.word == "Not planned yet"

        run = factories.SuggestionRunFactory(district=order.district, status="SCORING")
        assert rows_of(manager)[0].nothing.word == "Being ranked"

        models.SuggestionRun.objects.filter(pk=run.pk).update(status="READY")
        assert rows_of(manager)[0].nothing.word == "Arrived after the last run"

        models.Verdict.objects.create(run=run, order=order, legal=0, text="Nobody on shift holds LINE.")
        nothing = rows_of(manager)[0].nothing
        assert (nothing.word, nothing.detail) == (
            "No crew found for Monday",
            "Nobody on shift holds LINE. As of 05:45.",
        )

        factories.SuggestionFactory(
            order=order, run=run, status="STALE", stale_cause="Trouble 7 is taken", fingerprint="x"
        )
        nothing = rows_of(manager)[0].nothing
        assert (nothing.word, nothing.detail) == ("The suggestion is out of date", "Trouble 7 is taken. Suggest again.")

    @pytest.mark.parametrize(
        ("of_suggestion", "of_order", "is_warned"),
        [
            ({}, {}, False),
            ({"warnings": [{"code": "late", "text": "Done after it is due."}]}, {}, True),
            ({"tentative": True}, {}, True),
            ({}, {"materials_ready": False}, True),
        ],
    )
    def test_what_speaks_against_a_suggestion_is_to_be_read_before_it_is_approved_by_key(
        self, manager: Client, suggestion: models.Suggestion, of_suggestion: Any, of_order: Any, is_warned: bool
    ) -> None:
        models.Suggestion.objects.update(**of_suggestion)
        models.WorkOrder.objects.update(**of_order)

        page = manager.get(BOARD)

        assert page.context["rows"][0].is_warned is is_warned
        assert ("data-warned" in page.content.decode()) is is_warned
        assert all(one["text"] in page.content.decode() for one in of_suggestion.get("warnings", ()))

    def test_the_readiness_strip_says_each_state_in_words(self, manager: Client, order: models.WorkOrder) -> None:
        earlier = factories.OrderFactory(district=order.district, number="WO-0", status="READY", priority=4)
        order.prerequisites.add(earlier)
        order.required_permits = ["CLEARANCE", "EXCAVATION", "TRAFFIC"]
        order.materials_ready = False
        order.appointment_starts_at, order.appointment_ends_at = factories.at("09:00"), factories.at("11:00")
        order.save()
        factories.PermitFactory(order=order, kind="CLEARANCE", number="C-1")
        factories.PermitFactory(
            order=order, kind="EXCAVATION", number="E-1", status="REQUESTED", valid_from=None, valid_until=None
        )

        row = next(row for row in rows_of(manager) if row.number == "WO-1")

        strip = {mark.word: (mark.tone, mark.detail) for mark in row.readiness}
        assert strip["Crew"] == ("bad", "No crew is assigned or suggested")
        assert strip["Clearance"] == ("ok", "Clearance / switching C-1 is valid 00:00–Tue 16 Jun 00:00")
        assert strip["Permit"][0] == "bad"
        assert "Excavation ticket E-1 is requested, not issued yet" in strip["Permit"][1]
        assert "Traffic control is missing" in strip["Permit"][1]
        assert strip["Materials"] == ("bad", "missing, and nobody knows until when")
        assert strip["Appointment"] == ("pending", "09:00–11:00, no crew for it yet")
        assert strip["Earlier work"] == ("pending", "Starts after WO-0")
