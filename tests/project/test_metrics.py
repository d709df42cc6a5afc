"""The numbers for monitoring: who may read them, and whether they are those of the rows."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from assignments import models
from assignments.queries import work_figures
from assignments.services import beating
from notifications.streams.fanout import measures
from scheduler_site import hashing, metrics
from tests import factories

pytestmark = pytest.mark.django_db

TOKEN = "t" * 32
BEARER = {"authorization": f"Bearer {TOKEN}"}


def numbers(text: str) -> dict[str, float]:
    """By name and labels as they are written."""
    found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.fixture
def with_token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


class TestAccess:
    @pytest.mark.parametrize("headers", [{}, BEARER, {"authorization": "Bearer "}])
    def test_there_is_no_page_without_a_setting(self, client: Client, headers: dict[str, str]):
        assert client.get("/metrics", headers=headers).status_code == 404

    def test_not_even_for_an_administrator(self, admin_client: Client):
        assert admin_client.get("/metrics").status_code == 404

    def test_the_token_opens_it(self, client: Client, with_token: None):
        answer = client.get("/metrics", headers=BEARER)

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        "sent", ["", "Bearer", f"Bearer {TOKEN}t", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer ünïcode"]
    )
    def test_nothing_else_does(self, client: Client, with_token: None, sent: str):
        answer = client.get("/metrics", headers={"authorization": sent})

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert b"lineup_" not in answer.content

    def test_a_session_does_not(self, admin_client: Client, with_token: None):
        assert admin_client.get("/metrics").status_code == 401

    @pytest.mark.parametrize(("address", "status"), [("10.0.4.7", 200), ("10.0.5.7", 401)])
    def test_an_address_may_be_listed(self, client: Client, settings: Any, address: str, status: int):
        settings.METRICS_ADDRESSES = ["10.0.4.0/24"]

        assert client.get("/metrics", REMOTE_ADDR=address).status_code == status

    def test_nobody_can_name_a_listed_address(self, client: Client, settings: Any):
        settings.METRICS_ADDRESSES = ["10.0.4.7"]

        answer = client.get("/metrics", REMOTE_ADDR="10.9.9.9", headers={"x-forwarded-for": "10.0.4.7"})

        assert answer.status_code == 401

    def test_is_not_redirected_to_https(self, client: Client, settings: Any, with_token: None):
        settings.SECURE_SSL_REDIRECT = True

        assert client.get("/metrics", headers=BEARER).status_code == 200


class TestRows:
    def test_runs_by_phase(self, district: models.District, now: datetime):
        factories.SuggestionRunFactory(district=district, status="QUEUED", requested_at=now - timedelta(minutes=3))

        found = work_figures.runs(now)

        assert found["QUEUED"] == work_figures.Backlog(1, 180.0)
        assert found["SCORING"] == work_figures.Backlog(0, 0.0)

    def test_write_backs_by_state_and_age(self, now: datetime):
        dead = factories.WriteBackFactory(status="DEAD", created_at=now - timedelta(hours=2))
        factories.WriteBackFactory(status="PENDING", created_at=now, target=dead.target)
        factories.WriteBackFactory(status="ACKNOWLEDGED", acknowledged_at=now, target=dead.target)

        found = work_figures.write_backs(now)
        code = dead.target.code

        assert found[code, "DEAD"] == work_figures.Backlog(1, 7200.0)
        assert found[code, "PENDING"] == work_figures.Backlog(1, 0.0)
        assert found[code, "FAILED"].number == 0
        assert (code, "ACKNOWLEDGED") not in found

    def test_sources_by_age(self, now: datetime):
        read, never = factories.DownstreamSystemFactory(), factories.DownstreamSystemFactory(code="permits")
        models.FollowedSource.objects.create(system=read, read_at=now - timedelta(seconds=9))

        found = {age.code: age for age in work_figures.source_ages(now)}

        assert (found[read.code].seconds, found[read.code].is_late) == (9.0, False)
        assert (found[never.code].seconds, found[never.code].is_late) == (None, True)

    def test_are_all_on_the_page(self, now: datetime):
        write_back = factories.WriteBackFactory(status="PENDING")
        beating.beat(owner="one", now=now)

        found = numbers(metrics.everything().decode())

        assert found["lineup_database_up"] == 1
        assert found["lineup_workers"] == 1
        assert found['lineup_runs{phase="queued"}'] == 0
        assert found[f'lineup_write_backs{{state="pending",target="{write_back.target.code}"}}'] == 1

    def test_without_a_database_the_processes_still_count(self):
        with connection.execute_wrapper(refuse):
            found = numbers(metrics.everything().decode())

        assert found["lineup_database_up"] == 0
        assert "lineup_streams_open" in found
        assert "lineup_workers" not in found


class TestProcess:
    def test_passwords_that_wait(self):
        with hashing.place():
            assert sample("lineup_passwords_waiting") == 1
        assert sample("lineup_passwords_waiting") == 0

    def test_streams_that_came_back(self):
        before = sample("lineup_stream_replayed_events_total")

        measures.replayed(7)
        measures.replayed(0)

        assert sample("lineup_stream_replayed_events_total") == before + 7

    def test_streams_that_are_not_opened(self, client: Client):
        before = sample('lineup_stream_refusals_total{reason="nobody"}')

        client.get("/events/")

        assert sample('lineup_stream_refusals_total{reason="nobody"}') == before + 1


def sample(name: str) -> float:
    return numbers(metrics.everything().decode()).get(name, 0.0)


def refuse(*_: object) -> None:
    raise DatabaseError("gone")
