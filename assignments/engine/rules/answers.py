"""Answers of screening to hard rules: the fast equal of each check, declared with the rule.

A rule that depends on nothing but its check needs no answer of its own: `Asked` is obeyed everywhere, only slower.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.rules.spans import Span


@dataclass(frozen=True, slots=True)
class OfJob:
    """The job alone decides, on whatever shift."""

    starts: Callable[[Problem, Job, bool], Sequence[Span]]
    """The starts that the rule allows; EVER where it does not care. The flag counts pending permits as live."""
    by_plan: bool = False
    """The joint plan satisfies it by doing other jobs first; until then no start is promised."""


@dataclass(frozen=True, slots=True)
class OfPair:
    """One fact of the job and the shift decide, whenever the work starts; asked once for each different fact."""

    fact: Callable[[Job], Hashable]
    holds: Callable[[Hashable, CrewShift], bool]


@dataclass(frozen=True, slots=True)
class OfNeeds:
    """The check itself, asked for one requirement of the job at a time (crew size, a qualification, two qualified
    people, a piece of equipment), between the seconds at which people and equipment come and go.
    """


@dataclass(frozen=True, slots=True)
class OfPeople:
    """Where the people of the shift are at other times decides, as an interval of starts for each job and shift."""

    applies: Callable[[CrewShift], bool]
    """Whether the rule can refuse anything on the shift."""
    starts: Callable[[Problem, Job, CrewShift], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class OfGaps:
    """The bounds of the gaps between a shift's commitments, drives included."""

    beside_work: bool
    """Named where a shift with commitments leaves no start; the other one where the shift has none."""


@dataclass(frozen=True, slots=True)
class OfRoom:
    """Room that must stay in the gaps between a shift's commitments, beside the work and its drives."""


@dataclass(frozen=True, slots=True)
class OfTeam:
    """The shifts of a team decide together; a job of one crew cannot break the rule."""

    holds: Callable[[Sequence[CrewShift]], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """The check itself, minute by minute. It may look at the job, the shift and the start, but not at the shift's
    other work, which changes while a plan is made.
    """


Answer = OfJob | OfPair | OfNeeds | OfPeople | OfGaps | OfRoom | OfTeam | Asked
