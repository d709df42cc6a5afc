"""PostgreSQL has few slots, and Lineup takes fewer: whoever finds none waits in line, and is refused in time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests import servers
from tests.faults import harness
from tests.faults.harness import BEHIND, assert_told_once

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

POOL = 2
OF_A_PROCESS = POOL + 2
"""With the one of the log reader, and the one that listens."""
READERS = 8
CROWD = 24


class Watch(threading.Thread):
    """Counts the sessions of the web processes until it is ended."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url, self._ended, self.most = url, threading.Event(), 0

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as session:
            while not self._ended.wait(0.02):
                sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lineup web'"
                self.most = max(self.most, session.execute(sessions).fetchone()[0])  # type: ignore[index]

    def end(self) -> int:
        self._ended.set()
        self.join()
        return self.most


@contextmanager
def table_held(url: str, table: str) -> Iterator[None]:
    """A session that has locked the whole table and then says nothing."""
    with psycopg.connect(url) as silent:
        silent.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        silent.rollback()


def answers(site: harness.Site) -> tuple[Counter[tuple[int, str]], float]:
    """Status and Retry-After of a crowd that asks at once, and the seconds that the slowest waited."""

    def ask(number: int) -> tuple[int, str, float]:
        cookie = site.readers[number % READERS].cookie
        began = time.monotonic()
        answer = httpx.get(f"{site.server.address}/api/v1/orders/", headers={"Cookie": cookie}, timeout=60)
        return answer.status_code, answer.headers.get("Retry-After", ""), time.monotonic() - began

    with ThreadPoolExecutor(CROWD) as crowd:
        told = list(crowd.map(ask, range(CROWD)))
    return Counter((status, after) for status, after, _ in told), max(seconds for *_, seconds in told)


def test_a_crowd_waits_in_line_and_a_held_table_refuses_it_in_time(
    tmp_path: Path, postgres: servers.Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some of the crowd are refused at the table, the others in the line; on a busy machine nobody is when it is free.
    for name, value in {"POOL": POOL, "LOCK_SECONDS": 5, "WAIT_SECONDS": 15}.items():
        monkeypatch.setenv(f"DATABASE_{name}", str(value))
    watch = Watch(postgres.url)
    with harness.site(tmp_path, database=postgres.url, readers=READERS) as site:
        watch.start()
        site.begin()
        free, _ = answers(site)
        with table_held(postgres.url, "django_session"):
            held, slowest = answers(site)
            health = httpx.get(f"{site.server.address}/healthz", timeout=60)
        # Those who stood in line when the table was let go.
        time.sleep(1)
        again, _ = answers(site)
        time.sleep(BEHIND)
        most = watch.end()
        log, account = site.end()

    assert free == again == {(200, ""): CROWD}, "everybody had a turn"
    assert held == {(503, "5"): CROWD}, "nobody waited for ever, and nobody was told 500"
    assert slowest < 40
    assert health.status_code == 200, "the process works"
    assert most <= 2 * OF_A_PROCESS
    assert_told_once(log, account)
    assert account.returns == 0, "no stream ended"
    # One by one they may be late on a busy machine; a log that waits in the line makes all be.
    late = [delay for delay in account.delays if delay > slowest - 1]
    assert len(late) < len(account.delays) / 10, "the log was read all the time"
