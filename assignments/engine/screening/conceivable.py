"""The few starts among which one breaks least: those at which some rule begins or ceases to hold."""

from __future__ import annotations

from dataclasses import replace

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Problem
from assignments.engine.domain.travel import GRAIN, Travel
from assignments.engine.rules import crew_day, register
from assignments.engine.rules.answers import OfJob, OfPeople
from assignments.engine.screening import asking
from assignments.engine.screening.pairs import gaps_of
from assignments.engine.screening.room import Room


def conceivable_starts(problem: Problem, job: Job, shift: CrewShift) -> list[int]:
    """Starts at which some rule begins or ceases to hold: one of them breaks least. Never empty, in order of time."""
    d = job.duration
    at_once = _as_soon_as_possible(problem, job, shift)
    at = {problem.now, at_once, shift.window.start, shift.window.end - d}
    at |= _of_gaps(problem, job, shift) | _of_job(problem, job) | _of_supply(shift, d)
    at |= _of_people(problem, job, shift)
    # A certificate of years ago began on a day on which nobody of today's crew was away.
    first = min(shift.window.start, max(job.earliest, problem.now)) - d
    # A crew whose shift is over, or has not begun, may be held over or called in.
    within = range(first, max(crew_day.latest_return(shift, problem.rules) + d, at_once + 1))
    if asking.rules():
        at |= asking.Asking(problem, job, shift, tentative=False).borders((within.start, within.stop - 1))
    return sorted(t for t in at if t in within and t > -FOREVER) or [shift.window.start]


def _as_soon_as_possible(problem: Problem, job: Job, shift: CrewShift) -> int:
    """The start when the crew sets out now, from its last work or its base, whether it is on duty or not."""
    begun = [c for c in shift.commitments if c.window.start <= problem.now]
    origin, free = (begun[-1].place, begun[-1].window.end) if begun else (shift.base, problem.now)
    leaves = -(-max(free, problem.now) // GRAIN) * GRAIN
    return max(leaves + Travel.of(problem).seconds(origin, job.place), job.earliest)


def _of_gaps(problem: Problem, job: Job, shift: CrewShift) -> set[int]:
    travel, at = Travel.of(problem), set[int]()
    for gap in gaps_of(shift, problem):
        at.add(max(gap.leave + travel.seconds(gap.origin, job.place), gap.earliest))
        at.add(min(gap.due - travel.seconds(job.place, gap.to), gap.latest_end) - job.duration)
    return at | _of_room(problem, job, shift)


def _of_room(problem: Problem, job: Job, shift: CrewShift) -> set[int]:
    others = tuple(c for c in shift.commitments if c.job_id != job.id)
    room = Room(problem, replace(shift, commitments=others))
    gaps = range(len(others) + 1) if room else ()
    return {t for gap in gaps for span in room.of_place(gap, job.duration, job.place) for t in span}


def _of_job(problem: Problem, job: Job) -> set[int]:
    spans = [
        span
        for _, answer in register.answered(OfJob)
        for tentative in (False, True)
        for span in answer.starts(problem, job, tentative)
    ]
    # Customers are told of whole minutes.
    last = {job.appointment.end - GRAIN} if job.appointment else set()
    return last | {t for span in spans for t in span}


def _of_people(problem: Problem, job: Job, shift: CrewShift) -> set[int]:
    answers = [answer for _, answer in register.answered(OfPeople) if answer.applies(shift)]
    return {t for answer in answers for span in answer.starts(problem, job, shift) for t in span}


def _of_supply(shift: CrewShift, duration: int) -> set[int]:
    windows = [w for member in shift.members for w in member.absences]
    windows += [w for item in shift.equipment for w in item.out_of_service]
    # The last start that is over before it, and the first that comes after it.
    at = {t for w in windows for t in (w.start - duration, w.end)}
    return at | {t for m in shift.members for q in m.qualifications for t in (q.issued, q.expires - duration)}
