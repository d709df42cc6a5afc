"""Joint plans as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field

from assignments.engine.domain.restoring import Restoration
from assignments.engine.domain.wording import Reason


@dataclass(frozen=True, slots=True)
class Stop:
    """A job on a shift; `travel` is the seconds of driving to it from the stop before or the base."""

    job_id: int
    start: int
    end: int
    travel: int
    fixed: bool = False
    """A commitment: it was there before and has not moved."""
    tentative: bool = False
    """Legal only if a pending permit is issued."""
    part: int = 0
    """Which crew of a team it is: 0 the lead crew, and the only one where one is enough."""


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one shift in order of time."""

    shift_id: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A job the plan does not serve, and why in short."""

    job_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures by which plans are compared."""

    jobs: int
    planned: int
    served_weight: float
    """Priority weight of the planned jobs in percent of all jobs'."""
    travel_hours: float
    """Driving of all shifts, commitments and the drive home included."""
    restoration: Restoration = field(default_factory=Restoration)
    """Unknown, and empty, while a plan is searched for: starts are settled when it is laid down."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every job of the problem once: on a route or left out."""

    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...]
    figures: Figures
