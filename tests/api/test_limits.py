"""Requests a minute for each token, counted over all processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.services import request_limits
from tests import factories
from tests.api.conftest import assert_problem, bearer

DISTRICTS = "/api/v1/districts/"


@pytest.fixture(autouse=True)
def _three_a_minute(settings: Any) -> Iterator[None]:
    settings.API_REQUESTS_PER_MINUTE = 3
    request_limits.forget()
    yield
    request_limits.forget()


def test_what_is_left_is_said_with_each_answer(as_mara: Client) -> None:
    first, second = as_mara.get(DISTRICTS), as_mara.get("/api/v1/nothing/")

    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("3", "2")
    assert (second.status_code, second.headers["RateLimit-Remaining"]) == (404, "1")
    assert 0 < int(first.headers["RateLimit-Reset"]) <= 60
    assert first.headers["RateLimit-Policy"] == '"minute";q=3;w=60'
    assert first.headers["RateLimit"].startswith('"minute";r=2;t=')


def test_more_is_refused_until_the_next_minute(as_mara: Client) -> None:
    answers = [as_mara.get(DISTRICTS) for _ in range(5)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert_problem(answers[-1], 429, "throttled")
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit-Reset"]
    models.RequestCount.objects.update(minute=0)
    request_limits.forget()
    assert as_mara.get(DISTRICTS).status_code == 200


def test_each_token_has_its_own(as_mara: Client, mara: Any) -> None:
    factories.ApiTokenFactory(user=mara, secret="lineup_second")
    for _ in range(4):
        as_mara.get(DISTRICTS)

    assert bearer("lineup_second").get(DISTRICTS).status_code == 200


def test_processes_share_it(as_mara: Client) -> None:
    for _ in range(2):
        as_mara.get(DISTRICTS)
        # As another process, which knows only the row.
        request_limits.forget()

    assert as_mara.get(DISTRICTS).headers["RateLimit-Remaining"] == "0"
    assert as_mara.get(DISTRICTS).status_code == 429


def test_a_busy_token_writes_once_in_a_sixtieth_of_its_limit(as_mara: Client, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 600
    request_limits.forget()
    as_mara.get(DISTRICTS)

    with CaptureQueriesContext(connection) as queries:
        for _ in range(9):
            as_mara.get(DISTRICTS)

    assert not [one for one in queries.captured_queries if "requestcount" in one["sql"]]


def test_none_is_counted_without_a_limit(as_mara: Client, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0

    assert "RateLimit-Limit" not in as_mara.get(DISTRICTS).headers
    assert not models.RequestCount.objects.exists()
