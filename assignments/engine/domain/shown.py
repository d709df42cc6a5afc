"""The plan that people see when a new one is made."""

from __future__ import annotations

from dataclasses import dataclass

NEARLY = 15 * 60
"""Seconds by which work may start off the hour that people were shown before that counts as a change."""
FAR = 4 * 3600
"""Seconds off it after which more make no difference: by then it is another plan for that job."""


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A job of the plan that people see: each change of it has a price, see the soft register."""

    job_id: int
    team: tuple[int, ...]
    """Ids of the shifts, the lead crew's first."""
    start: int
    read: bool = False
    """Somebody has opened it; its changes cost more."""
