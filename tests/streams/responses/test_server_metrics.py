"""The numbers of a server are those of all its processes, whichever answers, and of none that has ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from typing import Any

import httpx
import pytest
from django.test import Client

from tests.streams.conftest import Server, start_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]

STREAMS = 6


def numbers(server: Server) -> dict[str, float]:
    text = httpx.get(f"{server.address}/metrics", timeout=60).text
    return {name: float(value) for name, value in re.findall(r"^(lineup_\S+) (\S+)$", text, re.MULTILINE)}


def wait_for(server: Server, name: str, value: float) -> None:
    while numbers(server).get(name, 0.0) != value:
        time.sleep(0.1)


def test_are_added_up_over_processes(as_mara: Client, mara: Any, tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_ADDRESSES", "127.0.0.1")
    server = start_server(workers=2)
    try:
        with contextlib.ExitStack() as opened:
            streams = [opened.enter_context(server.stream(as_mara)) for _ in range(STREAMS)]
            for stream in streams:
                stream.next()
            # Whichever process is asked.
            assert {numbers(server)["lineup_streams_open"] for _ in range(8)} == {STREAMS}
            tell(mara, 1)
            while not numbers(server)["lineup_stream_lag_seconds_count"]:
                time.sleep(0.1)
            for pid in server.pids:
                os.kill(pid, signal.SIGKILL)
        wait_for(server, "lineup_streams_open", 0)
        # What was counted stays counted.
        assert numbers(server)["lineup_stream_lag_seconds_count"] >= 1
    finally:
        server.stop()
