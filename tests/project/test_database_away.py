"""While the database is away or full: pages say so, programs get problem details, the log one line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from assignments.queries import work_queue
from notifications.models import Visit
from notifications.services import positions
from scheduler_site.log_lines import LogLines, OncePerOutage

BOARD = "/districts/NORTH/board/"


@pytest.fixture
def mara_at_her_browser(mara: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(mara)
    return client


@pytest.fixture
def away(db: None) -> Iterator[None]:
    """From now on the database refuses, as PostgreSQL does without slots."""

    def refuse(*_: object) -> None:
        raise OperationalError("connection failed: remaining connection slots are reserved")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def read_only(db: None) -> Iterator[None]:
    """Reads go well, and nothing can be written, as on a full disk."""
    positions.log_state()

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


class TestAway:
    def test_a_page_says_so_and_comes_back_by_itself(self, mara_at_her_browser: Client, away: None) -> None:
        answer = mara_at_her_browser.get(BOARD)

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Lineup cannot reach its database" in answer.content.decode()
        assert '<meta http-equiv="refresh" content="5">' in answer.content.decode()

    def test_a_decision_was_not_made_and_is_not_sent_twice(self, mara_at_her_browser: Client, away: None) -> None:
        answer = mara_at_her_browser.post("/suggestions/1/approve/")

        assert answer.status_code == 503
        assert "What you were doing was not done" in answer.content.decode()
        assert "http-equiv" not in answer.content.decode()

    def test_programs_get_problem_details(self, mara_at_her_browser: Client, away: None) -> None:
        answer = mara_at_her_browser.get("/api/v1/orders/")

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "database-away"

    def test_another_fault_of_ours_stays_a_500(
        self, mara_at_her_browser: Client, monkeypatch: pytest.MonkeyPatch, district: Any
    ) -> None:
        monkeypatch.setattr(work_queue, "latest_run", lambda *_: 1 / 0)

        assert mara_at_her_browser.get(BOARD).status_code == 500


@pytest.mark.django_db(transaction=True)
class TestNothingCanBeWritten:
    def test_a_board_is_read_all_the_same(self, mara_at_her_browser: Client, district: Any, read_only: None) -> None:
        answer = mara_at_her_browser.get(BOARD)

        assert answer.status_code == 200
        assert not Visit.objects.exists()


class TestLog:
    def record(self, error: Exception, status: int = 503) -> logging.LogRecord:
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Service Unavailable: %s", ("/",), None)
        record.exc_info = (type(error), error, None)
        record.status_code = status
        return record

    def test_it_is_one_line_without_a_traceback(self) -> None:
        said = LogLines("{message}", style="{").format(self.record(OperationalError("the server\nis away")))

        assert said.startswith("Service Unavailable: /: the server is away")
        assert "\n" not in said

    def test_every_request_says_the_same_and_one_is_enough(self) -> None:
        now = 100.0
        once = OncePerOutage(clock=lambda: now)
        heard = []
        for seconds in (0, 3, 9, 11):
            now = 100.0 + seconds
            heard.append(once.filter(self.record(OperationalError("away"))))

        assert heard == [True, False, False, True]
        assert once.filter(self.record(ValueError("ours"), status=500))
