"""A new place for the work that a fix would take off a shift: without one the fix helps nobody."""

from __future__ import annotations

from assignments.engine.domain import sharing
from assignments.engine.domain.problem import Commitment, Job, Problem, Window
from assignments.engine.domain.wording import Fix
from assignments.engine.emergencies.slots import Slot, Slots
from assignments.engine.rules import checker


class Relocating:
    """Answers for one problem, which has the jobs that are asked about."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._slots = Slots(problem)
        self._jobs = {job.id: job for job in problem.jobs}
        self._shifts = {shift.id: shift for shift in problem.shifts}

    def place(self, asked: Job, fix: Fix) -> Slot | None:
        """The cheapest place of the one job that the fix moves, once the crew has `asked`; proved by the checker.

        None without one, and for work that is pinned or on its way or that several crews do.
        """
        [moved] = fix.moved
        job, was = self._jobs.get(moved), self._shifts[fix.shift.id]
        held = next((c for c in was.commitments if c.job_id == moved), None)
        if job is None or held is None or not held.movable or job.further_crews:
            return None
        new = Commitment(asked.id, asked.number, Window(fix.start, fix.start + asked.duration), asked.place)
        fixed = [fix.shift if shift.id == was.id else shift for shift in self._problem.shifts]
        after = {shift.id: shift for shift in sharing.beside(fixed, {was.id: [new]})}
        start = held.window.start
        tentative = not any(a <= start <= b for a, b in self._slots.own(job, tentative=False))
        here = self._slots.on(job, after[was.id], wanted=start, tentative=tentative)
        there = self._slots.elsewhere(job, wanted=start, without={was.id}, tentative=tentative)
        for slot in sorted((slot for slot in (here, there) if slot), key=lambda slot: slot.cost):
            if not checker.check(self._problem, job, after[slot.shift_id], slot.start, tentative=tentative):
                return slot
        return None
