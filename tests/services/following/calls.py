"""How the tests of following ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from assignments import models
from assignments.tasks.following import SourceFollower
from tests.downstream.conftest import Asked
from tests.factories import NOW
from tests.services.sources import Source

Sources = dict[str, Source]
PATIENCE = 90
"""Seconds that a source may take for an answer, on a busy machine too."""


class Clock:
    """A second later each time that somebody asks."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def follow(now: datetime = NOW, seconds: float = PATIENCE, **options: Any) -> bool:
    """Whether all sources that are due were read, by a worker of their own."""
    values: dict[str, Any] = {"owner": "worker-1", "now_fn": lambda: now, **options}
    return SourceFollower(**values).finish(seconds)


def follow_until(holds: Callable[[], bool], now: datetime = NOW) -> bool:
    """The same, given up as soon as this holds."""
    worker = SourceFollower(owner="worker-1", now_fn=lambda: now)
    worker.look()
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        worker.turn()
        time.sleep(0.02)
    return worker.finish(0)


def again(now: datetime = NOW) -> bool:
    """The same once more, as if the time had come."""
    models.FollowedSource.objects.update(due_at=None)
    return follow(now)


def mark(code: str, resource: str) -> dict[str, Any]:
    return models.ReadingMark.objects.get(system__code=code, resource=resource).mark


def followed(code: str) -> models.FollowedSource:
    return models.FollowedSource.objects.get(system__code=code)


def waiting_for(event: threading.Event) -> Callable[[Asked], None]:
    """Holds an answer of a source back until the event is set."""

    def wait(_: Asked) -> None:
        assert event.wait(PATIENCE)

    return wait
