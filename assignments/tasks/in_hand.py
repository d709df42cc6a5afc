"""A source while this process reads it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from assignments import models
from assignments.services.following import fetching

Kind = models.DownstreamSystem.Kind

FIRST = (Kind.WORKFORCE, Kind.WORK, Kind.PERMITS)
"""Order in which systems that are read for the first time are taken, because later ones name what earlier ones have."""
PATIENCE = 2.0
"""Seconds of silence after which none waits for an earlier one any longer."""


@dataclass(slots=True)
class SourceInHand:
    """A source that this process reads now."""

    row: models.FollowedSource
    reading: fetching.SourceReading
    renewed: float
    told: float = 0.0
    records: int = 0
    attempts: int = 0
    detail: str = ""
    refused: list[str] = field(default_factory=list)
    questioned: list[str] = field(default_factory=list)
    unchanged: list[fetching.Key] = field(default_factory=list)
    """Collections in which there was nothing new."""
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    is_first: bool = False
    """Whether a collection of it was never read."""

    @property
    def is_awaited(self) -> bool:
        """Whether it is read for the first time and says something all the time."""
        return self.is_first and time.monotonic() - self.heard < PATIENCE

    @property
    def place(self) -> int:
        """Its place among those that are read for the first time."""
        return FIRST.index(Kind(self.row.system.kind))
