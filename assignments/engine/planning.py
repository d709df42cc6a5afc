"""What the worker calls: candidates first, then the joint plan, as batches that can be shown as they come.

1. Each job is ranked beside the commitments alone; batches of ranked jobs leave at once, the most urgent jobs first.
2. The joint plan is made.
3. Jobs that the plan serves are given out again, with the plan's way of doing them as their first candidate.
4. The plan is improved; about once a second the jobs that a better plan does otherwise are given out again.
5. The result: the plan and its figures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from assignments.engine import anytime, appraisal, modelling, ranking, search
from assignments.engine.anytime import Clock, Improver
from assignments.engine.candidates import Candidate, RankedJob
from assignments.engine.crewing import Crewing
from assignments.engine.explain import Drive, Explainer
from assignments.engine.modelling import Layout
from assignments.engine.plans import Figures, Plan, Route
from assignments.engine.problem import Job, Place, Problem
from assignments.engine.search import Progress, Stop
from assignments.engine.travel import Travel

BATCH = 100
"""Jobs in a batch."""
EVERY = 1.0
"""Seconds between two better plans that are told."""
SECONDS_A_JOB = 0.05
"""A day of few jobs is not improved for longer than this for each."""
LEAD = 600
"""Seconds in which a manager may look at a suggestion before its crew would have to be on the road."""


class Stage(StrEnum):
    RANKED = "ranked"
    """Candidates beside the commitments, other new jobs left aside."""
    PLANNED = "planned"
    """Jobs again, the plan's candidate first; these replace what was given before. While the plan gets better, jobs
    that it does otherwise than before, and without the plan's candidate jobs that it no longer serves."""
    RESULT = "result"
    """The whole plan; the last batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of a run's outcome."""

    stage: Stage
    jobs: tuple[RankedJob, ...] = ()
    done: int = 0
    """Jobs given out in this stage, this batch included, of `total`."""
    total: int = 0
    plan: Plan | None = None
    """In the result only."""
    figures: Figures | None = None
    """Of the plan that the jobs were given out from."""


def plan(
    problem: Problem,
    *,
    k: int = 5,
    lead: int = LEAD,
    seed: int = 0,
    stop: Stop = search.never,
    progress: Progress | None = None,
    seconds: float = 0.0,
    clock: Clock = time.monotonic,
) -> Iterator[Batch]:
    """Ranked candidates in batches, then the planned jobs, again while the plan is improved, then the result.

    `stop` ends the stage of ranking early, without a plan, and cuts the search short; what was given out stays good. A
    caller that wants nothing further just stops iterating. `progress` is called with stage, steps done, steps in all.
    The plan is improved for `seconds` of `clock`, less on small days; `stop` is asked every quarter of a second.

    No crew sets out before `lead` seconds after the problem's now: otherwise the most urgent suggestions, those that
    leave at once, would have gone by before anybody could approve them.
    """
    jobs = tuple(sorted(problem.jobs, key=_urgency))
    problem = replace(problem, jobs=jobs, now=problem.now + lead)
    crewing = Crewing(problem)
    known: dict[int, RankedJob] = {}
    batch: list[RankedJob] = []
    for ranked in ranking.rank(problem, k=k, crewing=crewing):
        batch.append(ranked)
        known[ranked.job_id] = ranked
        if len(batch) == BATCH or len(known) == len(problem.jobs):
            yield Batch(Stage.RANKED, tuple(batch), len(known), len(problem.jobs))
            batch = []
            if stop():
                return
    layout = modelling.lay_out(problem, crewing)
    routes = search.first_routes(layout, seed=seed, stop=stop, progress=progress)
    telling = _Telling(problem, known, k)
    made = modelling.read_plan(layout, routes)
    yield from telling.batches(made)
    limit = min(seconds, SECONDS_A_JOB * len(jobs))
    if limit > 0:
        improver = anytime.Improver(layout, routes, seed=seed, seconds=limit, clock=clock)
        for made in _improved(layout, improver, stop, clock):
            yield from telling.batches(made)
    yield Batch(Stage.RESULT, done=made.figures.planned, total=made.figures.jobs, plan=made)


def _improved(layout: Layout, improver: Improver, stop: Stop, clock: Clock) -> Iterator[Plan]:
    """Better plans, at most one in `EVERY` seconds, and so few that most of the time is left to the search."""
    told, cost, plans = clock(), 0.0, improver.plans_read
    while not improver.is_done and not stop():
        plans = improver.advance().plans
        if plans > improver.plans_read and clock() - told > max(EVERY, 4 * cost):
            began = clock()
            yield modelling.read_plan(layout, improver.best())
            told = clock()
            cost = told - began
    if plans > improver.plans_read and not stop():
        yield modelling.read_plan(layout, improver.best())


def _urgency(job: Job) -> tuple[int, int, int, int]:
    return job.priority, -job.customers_out, job.due, job.id


@dataclass(frozen=True, slots=True)
class _Visit:
    """A new stop of the plan with what its score depends on; seconds."""

    row: int
    column: int
    start: int
    travel: int
    detour: int
    back: int
    same_feeder: bool
    tentative: bool
    drives: tuple[Drive, Drive]
    """To the job and on from it."""


class _Telling:
    """Gives out what a plan does otherwise than the plan before."""

    def __init__(self, problem: Problem, known: Mapping[int, RankedJob], k: int) -> None:
        self._problem, self._known, self._k = problem, known, k
        self._row_of = {job.id: row for row, job in enumerate(problem.jobs)}
        self._told: dict[int, _Visit] = {}

    def batches(self, made: Plan) -> Iterator[Batch]:
        visits = {
            v.row: v for n, route in enumerate(made.routes) for v in _visits(self._problem, self._row_of, n, route)
        }
        rows = sorted(row for row in visits.keys() | self._told.keys() if visits.get(row) != self._told.get(row))
        candidates = planned_candidates(self._problem, [visits[row] for row in rows if row in visits], self._known)
        self._told = visits
        again = [
            self._again(self._known[self._problem.jobs[r].id], next(candidates) if r in visits else None) for r in rows
        ]
        for at in range(0, len(again), BATCH):
            jobs = tuple(again[at : at + BATCH])
            yield Batch(Stage.PLANNED, jobs, min(at + BATCH, len(again)), len(again), figures=made.figures)

    def _again(self, ranked: RankedJob, first: Candidate | None) -> RankedJob:
        if first is None:
            return ranked
        others = [other for other in ranked.candidates if other.shift_id != first.shift_id][: self._k - 1]
        again = [first, *(replace(other, rank=rank) for rank, other in enumerate(others, start=2))]
        return replace(ranked, candidates=tuple(again))


def planned_candidates(
    problem: Problem, visits: Sequence[_Visit], known: Mapping[int, RankedJob]
) -> Iterator[Candidate]:
    """New stops of a plan as candidates of rank 1, scored and explained the way the plan does them.

    `known` are the jobs as ranked before, by id, so that reasons can compare with the job's other crews.
    """
    rows = np.array([visit.row for visit in visits], dtype=np.int64)
    cols = np.array([visit.column for visit in visits], dtype=np.int64)
    start = np.array([visit.start for visit in visits], dtype=np.int64)
    facts = appraisal.Appraiser(problem).facts(
        rows,
        cols,
        start=start,
        detour=np.array([visit.detour for visit in visits]),
        back=np.array([visit.back for visit in visits], dtype=np.int64),
        tentative=np.array([visit.tentative for visit in visits], dtype=bool),
        same_feeder=np.array([visit.same_feeder for visit in visits]),
    )
    drive = np.array([visit.travel for visit in visits], dtype=np.int64)
    explainer = Explainer(problem)
    drafts = ranking.candidates(problem, facts, rows, cols, start=start, drive=drive)
    for draft, visit in zip(drafts, visits, strict=True):
        candidate = replace(draft, in_plan=True)
        rivals = known[candidate.job_id].rivals if candidate.job_id in known else None
        said, notes = explainer.reasons(candidate, rivals), explainer.warnings(candidate, visit.back, visit.drives)
        yield replace(candidate, reasons=said, warnings=notes)


def _visits(problem: Problem, row_of: Mapping[int, int], column: int, route: Route) -> Iterator[_Visit]:
    shift, travel = problem.shifts[column], Travel.of(problem)
    commitments = {c.job_id: c for c in shift.commitments}
    sites: list[Job | None] = [None if stop.fixed else problem.jobs[row_of[stop.job_id]] for stop in route.stops]
    places: list[Place] = [shift.base]
    feeders: list[str] = []
    for stop, job in zip(route.stops, sites, strict=True):
        site = job or commitments[stop.job_id]
        places.append(site.place)
        feeders.append(site.feeder)
    places.append(shift.base)
    for at, (stop, job) in enumerate(zip(route.stops, sites, strict=True)):
        if job is None:
            continue
        onward = travel.seconds(places[at + 1], places[at + 2])
        detour = stop.travel + onward - travel.seconds(places[at], places[at + 2])
        yield _Visit(
            row=row_of[stop.job_id],
            column=column,
            start=stop.start,
            travel=stop.travel,
            detour=max(0, detour),
            back=stop.end + (onward if at == len(route.stops) - 1 else 0),
            same_feeder=bool(job.feeder) and feeders.count(job.feeder) > 1,
            tentative=stop.tentative,
            drives=((places[at], places[at + 1]), (places[at + 1], places[at + 2])),
        )
