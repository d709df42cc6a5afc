"""Proves that all who judge an order and a crew say the same, on pairs drawn at random.

    python -m tests.proofs.pairs [--pairs 100000] [--processes N] [--seed N]

Of each pair, screening's starts are put to the checker: their borders, a second beyond, and some drawn at random. So
are the answers to why not, at the best start and at a drawn one, with their fixes. Ranked candidates and the first plan
are put to both. A disagreement ends the run with the lowest seed that shows it; `--seed` looks at that day alone.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from assignments.engine import jointly
from assignments.engine.domain.problem import CrewShift, Job, Problem
from assignments.engine.domain.travel import GRAIN
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker
from assignments.engine.screening.pairs import Screening, screen
from assignments.engine.screening.rows import COMMITTED, blames
from assignments.engine.search import modelling, reading, solver
from tests.builders import HOUR
from tests.proofs import plainly
from tests.proofs.problems import a_rich_problem, with_parts, with_teams

JOBS, SHIFTS = 5, 5
DRAWN = 6
"""Starts drawn for each pair."""
PLAINLY = 20
"""In one of so many pairs, why not is also answered the slow way."""


class Disagreement(AssertionError):
    """Two of those who judge a pair do not say the same; the message says which pair and what."""


def prove_day(seed: int) -> Counter[str]:
    """Counts of the comparison. Raises Disagreement."""
    problem, draw = a_rich_problem(seed, JOBS, SHIFTS), random.Random(f"starts {seed}")
    # Of every other day some jobs are parts of longer work.
    problem = with_parts(problem, seed) if seed % 2 else problem
    # The engine plans in whole minutes from now on; the checker would allow the seconds before.
    problem = replace(problem, now=-(-problem.now // GRAIN) * GRAIN)
    screened, counts = screen(problem), Counter[str]()
    for (row, job), (column, shift) in itertools.product(enumerate(problem.jobs), enumerate(problem.shifts)):
        counts["pairs"] += 1
        if screened.blame[row, column] == blames().index(COMMITTED):
            counts["already given to a crew"] += 1
            continue
        try:
            prove_pair(problem, solved(problem, job), shift, _Said.of(screened, row, column), draw, counts)
        except Disagreement as found:
            raise Disagreement(f"seed {seed}, {job.number}, {shift.crew}: {found}") from None
    try:
        _prove_candidates(problem, screened, counts)
        _prove_plan(problem, screened, counts)
        _prove_teams(with_teams(problem, seed), counts)
    except Disagreement as found:
        raise Disagreement(f"seed {seed}: {found}") from None
    return counts


class _Said:
    """Screening's answer for a pair."""

    def __init__(self, spans: list[tuple[int, int]], *, tentative: bool) -> None:
        self.spans, self.tentative = spans, tentative

    @classmethod
    def of(cls, screened: Screening, row: int, column: int) -> _Said:
        spans = screened.spans(row, column)
        _agree(bool(spans) == bool(screened.feasible[row, column]), "screening's flag is not what its starts are")
        return cls(spans, tentative=bool(screened.tentative[row, column]))

    def allows(self, start: int) -> bool:
        return any(first <= start <= last for first, last in self.spans)


def _agree(holds: bool, what: str) -> None:
    if not holds:
        raise Disagreement(what)


def solved(problem: Problem, job: Job) -> Job:
    """The job without the prerequisites that the plan may place: screening leaves these to the plan."""
    committed = {c.job_id for shift in problem.shifts for c in shift.commitments}
    plannable = {other.id for other in problem.jobs} - committed
    left = tuple(p for p in job.prerequisites if p.done is not None or p.job_id not in plannable)
    return replace(job, prerequisites=left)


def prove_pair(
    problem: Problem, job: Job, shift: CrewShift, said: _Said, draw: random.Random, counts: Counter[str]
) -> None:
    edges = {t for first, last in said.spans for t in (first - 1, first, last, last + 1) if abs(t) < 10**8}
    drawn = [_a_start(draw, shift, job) for _ in range(DRAWN)]
    # A refusal must hold even if every pending permit were issued.
    tentative = said.tentative or not said.spans
    for start in [*edges, *drawn]:
        legal = not checker.check(problem, job, shift, start, tentative=tentative)
        _agree(legal == said.allows(start), f"screening and the checker about the start {start}")
        if said.tentative:
            _agree(checker.check(problem, job, shift, start) != [], f"needs no pending permit at {start}")
        counts["starts"] += 1
    counts["legal" if said.spans and not said.tentative else "tentative" if said.spans else "refused"] += 1
    _prove_why_not(problem, job, shift, said, counts)
    _prove_fix(problem, explain.why_not(problem, job, shift, start=drawn[0]), job, shift, counts)


def _a_start(draw: random.Random, shift: CrewShift, job: Job) -> int:
    step = draw.choice([1, GRAIN])
    return draw.randrange(shift.window.start - HOUR - job.duration, shift.window.end + 2 * HOUR, step)


def _prove_why_not(problem: Problem, job: Job, shift: CrewShift, said: _Said, counts: Counter[str]) -> None:
    refusal = explain.why_not(problem, job, shift)
    may = bool(said.spans) and not said.tentative
    _agree(may == (not refusal.violations), f"why not gives {[v.rule for v in refusal.violations]}")
    if said.tentative:
        allowed = not checker.check(problem, job, shift, refusal.start, tentative=True)
        _agree(allowed, "why not does not talk about the start that only waits for a permit")
    _prove_fix(problem, refusal, job, shift, counts)
    if counts["pairs"] % PLAINLY == 0:
        _agree(refusal == plainly.why_not(problem, job, shift), "why not, the fast and the slow way")
        counts["the slow way"] += 1


def _prove_fix(
    problem: Problem, refusal: explain.WhyNotAnswer, job: Job, shift: CrewShift, counts: Counter[str]
) -> None:
    broken = checker.check(problem, job, shift, refusal.start)
    _agree(list(refusal.violations) == broken, f"why not and the checker about the start {refusal.start}")
    if refusal.fix is not None:
        fix = refusal.fix
        _agree(broken != [], "a fix of what is legal")
        _agree(checker.check(problem, fix.job, fix.shift, fix.start) == [], f"the fix {fix.kind} does not help")
        counts["fixes"] += 1


def _prove_candidates(problem: Problem, screened: Screening, counts: Counter[str]) -> None:
    columns = {shift.id: column for column, shift in enumerate(problem.shifts)}
    for row, ranked in enumerate(shortlist.rank(problem, k=SHIFTS)):
        legal = set() if screened.waiting[row] else {s for s, c in columns.items() if screened.feasible[row, c]}
        _agree({c.shift_id for c in ranked.candidates} == legal, f"ranking and screening about job {ranked.job_id}")
        for one in ranked.candidates:
            said = _Said.of(screened, row, columns[one.shift_id])
            _agree(said.allows(one.start) and said.tentative == one.tentative, f"the candidate {one}")
            counts["candidates"] += 1


def _prove_plan(problem: Problem, screened: Screening, counts: Counter[str]) -> None:
    layout = modelling.lay_out(problem)
    plan = reading.read_plan(layout, solver.first_routes(layout))
    broken = checker.check_plan(problem, plan)
    _agree(broken == [], f"the plan breaks {[violation.rule for violation in broken]}")
    rows = {job.id: row for row, job in enumerate(problem.jobs)}
    for column, route in enumerate(plan.routes):
        for stop in (stop for stop in route.stops if not stop.fixed):
            feasible = bool(screened.feasible[rows[stop.job_id], column])
            _agree(feasible, f"the plan and screening about job {stop.job_id} on shift {route.shift_id}")
            counts["planned"] += 1


def _prove_teams(problem: Problem, counts: Counter[str]) -> None:
    shifts = {shift.id: shift for shift in problem.shifts}
    for job, ranked in zip(problem.jobs, shortlist.rank(problem, k=SHIFTS), strict=True):
        offered = {(job.id, *one.team) for one in ranked.candidates}
        _agree(problem.rejected.isdisjoint(offered), f"a crew for job {job.id} that was rejected")
        for one in ranked.candidates if job.further_crews else ():
            crews = [shifts[shift_id] for shift_id in one.team]
            asked = solved(problem, job)
            broken = checker.check_team(problem, asked, crews, one.start, tentative=one.tentative)
            _agree(broken == [], f"the team {one.team} for job {job.id} breaks {[v.rule for v in broken]}")
            firm = not checker.check_team(problem, asked, crews, one.start)
            _agree(firm != one.tentative, f"whether the team {one.team} for job {job.id} waits for a permit")
            counts["teams"] += 1
    broken = checker.check_plan(problem, jointly.construct(problem))
    _agree(broken == [], f"the plan with teams breaks {[violation.rule for violation in broken]}")


def _attempt(seed: int) -> tuple[int, Counter[str], str]:
    try:
        return seed, prove_day(seed), ""
    except Disagreement as found:
        return seed, Counter(), str(found)


def _told(days: range, processes: int) -> Iterator[tuple[int, Counter[str], str]]:
    if processes == 1:
        yield from map(_attempt, days)
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            yield from pool.imap(_attempt, days, chunksize=20)


def prove(days: range, processes: int) -> int:
    """0 when nothing disagrees; prints how far it is, and what was compared."""
    counts, began, said = Counter[str](), time.monotonic(), time.monotonic()
    # In order of the seeds, so the first disagreement is that of the lowest.
    for done, (seed, found, disagreement) in enumerate(_told(days, processes), start=1):
        if disagreement:
            print(f"Disagreement: {disagreement}\nAgain: python -m tests.proofs.pairs --seed {seed}")
            return 1
        counts += found
        if time.monotonic() - said > 15:
            said = time.monotonic()
            print(f"{counts['pairs']:,} pairs, {done / len(days):.0%}, {said - began:.0f} s", flush=True)
    parts = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    print(f"No disagreement: {parts}; {time.monotonic() - began:.0f} s.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Proves that all who judge an order and a crew say the same.")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, help="one day alone")
    options = parser.parse_args()
    if options.seed is not None:
        return prove(range(options.seed, options.seed + 1), 1)
    return prove(range(-(-options.pairs // (JOBS * SHIFTS))), options.processes)


if __name__ == "__main__":
    sys.exit(main())
