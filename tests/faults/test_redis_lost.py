"""Redis only hints: it goes away for some seconds, or hangs, and every event arrives, once and in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.faults import harness
from tests.faults.harness import BEFORE, BEHIND, READERS, assert_told_once

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]


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


def test_a_redis_that_was_killed(tmp_path: Path, postgres: servers.Postgres, redis: servers.Redis, away: float) -> None:
    with harness.site(tmp_path, database=postgres.url, redis=redis.url, readers=READERS) as site:
        silence_notify(postgres)
        site.begin()
        time.sleep(BEFORE)
        redis.kill()
        time.sleep(away)
        redis.start()
        time.sleep(BEHIND)
        log, account = site.end()

    assert_told_once(log, account)
    assert account.returns == 0, "no stream ended"
    assert max(account.delays) < 2.5, "the look once a second was enough"
    assert account.delay_of_last(2) < 0.3, "woken again"


@pytest.mark.long
def test_a_redis_that_hangs(tmp_path: Path, postgres: servers.Postgres, redis: servers.Redis, away: float) -> None:
    with harness.site(tmp_path, database=postgres.url, redis=redis.url, readers=READERS) as site:
        silence_notify(postgres)
        site.begin()
        time.sleep(BEFORE)
        redis.process.send_signal(signal.SIGSTOP)
        time.sleep(away)
        redis.process.send_signal(signal.SIGCONT)
        time.sleep(BEHIND)
        log, account = site.end()

    assert_told_once(log, account)
    assert account.returns == 0, "no stream ended"
    # A second for the look, and 0.3 s where the commit's own announcement waited in vain.
    assert max(account.delays) < 2.5
    assert account.delay_of_last(2) < 0.3, "woken again"
