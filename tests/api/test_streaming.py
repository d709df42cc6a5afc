"""The streams of the API through a real web server: bearer tokens, plain data, and the end of a right."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import httpx_sse
import pytest
from django.db import transaction
from django.utils import timezone

from assignments import models
from assignments.services import tokens
from assignments.services.records import events
from assignments.services.runs import running
from notifications.streams.fanout import limits
from tests import factories
from tests.api.conftest import assert_problem, bearer
from tests.streams.conftest import Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
EVENTS = "/api/v1/events/"


@contextlib.contextmanager
def stream(server: Server, path: str, secret: str, **options: Any) -> Iterator[Iterator[httpx_sse.ServerSentEvent]]:
    headers = {"Authorization": f"Bearer {secret}", **options}
    client = httpx.Client(base_url=server.address, headers=headers, timeout=60)
    with client, httpx_sse.connect_sse(client, "GET", path) as source:
        assert source.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield source.iter_sse()


def change(order: models.WorkOrder) -> None:
    with transaction.atomic():
        events.order_changed(orders=[order], cause="permit.changed", now=timezone.now())


def until(name: str, messages: Iterator[httpx_sse.ServerSentEvent]) -> httpx_sse.ServerSentEvent:
    return next(message for message in messages if message.event == name)


@pytest.fixture
def run(district: models.District, mara: Any) -> models.SuggestionRun:
    now = timezone.now()
    return running.request_run(district=district, day=now.astimezone(district.zone).date(), by=mara, now=now)[0]


class TestEvents:
    def test_bring_my_districts_changes_as_plain_data(self, server: Server, token: Any, order: Any) -> None:
        with stream(server, EVENTS, "lineup_maras") as messages:
            next(messages)
            change(order)

            data = until("order.changed", messages).json()

        assert (data["number"], data["cause"]) == ("WO-1", "permit.changed")
        assert "html" not in data

    def test_continue_where_the_reader_stopped(self, server: Server, token: Any, order: Any) -> None:
        with stream(server, EVENTS, "lineup_maras") as messages:
            seen = next(messages).id
        change(order)

        with stream(server, EVENTS, "lineup_maras", **{"Last-Event-ID": seen}) as messages:
            assert until("order.changed", messages).json()["order"] == order.pk

    def test_can_be_narrowed_to_a_district(self, server: Server, token: Any, order: Any) -> None:
        with stream(server, f"{EVENTS}?district=NORTH", "lineup_maras") as messages:
            next(messages)
            change(order)

            assert until("order.changed", messages).json()["number"] == "WO-1"

    def test_of_a_district_that_is_not_mine_are_refused(self, as_mara: Any, elsewhere: Any) -> None:
        assert_problem(as_mara.get(f"{EVENTS}?district=SOUTH"), 404, "not-found")

    def test_end_soon_after_the_token_is_revoked(self, server: Server, token: Any, mara: Any) -> None:
        with stream(server, EVENTS, "lineup_maras") as messages:
            next(messages)
            tokens.revoke(tokens=[token], by=mara, now=timezone.now())

            assert list(messages)[-1].event == "bye"


class TestOneRun:
    def test_is_followed_from_its_state_to_done(self, server: Server, token: Any, run: Any, mara: Any) -> None:
        with stream(server, f"/api/v1/runs/{run.pk}/events/", "lineup_maras") as messages:
            first = until("run.changed", messages).json()
            running.cancel_run(run=run, by=mara, now=timezone.now())
            rest = list(messages)

        assert first["status"] == "QUEUED"
        assert "html" not in first
        assert [message.event for message in rest] == ["run.changed", "done"]
        assert json.loads(rest[0].data)["status"] == "CANCELLED"

    def test_that_has_ended_is_told_at_once_and_then_never_again(self, as_mara: Any, run: Any, mara: Any) -> None:
        running.cancel_run(run=run, by=mara, now=timezone.now())
        path = f"/api/v1/runs/{run.pk}/events/"

        told = as_mara.get(path, headers={"Accept": "text/event-stream"})
        last = told.content.decode().rsplit("id:", 1)[1].split("\n", 1)[0].strip()
        again = as_mara.get(path, headers={"Last-Event-ID": last})

        assert told.status_code == 200
        assert "CANCELLED" in told.content.decode()
        assert again.status_code == 204

    def test_of_another_district_is_unknown(self, run: Any, stella: Any) -> None:
        factories.ApiTokenFactory(user=stella, secret="lineup_stellas")

        assert_problem(bearer("lineup_stellas").get(f"/api/v1/runs/{run.pk}/events/"), 404, "not-found")


def test_too_many_streams_are_refused_as_problem_details(as_mara: Any, impatient: Any) -> None:
    impatient(per_user=0)

    response = as_mara.get(EVENTS)
    limits.current.cache_clear()

    assert_problem(response, 503, "too-many-streams")
    assert int(response.headers["Retry-After"]) > 0
