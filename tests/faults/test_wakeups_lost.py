"""Wake-ups are hints: whatever carries them goes away for ten seconds, and every event arrives, once and in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.faults import harness

pytestmark = [pytest.mark.faults, pytest.mark.timeout(150)]
READERS = 6
# Seconds that the service is away, and that everything goes on before and behind that.
AWAY = 10
BEFORE, BEHIND = 2, 9


@pytest.fixture
def postgres() -> Iterator[servers.Postgres]:
    """A cluster that keeps what it confirmed: what it may forget in a crash was not committed."""
    servers.need("postgresql")
    with servers.postgres_server(synchronous_commit="on") as server:
        yield server


@pytest.fixture
def redis() -> Iterator[servers.Redis]:
    servers.need("redis-server")
    with servers.redis_server() as server:
        yield server


def silence_notify(postgres: servers.Postgres) -> None:
    """As behind a proxy that pools transactions: LISTEN hears nothing, and Redis alone wakes."""
    postgres.run(
        "psql",
        "-d",
        "lineup",
        "-c",
        """
        CREATE OR REPLACE FUNCTION notifications_number_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(7205759403792794);
            UPDATE notifications_event SET position = nextval('notifications_event_position') WHERE id = NEW.id;
            RETURN NULL;
        END $$
        """,
    )


def assert_told_once(log: harness.Log, account: harness.Account) -> None:
    assert set(log.kept) <= log.events.keys(), "what was confirmed is in the log"
    assert not set(log.gone) & log.events.keys(), "what was rolled back is not"
    assert account.is_clean, account
    assert account.events > 100


def test_a_redis_that_was_killed(tmp_path: Path, postgres: servers.Postgres, redis: servers.Redis) -> None:
    with harness.site(tmp_path, database=postgres.url, redis=redis.url, readers=READERS) as site:
        silence_notify(postgres)
        site.begin()
        time.sleep(BEFORE)
        redis.kill()
        time.sleep(AWAY)
        redis.start()
        time.sleep(BEHIND)
        log, account = site.end()

    assert_told_once(log, account)
    assert account.returns == 0, "no stream ended"
    assert max(account.delays) < 2.5, "the look once a second was enough"
    assert account.delay_of_last(2) < 0.3, "woken again"


def test_a_redis_that_hangs(tmp_path: Path, postgres: servers.Postgres, redis: servers.Redis) -> None:
    with harness.site(tmp_path, database=postgres.url, redis=redis.url, readers=READERS) as site:
        silence_notify(postgres)
        site.begin()
        time.sleep(BEFORE)
        redis.process.send_signal(signal.SIGSTOP)
        time.sleep(AWAY)
        redis.process.send_signal(signal.SIGCONT)
        time.sleep(BEHIND)
        log, account = site.end()

    assert_told_once(log, account)
    assert account.returns == 0, "no stream ended"
    # A second for the look, and 0.3 s where the commit's own announcement waited in vain.
    assert max(account.delays) < 2.5
    assert account.delay_of_last(2) < 0.3, "woken again"


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_postgresql_that_was_restarted(tmp_path: Path, postgres: servers.Postgres, mode: str) -> None:
    with harness.site(tmp_path, database=postgres.url, readers=READERS) as site:
        site.begin()
        time.sleep(BEFORE)
        postgres.stop(mode)
        time.sleep(AWAY / 2)
        assert httpx.get(f"{site.server.address}/healthz", timeout=10).status_code == 503
        pids = site.server.pids
        newcomer = httpx.get(site.readers[0].address, headers={"Cookie": site.readers[0].cookie}, timeout=10)
        integration = httpx.get(
            f"{site.server.address}/api/v1/events/", headers={"Authorization": "Bearer lineup_x"}, timeout=10
        )
        time.sleep(AWAY / 2)
        postgres.start()
        harness.until_answers(site.server)
        time.sleep(BEHIND)
        log, account = site.end()
        survivors = site.server.pids

    assert_told_once(log, account)
    for answer in (newcomer, integration):
        # Any other status would stop an EventSource for good.
        assert (answer.status_code, answer.text[:7]) == (200, "retry: "), "asked to come back"
    assert survivors == pids, "no web process died"
    assert account.returns == 0, "no stream ended"
    assert account.delay_of_last(2) < 0.3, "woken again, not found by the look once a second"
