"""The jobs of a screening, prepared for all shifts: their own allowed starts, their needs and the facts of pairs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Place, Problem
from assignments.engine.domain.travel import Seconds, Travel, positions
from assignments.engine.rules import register
from assignments.engine.rules.answers import OfPair
from assignments.engine.rules.spans import Span
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.starts import of_job

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]

COMMITTED = "committed"
"""Named instead of a rule where the job already has its crew."""

REJECTED = "rejected"
"""Named instead of a rule where a manager does not want the pair."""


def blames() -> tuple[str, ...]:
    """Names of the numbers in `blame`: nothing, the code of a rule, COMMITTED or REJECTED."""
    return "", *register.HARD, COMMITTED, REJECTED


def padded(spans: Sequence[Sequence[Span]]) -> tuple[Times, Times]:
    width = max([1, *(len(row) for row in spans)])
    first = np.full((len(spans), width), FOREVER, dtype=np.int64)
    last = np.full((len(spans), width), -FOREVER, dtype=np.int64)
    for at, row in enumerate(spans):
        for k, (a, b) in enumerate(row):
            first[at, k], last[at, k] = a, b
    return first, last


class Rows:
    """The jobs' own allowed starts and groups, the same for every shift."""

    def __init__(self, problem: Problem, crewing: Crewing) -> None:
        jobs = problem.jobs
        self.jobs = jobs
        self.places = positions([job.place for job in jobs])
        self._drives: dict[Place, tuple[Seconds, Seconds]] = {}
        self.duration = np.array([job.duration for job in jobs], dtype=np.int64)
        live = [of_job(problem, job, tentative=False) for job in jobs]
        pending = [
            of_job(problem, job, tentative=True) if job.required_permits else answer
            for job, answer in zip(jobs, live, strict=True)
        ]
        both = padded([spans for spans, _ in (*live, *pending)])
        self.live = both[0][: len(jobs)], both[1][: len(jobs)]
        self.pending = both[0][len(jobs) :], both[1][len(jobs) :]
        self.differs = np.array([a[0] != b[0] for a, b in zip(live, pending, strict=True)], dtype=bool)
        committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
        blamed = [COMMITTED if j.id in committed else code for j, (_, code) in zip(jobs, pending, strict=True)]
        self.number = {code: number for number, code in enumerate(blames())}
        self.blame = np.array([self.number[code] for code in blamed], dtype=np.uint8)
        self.facts = [_Fact.of(rule.code, answer, jobs) for rule, answer in register.answered(OfPair)]
        pairs = [pair for pair in problem.rejected if len(pair) == 2]
        number_of = {job.id: number for number, job in enumerate(jobs)} if pairs else {}
        self.rejected = [(shift, number_of[job]) for job, shift in pairs if job in number_of]
        signatures = [crewing.signature(job) for job in jobs]
        self.alike = _grouped([(signature, 0) for signature in signatures])
        self.alike_and_as_long = _grouped([(s, job.duration) for s, job in zip(signatures, jobs, strict=True)])

    def drives(self, base: Place, travel: Travel) -> tuple[Seconds, Seconds]:
        """From a base to each job and back, shape (jobs, 1); many shifts have one base."""
        if base not in self._drives:
            there = positions([base])
            inward = travel.between(there, self.places).T
            self._drives[base] = inward, inward if travel.is_symmetric else travel.between(self.places, there)
        return self._drives[base]

    def blamed(self, shift: CrewShift) -> NDArray[np.uint8]:
        """The rule that forbids each job on the shift whatever its crew: the job's own rules, then those of pairs."""
        blame = np.zeros(len(self.jobs), dtype=np.uint8)
        for fact in self.facts:
            blame[~fact.holds(shift)] = self.number[fact.code]
        for row in (row for rejected, row in self.rejected if rejected == shift.id):
            blame[row] = blame[row] or self.number[REJECTED]
        return np.where(self.blame != 0, self.blame, blame)


@dataclass(frozen=True, slots=True)
class _Fact:
    """A rule that one fact of the job and the shift decide: the jobs by their facts."""

    code: str
    answer: OfPair
    group: NDArray[np.int64]
    different: list[Hashable]

    @classmethod
    def of(cls, code: str, answer: OfPair, jobs: Sequence[Job]) -> _Fact:
        return cls(code, answer, *_grouped([answer.fact(job) for job in jobs]))

    def holds(self, shift: CrewShift) -> Flags:
        """By job: whether the rule is kept."""
        kept = np.array([self.answer.holds(fact, shift) for fact in self.different], dtype=bool)
        return np.asarray(kept[self.group], dtype=bool)


Key = TypeVar("Key", bound=Hashable)


def _grouped(keys: Sequence[Key]) -> tuple[NDArray[np.int64], list[Key]]:
    # The group of each row, and the key of each group.
    numbers: dict[Key, int] = {}
    group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    return group, list(numbers)
