"""The few starts among which one breaks least: those at which some rule begins or ceases to hold."""

from __future__ import annotations

from assignments.engine.domain.problem import FOREVER, CrewShift, Job, Problem
from assignments.engine.domain.travel import GRAIN, Travel
from assignments.engine.rules import crew_day
from assignments.engine.screening.pairs import gaps_of
from assignments.engine.screening.starts import of_job


def conceivable_starts(problem: Problem, job: Job, shift: CrewShift) -> list[int]:
    """Starts at which some rule begins or ceases to hold: one of them breaks least. Never empty, in order of time."""
    travel = Travel.of(problem)
    d = job.duration
    at = {problem.now, job.earliest, job.materials_at or 0, shift.window.start, shift.window.end - d}
    for gap in gaps_of(shift, problem):
        arrive = max(gap.leave + travel.seconds(gap.origin, job.place), gap.earliest)
        at |= {arrive, min(gap.due - travel.seconds(job.place, gap.to), gap.latest_end) - d}
    at |= {p.done for p in job.prerequisites if p.done is not None}
    windows = [permit.window for permit in job.permits if permit.window]
    windows += [w for member in shift.members for w in member.absences]
    windows += [w for item in shift.equipment for w in item.out_of_service]
    at |= {t for w in windows for t in (w.start, w.start - d, w.end, w.end - d)}
    at |= {t for m in shift.members for q in m.qualifications for t in (q.issued, q.expires - d)}
    if job.appointment:
        at |= {job.appointment.start, job.appointment.end - GRAIN}
    for tentative in (False, True):
        at |= {t for first, last in of_job(problem, job, tentative=tentative)[0] for t in (first, last)}
    # A certificate of years ago began on a day on which nobody of today's crew was away.
    first = min(shift.window.start, max(job.earliest, problem.now)) - d
    within = range(first, crew_day.latest_return(shift, problem.rules) + d)
    return sorted(t for t in at if t in within and t > -FOREVER) or [shift.window.start]
