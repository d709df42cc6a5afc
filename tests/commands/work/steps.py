from __future__ import annotations

import threading
import time
from typing import Any

from django.db import connections

from assignments.tasks import planning

AT_ONCE = 30
"""Seconds for what a busy machine does soon, too; whoever waits for something else waits longer."""


def until(holds: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


class Planner(threading.Thread):
    """A worker's planning in a thread of its own, so that the test can do something meanwhile."""

    def __init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        planning.claim_and_execute(owner="worker")
        connections.close_all()
