"""How the tests of gathering ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from assignments import models
from assignments.services import gathering
from tests.downstream.conftest import Asked
from tests.factories import NOW
from tests.services.sources import Source

Sources = dict[str, Source]
PATIENCE = 30
"""Seconds that a source may take for an answer, on a busy machine too."""


def gather(run: models.SuggestionRun, seconds: float = 10, **options: Any) -> gathering.Gathered:
    values: dict[str, Any] = {"now_fn": lambda: NOW, "stop": lambda: False, "on_change": lambda: None, **options}
    return gathering.gather(run=run, deadline=seconds, **values)


def waiting_for(event: threading.Event) -> Callable[[Asked], None]:
    """Holds an answer of a source back until the event is set."""

    def wait(_: Asked) -> None:
        assert event.wait(PATIENCE)

    return wait


def setting(event: threading.Event, holds: Callable[[], bool]) -> Callable[[], None]:
    """Sets the event once `holds`: called at each change of the lines."""

    def look() -> None:
        if holds():
            event.set()

    return look


class DeadlinePasses:
    """Moves the clock that gathering measures by far ahead, once `holds`: called at each change of the lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, holds: Callable[[], bool]) -> None:
        self._ahead, self._holds = 0.0, holds
        monkeypatch.setattr(gathering, "time", self)

    def __call__(self) -> None:
        if self._holds():
            self._ahead = 3600

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead


def is_being_read(code: str) -> bool:
    """Whether the thread that reads the source has not come to its end."""
    return any(thread.name == f"gather-{code}" for thread in threading.enumerate())


def line(run: models.SuggestionRun, code: str) -> models.SourceProgress:
    return run.sources.get(system__code=code)
