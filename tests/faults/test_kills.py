"""Each process of an installation is killed while events go on: readers miss nothing and get nothing twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests import servers
from tests.faults import harness, killing

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.long)])
def test_every_reader_is_told_everything_once(tmp_path: Path, rounds: int) -> None:
    servers.need("postgresql", "redis-server")
    with (
        servers.postgres_server(synchronous_commit="on") as postgres,
        servers.redis_server() as redis,
        harness.site(tmp_path, database=postgres.url, redis=redis.url, readers=20) as site,
        killing.worker_of(site) as worker,
    ):
        site.begin()
        for kill in [*killing.Killing(site, worker, redis, postgres).kills.values()] * rounds:
            time.sleep(2)
            kill()
        time.sleep(4)
        # What it told later would not be in the log that the publisher reads now.
        worker.kill()
        log, account = site.end()

    assert set(log.kept) <= log.events.keys()
    assert not set(log.gone) & log.events.keys()
    assert account.is_clean, account
    assert account.returns > 0, "the killed web process had readers"
