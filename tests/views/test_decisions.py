"""POST to suggestions, assignments and write-backs: the decisions of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from assignments import models
from tests import factories

JSON = {"Accept": "application/json"}
BOARD = "/districts/NORTH/board/?day=2026-06-15"


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def approve_path(suggestion: models.Suggestion) -> str:
    return f"/suggestions/{suggestion.pk}/approve/"


class TestApprove:
    def test_a_manager_approves_and_returns_to_the_board(
        self, manager: Client, mara: Any, suggestion: models.Suggestion
    ) -> None:
        answer = manager.post(approve_path(suggestion), {"next": BOARD})

        assert (answer.status_code, answer.headers["Location"]) == (303, BOARD)
        assert said(answer) == ["WO-1 is approved for Trouble 7."]
        assert models.Assignment.objects.get().approved_by == mara

    def test_a_script_gets_json(self, manager: Client, suggestion: models.Suggestion) -> None:
        answer = manager.post(approve_path(suggestion), headers=JSON)

        assert answer.json() == {"message": "WO-1 is approved for Trouble 7.", "order": suggestion.order_id}

    def test_it_leads_nowhere_else(self, manager: Client, suggestion: models.Suggestion) -> None:
        answer = manager.post(approve_path(suggestion), {"next": "https://evil.example/"})

        assert answer.headers["Location"] == "/"

    def test_who_comes_second_is_told_who_won(self, manager: Client, jonas: Any, suggestion: models.Suggestion) -> None:
        second = Client()
        second.force_login(jonas)
        manager.post(approve_path(suggestion))

        page = second.post(approve_path(suggestion), {"next": BOARD})
        script = second.post(approve_path(suggestion), headers=JSON)

        assert (page.status_code, script.status_code) == (409, 409)
        assert "Mara Lindqvist assigned Trouble 7 to WO-1 at 05:45:00." in page.content.decode()
        assert "Undo that assignment first" in page.content.decode()
        assert script.json()["code"] == "order-taken"
        assert models.Assignment.objects.count() == 1

    def test_a_viewer_is_refused(self, viewer: Client, suggestion: models.Suggestion) -> None:
        answer = viewer.post(approve_path(suggestion))

        assert answer.status_code == 403
        assert "Vic Moreau is not an assigning manager of North." in answer.content.decode()
        assert not models.Assignment.objects.exists()

    def test_a_stranger_and_nobody_do_not_get_there(
        self, stranger: Client, anonymous: Client, suggestion: models.Suggestion
    ) -> None:
        assert stranger.post(approve_path(suggestion)).status_code == 404
        assert anonymous.post(approve_path(suggestion)).headers["Location"].startswith("/login/")
        assert not models.Assignment.objects.exists()

    def test_it_needs_the_token_of_the_page_and_a_post(self, mara: Any, suggestion: models.Suggestion) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(mara)

        assert strict.post(approve_path(suggestion)).status_code == 403
        assert strict.get(approve_path(suggestion)).status_code == 405


class TestReject:
    def test_the_reason_is_kept(self, manager: Client, suggestion: models.Suggestion) -> None:
        manager.post(f"/suggestions/{suggestion.pk}/reject/", {"reason": "Needs a bigger truck"})

        suggestion.refresh_from_db()
        assert (suggestion.status, suggestion.reject_reason) == ("REJECTED", "Needs a bigger truck")

    def test_without_a_reason_nothing_happens(self, manager: Client, suggestion: models.Suggestion) -> None:
        answer = manager.post(f"/suggestions/{suggestion.pk}/reject/", {"reason": " "})

        assert answer.status_code == 409
        assert "Say why in a few words" in answer.content.decode()

    def test_others_may_not(self, viewer: Client, stranger: Client, anonymous: Client, suggestion: Any) -> None:
        path = f"/suggestions/{suggestion.pk}/reject/"

        assert viewer.post(path, {"reason": "no"}).status_code == 403
        assert stranger.post(path, {"reason": "no"}).status_code == 404
        assert anonymous.post(path, {"reason": "no"}).status_code == 302


class TestRevoke:
    @pytest.fixture
    def assignment(self, manager: Client, suggestion: models.Suggestion) -> models.Assignment:
        manager.post(approve_path(suggestion))
        return models.Assignment.objects.get()

    def test_a_manager_undoes_with_one_press(self, manager: Client, assignment: models.Assignment) -> None:
        answer = manager.post(f"/assignments/{assignment.pk}/undo/", {"next": BOARD})

        assignment.refresh_from_db()
        assert (answer.status_code, answer.headers["Location"]) == (303, BOARD)
        assert assignment.status == "REVOKED"

    def test_after_ten_minutes_the_answer_leads_to_a_form_that_asks_why(
        self, manager: Client, assignment: models.Assignment
    ) -> None:
        models.Assignment.objects.update(approved_at=factories.NOW - timedelta(minutes=10))

        page = manager.post(f"/assignments/{assignment.pk}/undo/", {"next": BOARD})
        script = manager.post(f"/assignments/{assignment.pk}/undo/", headers=JSON)

        revoke = f"/assignments/{assignment.pk}/revoke/"
        assert (page.status_code, script.status_code) == (409, 409)
        assert f'href="{revoke}"' in page.content.decode()
        assert script.json()["steps"][0] == {"label": "Revoke WO-1…", "url": revoke, "is_post": False, "fields": {}}
        assert "Take it off Trouble 7" in manager.get(revoke).content.decode()

    def test_a_manager_revokes_with_a_reason(self, manager: Client, assignment: models.Assignment) -> None:
        answer = manager.post(f"/assignments/{assignment.pk}/revoke/", {"reason": "Storm coming", "next": BOARD})

        assignment.refresh_from_db()
        assert answer.status_code == 303
        assert (assignment.status, assignment.revoke_reason) == ("REVOKED", "Storm coming")

    def test_without_a_reason_it_asks_again(self, manager: Client, assignment: models.Assignment) -> None:
        page = manager.post(f"/assignments/{assignment.pk}/revoke/", {"reason": " "})
        script = manager.post(f"/assignments/{assignment.pk}/revoke/", headers=JSON)

        assert (page.status_code, script.status_code) == (400, 409)
        assert "Say why in a few words" in page.content.decode()
        assignment.refresh_from_db()
        assert assignment.status == "APPROVED"

    def test_undone_twice_says_who_was_first(self, manager: Client, assignment: models.Assignment) -> None:
        manager.post(f"/assignments/{assignment.pk}/undo/")

        answer = manager.post(f"/assignments/{assignment.pk}/undo/", headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (409, "assignment-not-live")
        assert [step["label"] for step in answer.json()["steps"]] == ["Show WO-1", "See who decided what"]

    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, assignment: models.Assignment
    ) -> None:
        for path in (f"/assignments/{assignment.pk}/undo/", f"/assignments/{assignment.pk}/revoke/"):
            assert viewer.post(path, {"reason": "no"}).status_code == 403
            assert stranger.post(path, {"reason": "no"}).status_code == 404
            assert anonymous.post(path, {"reason": "no"}).status_code == 302
        assert stranger.get(path).status_code == 404
        assert anonymous.get(path).status_code == 302


class TestRetry:
    @pytest.fixture
    def dead(self, order: models.WorkOrder) -> models.WriteBack:
        assignment = factories.AssignmentFactory(order=order)
        return factories.WriteBackFactory(assignment=assignment, status="DEAD")

    def test_a_manager_has_it_sent_again(self, manager: Client, dead: models.WriteBack) -> None:
        answer = manager.post(f"/write-backs/{dead.pk}/retry/", {"next": BOARD})

        dead.refresh_from_db()
        assert (answer.status_code, dead.status) == (303, "PENDING")

    def test_what_was_acknowledged_is_not_sent_again(self, manager: Client, dead: models.WriteBack) -> None:
        models.WriteBack.objects.update(status="ACKNOWLEDGED")

        assert manager.post(f"/write-backs/{dead.pk}/retry/").status_code == 409

    def test_others_may_not(self, viewer: Client, stranger: Client, anonymous: Client, dead: Any) -> None:
        path = f"/write-backs/{dead.pk}/retry/"

        assert viewer.post(path).status_code == 403
        assert stranger.post(path).status_code == 404
        assert anonymous.post(path).status_code == 302
