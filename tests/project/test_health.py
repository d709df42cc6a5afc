from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from assignments.services import beating
from notifications.services import positions, wakeups
from notifications.streams.fanout.hub import Hub
from notifications.streams.process import threads
from tests import factories


@pytest.mark.django_db
def test_says_ok_to_anybody_without_login(client: Client):
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_says_503_when_the_database_cannot_be_read(client: Client, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["database"] == "unreachable"


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/readyz", 503)])
def test_is_not_redirected_to_https(client: Client, settings, path: str, status: int):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(path).status_code == status


@pytest.mark.django_db
class TestReady:
    def test_with_a_worker(self, client: Client):
        beating.beat(owner="one", now=timezone.now())

        answer = client.get("/readyz")

        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ready",
            "database": {"ok": True},
            "log": {"ok": True, "unread": 0},
            "bus": {"ok": True},
            "sources": {"ok": True},
            "targets": {"ok": True},
            "workers": {"ok": True, "running": 1},
        }

    def test_without_one_it_says_since_when_and_what_to_do(self, client: Client):
        factories.WorkerBeatFactory()

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["workers"]["seen_at"] == "2026-06-15T10:45:00Z"
        assert "manage.py work" in answer.json()["workers"]["remedy"]

    def test_counts_systems_that_are_not_read_and_names_none(self, client: Client):
        beating.beat(owner="one", now=timezone.now())
        late = factories.DownstreamSystemFactory(is_source=True)

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["sources"]["late"] == 1
        assert late.name not in answer.content.decode()

    def test_counts_systems_that_refuse_a_decision(self, client: Client):
        factories.WriteBackFactory(status="DEAD")

        answer = client.get("/readyz")

        assert answer.json()["targets"]["waiting"] == 1

    def test_without_the_redis_that_is_set(self, client: Client, settings):
        beating.beat(owner="one", now=timezone.now())
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        wakeups.forget_client()

        answer = client.get("/readyz")
        wakeups.forget_client()

        assert answer.status_code == 503
        assert "Start Redis" in answer.json()["bus"]["remedy"]

    def test_a_process_that_no_longer_reads_the_log_is_not(self, client: Client, monkeypatch: pytest.MonkeyPatch):
        beating.beat(owner="one", now=timezone.now())
        stuck = threads.StreamProcess(Hub(log=positions.log_state()))
        stuck.looked_at -= 60
        monkeypatch.setattr(threads, "_processes", [stuck])

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["log"]["read_seconds_ago"] == 60

    def test_without_a_database(self, client: Client):
        with connection.execute_wrapper(refuse):
            answer = client.get("/readyz")

        assert answer.status_code == 503
        assert answer.json()["database"]["ok"] is False


def refuse(*_: object) -> None:
    raise DatabaseError("gone")
