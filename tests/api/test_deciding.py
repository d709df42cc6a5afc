"""Deciding through the API has the effects, and meets the refusals, of deciding on the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

SUGGESTIONS = "/api/v1/suggestions/"


def post(client: Any, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


@pytest.fixture
def today(district: models.District) -> str:
    return timezone.now().astimezone(district.zone).date().isoformat()


class TestRuns:
    def test_a_first_request_starts_a_run_and_a_second_joins_it(self, as_mara: Any, today: str) -> None:
        first = post(as_mara, "/api/v1/runs/", {"district": "NORTH", "day": today})
        second = post(as_mara, "/api/v1/runs/", {"district": "NORTH", "day": today})

        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["id"] == second.json()["id"]
        assert (first.json()["status"], first.json()["district"]) == ("QUEUED", "NORTH")
        assert first.json()["requested_by"] == "Mara Lindqvist"
        assert first.headers["Location"] == f"/api/v1/runs/{first.json()['id']}/"
        assert as_mara.get(first.headers["Location"]).json() == first.json()

    def test_a_run_can_be_cancelled_once(self, as_mara: Any, today: str) -> None:
        location = post(as_mara, "/api/v1/runs/", {"district": "NORTH", "day": today}).headers["Location"]

        cancelled = post(as_mara, f"{location}cancel/")
        again = post(as_mara, f"{location}cancel/")

        assert (cancelled.status_code, cancelled.json()["status"]) == (200, "CANCELLED")
        assert_problem(again, 409, "run-not-under-way")

    def test_the_plan_of_a_run_can_be_kept(self, as_mara: Any, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING", figures={"plan": 3})

        kept = post(as_mara, f"/api/v1/runs/{run.pk}/keep/")

        assert (kept.status_code, kept.json()["status"], kept.json()["figures"]) == (200, "SCORING", {"plan": 3})
        assert kept.json()["keep_asked_at"]

    def test_a_run_goes_on_without_the_sources_that_it_waits_for(self, as_mara: Any, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="SCORING")

        went_on = post(as_mara, f"/api/v1/runs/{run.pk}/go-on/")

        assert went_on.status_code == 200
        assert went_on.json()["go_on_asked_at"]
        models.SuggestionRun.objects.update(status="READY")
        assert_problem(post(as_mara, f"/api/v1/runs/{run.pk}/go-on/"), 409, "nothing-awaited")

    @pytest.mark.parametrize(("status", "code"), [("GATHERING", "no-plan-yet"), ("READY", "nothing-to-improve")])
    def test_without_a_plan_that_is_improved_nothing_is_kept(
        self, as_mara: Any, district: models.District, status: str, code: str
    ) -> None:
        run = factories.SuggestionRunFactory(district=district, status=status)

        assert_problem(post(as_mara, f"/api/v1/runs/{run.pk}/keep/"), 409, code)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"day": "2026-06-15"}, "district"),
            ({"district": "NORTH", "day": "monday"}, "day"),
            ({"district": "NORTH", "day": "2026-06-15", "force": True}, "force"),
        ],
    )
    def test_a_request_that_cannot_be_read_names_the_field(self, as_mara: Any, body: Any, field: str) -> None:
        problem = assert_problem(post(as_mara, "/api/v1/runs/", body), 400, "invalid")

        assert [error["field"] for error in problem["errors"]] == [field]

    @pytest.mark.parametrize("body", [[], ["district"], "NORTH", 7])
    def test_a_body_that_is_no_object_is_refused(self, as_mara: Any, body: Any) -> None:
        import json

        response = as_mara.post("/api/v1/runs/", json.dumps(body), content_type="application/json")

        assert_problem(response, 400, "invalid")

    def test_a_day_out_of_reach_is_refused_in_words(self, as_mara: Any) -> None:
        day = (timezone.now() + timedelta(days=60)).date().isoformat()

        assert_problem(post(as_mara, "/api/v1/runs/", {"district": "NORTH", "day": day}), 409, "day-out-of-reach")


class TestApproving:
    def test_makes_the_assignment_and_its_write_backs(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        factories.DownstreamSystemFactory(code="work")

        response = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/")

        assert response.status_code == 201, response.content
        body = response.json()
        assert (body["order"], body["crew"]["name"]) == ("WO-1", suggestion.crew.name)
        assert [(row["target"], row["status"]) for row in body["write_backs"]] == [("work", "PENDING")]
        assert as_mara.get(response.headers["Location"]).json() == body
        assert models.AuditEntry.objects.get(verb="assignment.approved").actor_name == "Mara Lindqvist"

    def test_twice_is_refused_and_says_who_was_first(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/")

        response = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/")

        assert response.status_code == 409
        problem = assert_problem(response, 409, response.json()["code"])
        assert "Mara Lindqvist" in problem["detail"]

    def test_from_changed_inputs_is_refused(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        models.WorkOrder.objects.filter(pk=suggestion.order_id).update(duration_minutes=300)

        assert_problem(post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/"), 409, "suggestion-stale")
        assert not models.Assignment.objects.exists()

    def test_tentative_is_a_yes_or_no(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        response = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/", {"tentative": "maybe"})

        assert assert_problem(response, 400, "invalid")["errors"][0]["field"] == "tentative"


class TestRejecting:
    def test_takes_the_suggestion_off_the_table_with_a_reason(self, as_mara: Any, suggestion: Any) -> None:
        response = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/reject/", {"reason": "Crew knows the pole"})

        assert response.status_code == 200
        assert (response.json()["status"], response.json()["reject_reason"]) == ("REJECTED", "Crew knows the pole")

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 201}])
    def test_needs_a_reason(self, as_mara: Any, suggestion: models.Suggestion, body: dict[str, str]) -> None:
        problem = assert_problem(post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/reject/", body), 400, "invalid")

        assert problem["errors"][0]["field"] == "reason"

    def test_takes_a_code_that_needs_no_words(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/reject/", {"code": "CREW_DECLINED"})

        [held] = as_mara.get("/api/v1/rejections/?order=WO-1&is_held=true").json()["results"]
        assert (held["code"], held["reason"], held["crews"]) == (
            "CREW_DECLINED", "The crew declined", suggestion.crew_names,
        )  # fmt: skip
        assert as_mara.get("/api/v1/orders/WO-1/").json()["rejections"] == [held]

    def test_is_taken_back_once(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/reject/", {"code": "CREW_DECLINED"})
        address = f"/api/v1/rejections/{models.Rejection.objects.get().pk}/take-back/"

        answer = post(as_mara, address)

        assert (answer.status_code, answer.json()["is_held"]) == (200, False)
        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"
        assert_problem(post(as_mara, address), 409, "rejection-over")
        assert as_mara.get("/api/v1/rejections/?is_held=true").json()["results"] == []
        assert len(as_mara.get("/api/v1/rejections/?is_held=false").json()["results"]) == 1

    def test_nonsense_is_named(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        body = {"code": "NONSENSE", "reason": "Why"}
        problem = assert_problem(post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/reject/", body), 400, "invalid")

        assert problem["errors"][0]["field"] == "code"


class TestRevoking:
    def test_undoes_the_decision_once(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        location = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/").headers["Location"]

        undone = post(as_mara, f"{location}revoke/", {"reason": "Storm"})
        again = post(as_mara, f"{location}revoke/", {"reason": "Storm"})

        assert (undone.json()["status"], undone.json()["revoked_by"]) == ("REVOKED", "Mara Lindqvist")
        assert undone.json()["revoke_reason"] == "Storm"
        assert_problem(again, 409, "assignment-not-live")


class TestUndoing:
    def test_takes_the_decision_back_without_a_reason_until_its_time_is_over(
        self, as_mara: Any, suggestion: models.Suggestion
    ) -> None:
        approved = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/")
        location = approved.headers["Location"]
        assert approved.json()["undo_until"] > approved.json()["approved_at"]

        assert post(as_mara, f"{location}undo/").json()["status"] == "REVOKED"

    def test_afterwards_names_what_is_left(self, as_mara: Any, suggestion: models.Suggestion) -> None:
        location = post(as_mara, f"{SUGGESTIONS}{suggestion.pk}/approve/").headers["Location"]
        models.Assignment.objects.update(approved_at=factories.NOW)

        assert_problem(post(as_mara, f"{location}undo/"), 409, "undo-over")


class TestRetryingAWriteBack:
    @pytest.fixture
    def write_back(self, district: models.District) -> models.WriteBack:
        order = factories.OrderFactory(district=district, status="SCHEDULED")
        return factories.WriteBackFactory(assignment__order=order, status="DEAD", attempts=8)

    def test_makes_a_dead_one_pending_under_its_old_key(self, as_mara: Any, write_back: models.WriteBack) -> None:
        response = post(as_mara, f"/api/v1/write-backs/{write_back.pk}/retry/")

        assert response.status_code == 200
        assert response.json()["status"] == "PENDING"
        assert response.json()["idempotency_key"] == str(write_back.idempotency_key)

    def test_of_an_acknowledged_one_is_refused(self, as_mara: Any, write_back: models.WriteBack) -> None:
        models.WriteBack.objects.update(status="ACKNOWLEDGED", acknowledged_at=factories.NOW)

        assert_problem(post(as_mara, f"/api/v1/write-backs/{write_back.pk}/retry/"), 409, "nothing-to-retry")

    def test_all_of_a_district_are_retried(self, as_mara: Any, write_back: models.WriteBack) -> None:
        response = post(as_mara, "/api/v1/write-backs/retry/", {"district": "NORTH", "target": "work"})

        assert (response.status_code, response.json()) == (200, {"retried": [write_back.pk], "left": []})
        again = post(as_mara, "/api/v1/write-backs/retry/", {"district": "NORTH"})
        assert_problem(again, 409, "nothing-to-retry")

    def test_a_refused_one_is_corrected(self, as_mara: Any, write_back: models.WriteBack) -> None:
        told = {
            "action": "ASSIGN", "assignment": "A-1", "sequence": 1, "order": "WO-1", "crew": "C-3", "further_crews": [],
            "tentative": False, "approved_by": "Mara", "reason": "",
            "period": {"start": "2026-06-15T13:00:00Z", "end": "2026-06-15T15:00:00Z"},
        }  # fmt: skip
        models.WriteBack.objects.update(payload=told)
        body = {"crew": "CR-003", "note": "Second floor", "reason": "Their number"}

        response = post(as_mara, f"/api/v1/write-backs/{write_back.pk}/correct/", body)

        assert response.status_code == 200, response.content
        corrected = response.json()
        assert (corrected["status"], corrected["payload"]) == (
            "PENDING", {**told, "crew": "CR-003", "reason": "Second floor"},
        )  # fmt: skip
        assert corrected["idempotency_key"] != str(write_back.idempotency_key)

    def test_one_is_written_off_and_says_why(self, as_mara: Any, write_back: models.WriteBack) -> None:
        address = f"/api/v1/write-backs/{write_back.pk}/write-off/"

        response = post(as_mara, address, {"reason": "Booked by phone"})

        assert response.status_code == 200
        assert (response.json()["status"], response.json()["written_off_because"]) == ("WRITTEN_OFF", "Booked by phone")
        assert_problem(post(as_mara, address, {"reason": "Again"}), 409, "nothing-to-write-off")
