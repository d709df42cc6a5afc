"""Faults of a simulated system; can be changed while it runs."""

from __future__ import annotations

import math
import threading
import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assignments.demo.world.shapes import stream

Share = Annotated[float, Field(ge=0, le=1)]
LONGEST_RETRY_AFTER = 2
"""Seconds that a 503 asks for at most, so that a demonstration goes on soon after the system is back."""


class Setting(BaseModel):
    """The body of `POST /faults`: what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    latency: Annotated[float, Field(ge=0, le=600)] | None = None
    """Seconds before each answer."""
    fail_rate: Share | None = None
    """Share of requests that get 503 and have no effect."""
    lose_answers: Share | None = None
    """Share of bookings that take effect and are never answered: the connection just ends."""
    down_for: Annotated[float, Field(ge=0)] | None = None
    """Seconds from now in which every request gets 503; 0 ends it."""


class Faults:
    """Thread-safe; `stop` wakes up everybody who waits."""

    def __init__(self, setting: Setting, *, seed: int, stop: threading.Event) -> None:
        self._lock = threading.Lock()
        self._random = stream(seed, "faults")
        self._stop = stop
        self._latency = self._fail_rate = self._lose_answers = 0.0
        self._down_until = 0.0
        self.change(setting)

    def change(self, setting: Setting) -> None:
        with self._lock:
            if setting.latency is not None:
                self._latency = setting.latency
            if setting.fail_rate is not None:
                self._fail_rate = setting.fail_rate
            if setting.lose_answers is not None:
                self._lose_answers = setting.lose_answers
            if setting.down_for is not None:
                self._down_until = time.monotonic() + setting.down_for

    def now(self) -> dict[str, float]:
        with self._lock:
            return {
                "latency": self._latency,
                "fail_rate": self._fail_rate,
                "lose_answers": self._lose_answers,
                "down_for": max(0.0, round(self._down_until - time.monotonic(), 3)),
            }

    def wait(self) -> None:
        """Lets the latency pass, for this request only."""
        self._stop.wait(self._latency)

    def is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def fails(self) -> bool:
        return self._happens(self._fail_rate)

    def loses_answer(self) -> bool:
        return self._happens(self._lose_answers)

    def retry_after(self) -> int:
        """Whole seconds."""
        left = math.ceil(self._down_until - time.monotonic())
        return min(max(1, left), LONGEST_RETRY_AFTER)

    def _happens(self, share: float) -> bool:
        with self._lock:
            return share > 0 and self._random.random() < share
