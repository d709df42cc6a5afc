"""PostgreSQL goes away for some seconds under open streams; every event that committed arrives, once and in order."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.faults import harness
from tests.faults.harness import BEFORE, BEHIND, READERS, assert_told_once

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(300)]


@pytest.mark.parametrize("mode", [pytest.param("fast", marks=pytest.mark.long), "immediate"])
def test_a_postgresql_that_was_restarted(tmp_path: Path, postgres: servers.Postgres, mode: str, away: float) -> None:
    with harness.site(tmp_path, database=postgres.url, readers=READERS) as site:
        site.begin()
        time.sleep(BEFORE)
        postgres.stop(mode)
        time.sleep(away / 2)
        assert httpx.get(f"{site.server.address}/healthz", timeout=60).status_code == 503
        pids = site.server.pids
        newcomer = httpx.get(site.readers[0].address, headers={"Cookie": site.readers[0].cookie}, timeout=60)
        integration = httpx.get(
            f"{site.server.address}/api/v1/events/", headers={"Authorization": "Bearer lineup_x"}, timeout=60
        )
        time.sleep(away / 2)
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
