"""From job-shift pairs to the facts that the soft register scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assignments.engine.domain.problem import CrewShift, Job, Problem, RuleData
from assignments.engine.rules import crew_day, staffing
from assignments.engine.rules.case import Case
from assignments.engine.rules.scoring import (
    CLASS_WEIGHT,
    DAY,
    READ,
    RUSHED,
    SHOWN,
    STAKE,
    Facts,
    Numbers,
    ScorePart,
    haste,
    off,
    overdue,
    parts,
    promised,
)

Rows = NDArray[np.int64]


class Appraiser:
    """Facts of one problem's jobs (rows) and shifts (columns), in the problem's order."""

    def __init__(self, problem: Problem) -> None:
        jobs = problem.jobs
        self.now = problem.now
        self.class_weight = np.array([CLASS_WEIGHT[job.priority] for job in jobs], dtype=np.float64)
        self.haste = np.array([haste(job.priority, job.customers_out) for job in jobs], dtype=np.float64)
        self.stake = np.array([STAKE[job.priority] for job in jobs], dtype=np.float64)
        self.overdue = np.array([overdue(job.due, problem.now) for job in jobs], dtype=np.float64)
        self.rushed = np.array([job.priority in RUSHED for job in jobs], dtype=np.float64)
        self.duration = np.array([job.duration for job in jobs], dtype=np.int64)
        self.due = np.array([promised(job, problem.now) for job in jobs], dtype=np.int64)
        """As far as a plan can keep it."""
        self.shift_end = np.array([shift.window.end for shift in problem.shifts], dtype=np.int64)
        self._spare, self._same_feeder = _Spare(problem), _SameFeeder(problem)
        self._shown = _Shown(problem)
        self.regard, self.shown_start = self._shown.regard, self._shown.start

    def facts(
        self,
        jobs: Rows,
        shifts: Rows,
        *,
        start: Rows,
        detour: ArrayLike,
        overtime: ArrayLike,
        tentative: NDArray[np.bool_],
        same_feeder: ArrayLike | None = None,
    ) -> Facts:
        """Facts of candidates; all arguments broadcast to one shape.

        `detour` is the driving that the shift gains, `overtime` as `overtime` reckons it; seconds. `same_feeder` says
        more than the shift's commitments do, when a plan is looked at.
        """
        known = self._same_feeder.of(jobs, shifts) if same_feeder is None else same_feeder
        another_crew, another_day, away = self._shown.changes(jobs, shifts, start)
        return Facts(
            class_weight=self.class_weight[jobs],
            haste=self.haste[jobs],
            stake=self.stake[jobs],
            overdue=self.overdue[jobs],
            rushed=self.rushed[jobs],
            wait=np.maximum(0.0, start - self.now),
            late=np.maximum(0.0, start + self.duration[jobs] - self.due[jobs]),
            detour=np.asarray(detour, dtype=np.float64),
            overtime=np.asarray(overtime, dtype=np.float64),
            same_feeder=np.asarray(known, dtype=np.float64),
            spare=self._spare.of(jobs, shifts),
            pending=tentative.astype(np.float64),
            regard=self.regard[jobs],
            another_crew=another_crew,
            another_day=another_day,
            off=away,
        )

    def kinds(self, apart: ArrayLike) -> tuple[Rows, Rows]:
        """One shift of each kind, and by shift its kind: all facts are the same that do not depend on the start.

        Shifts that are `apart` are kinds of their own.
        """
        every = np.arange(len(self.shift_end), dtype=np.int64)
        if self.regard.any():
            return every, every
        facts = np.vstack([self._spare.crew, self._same_feeder.on, np.where(apart, every + 1, 0)])
        _, first, kind = np.unique(facts, axis=1, return_index=True, return_inverse=True)
        # In the order of the shifts, so that a day without two alike stays as it is.
        order = np.argsort(first)
        return first[order].astype(np.int64), np.argsort(order)[kind.ravel()].astype(np.int64)

    def overtime(self, shifts: Rows, back: ArrayLike, is_last: ArrayLike) -> Numbers:
        """Seconds between the end of the shift and the crew's return; work before other work does not add to it."""
        return np.where(is_last, np.maximum(0.0, np.asarray(back) - self.shift_end[shifts]), 0.0)


class _Shown:
    """The plan that people see, by job; a job that it does not serve has no regard."""

    def __init__(self, problem: Problem) -> None:
        shown = {one.job_id: one for one in problem.shown}
        columns = {shift.id: column for column, shift in enumerate(problem.shifts)}
        self._crew_of = np.array([shift.crew_id for shift in problem.shifts], dtype=np.int64)
        self._day_of = np.array([shift.window.start // DAY for shift in problem.shifts], dtype=np.int64)
        self.regard, self.start, self._crew, self._day = (
            np.zeros(len(problem.jobs)),
            *np.zeros((3, len(problem.jobs)), dtype=np.int64),
        )
        for row, job in enumerate(problem.jobs if shown else ()):
            if one := shown.get(job.id):
                column = columns.get(one.team[0]) if one.team else None
                self.regard[row], self.start[row] = READ if one.read else SHOWN, one.start
                # A shift that is not there any more was another one than all that are.
                self._crew[row] = -1 if column is None else self._crew_of[column]
                self._day[row] = one.start // DAY if column is None else self._day_of[column]

    def changes(self, jobs: Rows, shifts: Rows, start: Rows) -> tuple[Numbers, Numbers, Numbers]:
        """Whether it is another crew, whether another day, and the seconds off the shown hour."""
        if not self.regard.any():
            return np.zeros(1), np.zeros(1), np.zeros(1)
        crew, day = self._crew_of[shifts] != self._crew[jobs], self._day_of[shifts] != self._day[jobs]
        return crew.astype(np.float64), day.astype(np.float64), off(start, self.start[jobs])


def score_of(case: Case) -> tuple[ScorePart, ...]:
    """Score of the case beside the shift's commitments as ranking computes it, whether it is legal or not."""
    column = next(at for at, shift in enumerate(case.problem.shifts) if shift.id == case.shift.id)
    (origin, _), (_, to) = case.drives
    appraiser = Appraiser(replace(case.problem, jobs=(case.job,)))
    facts = appraiser.facts(
        np.array([0]),
        np.array([column]),
        start=np.array([case.start]),
        detour=np.array([case.drive_in + case.drive_out - case.travel.seconds(origin, to)]),
        overtime=appraiser.overtime(np.array([column]), np.array([crew_day.back(case)]), case.after is None),
        tentative=np.array([case.tentative]),
    )
    return parts(case.rules, facts, 1)[0]


def needed_codes(job: Job, rules: RuleData) -> set[str]:
    """Qualifications that the job asks for, the two-person rule's included."""
    codes = {need.code for need in job.needs}
    return codes | ({rules.two_person_qualification} if staffing.is_two_person(job, rules) else set())


def held_codes(shift: CrewShift) -> set[str]:
    """Qualifications of the crew's members."""
    return {q.code for member in shift.members for q in member.qualifications}


class _Spare:
    """Skills of the crew that the job does not need, each by how few crews have it; kept by kinds of jobs and crews."""

    def __init__(self, problem: Problem) -> None:
        held = [held_codes(shift) for shift in problem.shifts]
        needed = [needed_codes(job, problem.rules) for job in problem.jobs]
        codes = sorted({code for one in held for code in one})
        has, wants = _holding(held, codes), _holding(needed, codes)
        # A skill that every crew has costs nothing to leave idle, one that a single crew has costs nearly 1. Rounded,
        # so that sums do not depend on the order in which a linear algebra library adds.
        rarity = 1 - has.mean(axis=0) if held else np.zeros(len(codes))
        crews, crew = np.unique(has, axis=0, return_inverse=True)
        kinds, kind = np.unique(wants, axis=0, return_inverse=True)
        self.crew, self._kind = crew.ravel(), kind.ravel()
        self._points = np.round((1 - kinds) @ (crews * rarity).T, 3)

    def of(self, jobs: Rows, shifts: Rows) -> Numbers:
        return np.asarray(self._points[self._kind[jobs], self.crew[shifts]])


def _holding(each: Sequence[set[str]], codes: Sequence[str]) -> Numbers:
    return np.array([[code in one for code in codes] for one in each], dtype=np.float64).reshape(len(each), len(codes))


class _SameFeeder:
    """Whether a commitment of the shift is on the job's feeder."""

    def __init__(self, problem: Problem) -> None:
        committed = [{c.feeder for c in shift.commitments if c.feeder} for shift in problem.shifts]
        number = {feeder: at for at, feeder in enumerate(sorted({one for of_one in committed for one in of_one}))}
        # The last row is of feeders without any.
        self._feeder = np.array([number.get(job.feeder, len(number)) for job in problem.jobs], dtype=np.int64)
        self.on = np.zeros((len(number) + 1, len(problem.shifts)))
        for column, of_one in enumerate(committed):
            self.on[[number[feeder] for feeder in of_one], column] = 1

    def of(self, jobs: Rows, shifts: Rows) -> Numbers:
        return np.asarray(self.on[self._feeder[jobs], shifts])
