"""A long run reaches the browser whole, whatever stands between."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect, sync_playwright

from assignments import models
from tests import servers
from tests.streams.conftest import Server, start_server
from tests.streams.gateways import cutter, nginx
from tests.streams.long_runs import Board, LongRun

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
    pytest.mark.serial,
    pytest.mark.once,
    pytest.mark.browser,
]
LONGEST_RETRY = 5_000
"""Milliseconds: a page that were to come back would have done so."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, which Django takes for an asynchronous view of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=servers.find_chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def patient_server(transactional_db: None) -> Iterator[Server]:
    """With the heartbeat, the lifetime and the retry times that it has by itself."""
    running = start_server(workers=2, site="tests.streams.patient_site")
    yield running
    running.stop()


@dataclass(frozen=True)
class Length:
    """Seconds of a run, and of the connections through the gateway that cuts them."""

    gathering: float
    silence: float
    scoring: float
    until_cut: float
    cuts: int
    """At least so many while it goes on."""

    orders: int
    """So many that there is time to render each row."""


SHORT = Length(gathering=15, silence=5, scoring=15, until_cut=30, cuts=1, orders=24)
# The silence is longer than the time between two heartbeats, and the cuts come as those of cloud gateways do.
FULL = Length(gathering=36, silence=17, scoring=22, until_cut=30, cuts=2, orders=40)


@pytest.mark.parametrize(
    "length",
    [pytest.param(SHORT, id="35 seconds"), pytest.param(FULL, id="75 seconds", marks=pytest.mark.long)],
)
def test_a_run_reaches_the_board_whole(
    chromium: Browser,
    patient_server: Server,
    as_mara: Client,
    district: models.District,
    mara: Any,
    tmp_path: Path,
    length: Length,
) -> None:
    run = LongRun(district, mara, orders=length.orders)
    homes = [tmp_path / name for name in ("nginx", "cutter")]
    for home in homes:
        home.mkdir()

    with (
        nginx(homes[0], patient_server.port) as buffering,
        cutter(homes[1], patient_server.port, after=length.until_cut) as cutting,
    ):
        boards = [Board(chromium, gateway, as_mara, run) for gateway in (buffering, cutting)]
        run.take(gathering=length.gathering, silence=length.silence, scoring=length.scoring)
        for board in boards:
            expect(board.page.locator("[data-run-panel]")).to_contain_text("Ready", timeout=60_000)
            board.waits_until("stopped")
        boards[0].page.wait_for_timeout(LONGEST_RETRY)
        for board in boards:
            board.close()

    for board in boards:
        assert_whole(board, run)
        assert_nothing_asked_again(board, run)
    # A proxy that buffers holds events back until four or eight kilobytes are full: some for half a minute.
    assert boards[0].typical < 0.5
    assert boards[0].latest < 3
    assert [board.cuts >= length.cuts for board in boards] == [False, True]


def assert_whole(board: Board, run: LongRun) -> None:
    """Each event of the log once, in its order, the result among them, and then the end."""
    *told, last = [key for key, _ in board.told]
    assert told == list(run.committed)
    assert len(told) == len(run.events)
    assert last == ("done", None)
    assert board.states == [*["reconnecting", "live"] * board.cuts, "stopped"]
    assert len(board.openings) == board.cuts


def assert_nothing_asked_again(board: Board, run: LongRun) -> None:
    """Besides the reconnects: what the board shows of the run is pushed."""
    asked = Counter(request.removeprefix("GET ").partition("?")[0] for request in board.gateway.requests)
    cuts = [cut.removeprefix("GET ").partition("?")[0] for cut in board.gateway.cuts]
    streams = {path: asked.pop(path) for path in (run.path, "/events/")}
    page = run.board.partition("?")[0]
    files = {path for path in asked if path.startswith("/static/")}

    assert streams == {path: 1 + cuts.count(path) for path in streams}
    assert asked.pop(page) == 1
    # Where there was no time to render a row, it is asked for.
    rows = {path for path in asked if path.endswith("/row/")}
    assert asked.keys() - rows == files
    assert set(asked.values()) == {1}, asked.most_common(4)
