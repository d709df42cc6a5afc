"""Logging in and out, and the pages that say that something is not there or not allowed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


class TestLogin:
    def test_the_right_words_lead_to_the_page_that_was_asked_for(self, mara: Any) -> None:
        answer = Client().post(
            "/login/?next=/orders/WO-1/",
            {"username": "mara", "password": "correct-horse-battery", "next": "/orders/WO-1/"},
        )

        assert (answer.status_code, answer.headers["Location"]) == (302, "/orders/WO-1/")

    def test_wrong_words_are_answered_with_what_to_do(self, mara: Any) -> None:
        page = Client().post("/login/", {"username": "mara", "password": "wrong"})

        assert page.status_code == 200
        assert "Check capitals and try again" in page.content.decode()

    def test_it_leads_nowhere_else(self, mara: Any) -> None:
        words = {"username": "mara", "password": "correct-horse-battery", "next": "https://evil.example/"}

        assert Client().post("/login/", words).headers["Location"] == "/"

    def test_who_is_logged_in_goes_on(self, manager: Client) -> None:
        assert manager.get("/login/").headers["Location"] == "/"

    def test_its_policy_allows_nothing_inline(self, db: None) -> None:
        page = Client().get("/login/")

        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
        assert "style=" not in page.content.decode()


class TestLogout:
    def test_it_ends_the_session(self, manager: Client) -> None:
        assert manager.post("/logout/").headers["Location"] == "/login/"
        assert manager.get("/").headers["Location"] == "/login/?next=/"

    def test_a_link_cannot_log_anybody_out(self, manager: Client) -> None:
        assert manager.get("/logout/").status_code == 405


class TestLoggedOut:
    def test_a_form_leads_back_to_its_page_after_the_login(self, anonymous: Client) -> None:
        answer = anonymous.post("/suggestions/1/approve/", {"next": "/districts/NORTH/board/"})

        assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=/districts/NORTH/board/")

    def test_a_form_that_names_no_page_of_ours_leads_to_the_board(self, anonymous: Client) -> None:
        answer = anonymous.post("/suggestions/1/approve/", {"next": "https://evil.example/"})

        assert answer.headers["Location"] == "/login/?next=/"

    def test_a_script_is_told_in_words(self, anonymous: Client) -> None:
        answer = anonymous.post("/suggestions/1/approve/", headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()["code"]) == (401, "logged-out")
        assert answer.json()["sentence"] == "You are logged out, so nothing was done."


class TestErrors:
    @pytest.fixture(autouse=True)
    def _as_in_production(self, settings: Any) -> None:
        settings.DEBUG = False

    def test_what_is_not_there_has_a_page(self, manager: Client, anonymous: Client) -> None:
        assert "There is nothing here for you" in manager.get("/nowhere/").content.decode()
        assert anonymous.get("/nowhere/").status_code == 404

    def test_an_expired_form_says_what_to_do(self, mara: Any) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(mara)

        page = strict.post("/runs/")

        assert page.status_code == 403
        assert "Nothing was done" in page.content.decode()
