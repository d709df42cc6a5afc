"""Connections to PostgreSQL: what limits them, and who says why one was not to be had."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from psycopg_pool import ConnectionPool, PoolTimeout

from assignments import models
from assignments.api import broken
from notifications.services import connections
from notifications.streams.process import bus
from scheduler_site.postgresql import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections to be short of"),
]

LIMITS = {
    "lock_timeout": "5s",
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_user_timeout": "20000",
}


def settings_of(session: psycopg.Connection) -> dict[str, str]:
    rows = session.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [[*LIMITS]])
    return dict(rows.fetchall())


def test_every_connection_is_limited() -> None:
    connection.ensure_connection()

    assert settings_of(connection.connection) == LIMITS


def test_the_one_that_listens_too() -> None:
    heard, stopped = threading.Event(), threading.Event()
    listening = threading.Thread(target=bus.PostgresNotifications().listen, args=(heard.set, stopped))
    listening.start()
    try:
        assert heard.wait(60)
        connection.ensure_connection()
        # Servers of other tests listen on other databases.
        sessions = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query = 'LISTEN notifications_event' AND datname = current_database()"
        )
        assert connection.connection.execute(sessions).fetchone() == (1,)
    finally:
        stopped.set()
        listening.join()

    params = connection.get_connection_params()
    assert (params["tcp_user_timeout"], params["keepalives_idle"]) == (20000, 10)


def test_a_migration_may_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])
    connection.close()
    connection.ensure_connection()

    found = settings_of(connection.connection)
    assert (found["statement_timeout"], found["idle_in_transaction_session_timeout"]) == ("0", "0")
    assert found["lock_timeout"] == LIMITS["lock_timeout"]
    connection.close()


def test_what_database_url_says_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=700")
    connection.close()
    connection.ensure_connection()

    assert settings_of(connection.connection) == LIMITS | {"lock_timeout": "700ms"}
    connection.close()


def test_a_line_that_was_too_long_is_told_from_a_server_that_is_away() -> None:
    params = connection.get_connection_params()
    with (
        ConnectionPool(kwargs=params, min_size=0, max_size=1, timeout=0.1, open=True) as pool,
        pool.connection(timeout=10),
        pytest.raises(PoolTimeout) as waited,
    ):
        pool.getconn()
    wrapped = OperationalError(str(waited.value))
    wrapped.__cause__ = waited.value

    assert connections.is_busy(wrapped)
    with pytest.raises(psycopg.OperationalError) as refused:
        base.PooledConnection.connect(**{**params, "port": 1})
    assert not connections.is_busy(refused.value)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        base.PooledConnection.raise_if_away()
    base.PooledConnection.failed = None


def test_a_lock_that_somebody_keeps_is_given_up(district: models.District, mara: object) -> None:
    with psycopg.connect(**_plain()) as silent:
        silent.execute("SELECT 1 FROM assignments_district FOR UPDATE")
        connection.ensure_connection()
        connection.connection.execute("SET lock_timeout = '200ms'")

        with pytest.raises(OperationalError) as given_up:
            models.District.objects.update(name="Up North")
        silent.rollback()

    assert connections.is_busy(given_up.value)


def test_programs_are_told_that_it_is_busy() -> None:
    busy = OperationalError("canceling statement due to lock timeout")
    busy.__cause__ = psycopg.errors.LockNotAvailable()
    try:
        raise busy
    except OperationalError:
        answer = broken.server_error(RequestFactory().get("/api/v1/orders/"))
        page = broken.server_error(RequestFactory().get("/"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert b"database-busy" in answer.content
    assert b"The database is busy" in page.content


def test_the_health_check_does_not_take_a_busy_process_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = OperationalError("couldn't get a connection")
    busy.__cause__ = PoolTimeout()

    def refuse(*_: object) -> None:
        raise busy

    monkeypatch.setattr(connection, "cursor", refuse)

    assert client.get("/healthz").status_code == 200


def _plain() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "host", "port")}
