"""Results of ranking as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assignments.engine.domain.wording import Note, Reason
from assignments.engine.rules.scoring import ScorePart


@dataclass(frozen=True, slots=True)
class FurtherCrew:
    """A further crew of a team; it starts and ends with the lead crew."""

    part: int
    """From 1: the place of what it answers among the job's further crews."""
    shift_id: int
    travel: int
    depart: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One legal way to do a job: a shift and a start, and with a team the shifts of the further crews.

    Times are seconds since the horizon's start. What is said of travel and departure is the lead crew's; score, reasons
    and warnings are the whole team's.
    """

    job_id: int
    shift_id: int
    rank: int
    """From 1, the best."""
    start: int
    end: int
    travel: int
    """Seconds of driving to the job, from the work before or the base."""
    depart: int
    """When the crew sets out: start - travel."""
    score: int
    """The sum of the parts' points."""
    parts: tuple[ScorePart, ...]
    reasons: tuple[Reason, ...]
    warnings: tuple[Note, ...]
    tentative: bool
    """Legal only if a pending permit is issued."""
    in_plan: bool = False
    """The joint plan does the job this way."""
    further_crews: tuple[FurtherCrew, ...] = ()
    """In order of part; none where one crew is enough."""

    @property
    def team(self) -> tuple[int, ...]:
        """The ids of all shifts, the lead crew's first."""
        return self.shift_id, *(one.shift_id for one in self.further_crews)


@dataclass(frozen=True, slots=True)
class Rivals:
    """The competition of a candidate: all shifts that may do its job beside their commitments."""

    legal: int
    soonest: int
    """The earliest start of any, in seconds."""
    nearest: int
    """The shortest drive of any, in seconds."""


@dataclass(frozen=True, slots=True)
class RankedJob:
    """A job's best candidates, best first."""

    job_id: int
    candidates: tuple[Candidate, ...]
    rivals: Rivals
    refused: Mapping[str, int]
    """Number of shifts that fail first on each rule, by rule code; most first."""
    summary: Reason
    """One sentence with the number of crews that may do it, or why none may."""

    @property
    def legal(self) -> int:
        """Number of shifts that may do the job at all."""
        return self.rivals.legal
