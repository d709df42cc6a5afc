"""A run from end to end: candidates first, then the joint plan, as batches that can be shown as they come.

1. Each job is ranked beside the commitments alone; batches of ranked jobs leave at once, the most urgent jobs first.
2. The joint plan is made.
3. Jobs that the plan serves are given out again, with the plan's way of doing them as their first candidate.
4. Where work needs several crews, their teams are formed anew. The plan is improved; about once a second the jobs that
   a better plan does otherwise are given out again, or, when no better one was found, how far the improvement has come.
5. The result: the plan and its figures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assignments.engine import jointly
from assignments.engine.domain.plans import Figures, Plan
from assignments.engine.domain.problem import Job, Problem
from assignments.engine.jointly import Joint
from assignments.engine.ranking import changes, planned, shortlist, teamwork
from assignments.engine.ranking.candidates import Candidate, RankedJob
from assignments.engine.ranking.changes import MovedJob
from assignments.engine.ranking.planned import PlannedStop
from assignments.engine.ranking.teamwork import PlannedTeam
from assignments.engine.screening.crewing import Crewing
from assignments.engine.search import anytime, solver
from assignments.engine.search.anytime import Clock, Improver
from assignments.engine.search.solver import Progress, ShouldStop
from assignments.engine.teaming import TeamSearch

BATCH, FIRST = 100, 25
"""Jobs in a batch, and in the first one: the most urgent ones are seen before the others are stored."""
EVERY = 1.0
"""Seconds between two better plans that are told."""
LEAST_SHARE = 0.01
"""Of the improvement, that is worth a word without a better plan."""
SECONDS_A_JOB = 0.05
"""A day of few jobs is not improved for longer than this for each."""
TEAMS = 0.4
"""Part of the improvement in which teams are formed anew, where there are any."""
LEAD = 600
"""Seconds in which a manager may look at a suggestion before its crew would have to be on the road."""


class Stage(StrEnum):
    RANKED = "ranked"
    """Candidates beside the commitments, other new jobs left aside."""
    PLANNED = "planned"
    """Jobs again, the plan's candidate first; these replace what was given before. While the plan gets better, jobs
    that it does otherwise than before, and without the plan's candidate jobs that it no longer serves."""
    IMPROVING = "improving"
    """No jobs: how far the improvement has come without a better plan."""
    RESULT = "result"
    """The whole plan; the last batch."""


@dataclass(frozen=True, slots=True)
class ResultBatch:
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
    share: float = 0.0
    """Part of the improvement that is done, from 0 to 1; 1 from the beginning where nothing is to be improved."""
    moved: tuple[MovedJob, ...] = ()
    """Shown work that the plan does otherwise; in the result only."""
    as_shown: Figures | None = None
    """Of the plan that people saw, as far as it is still legal: what the changes are measured against. In the result
    only, and None where no plan was shown."""


def plan(
    problem: Problem,
    *,
    k: int = 5,
    lead: int = LEAD,
    seed: int = 0,
    stop: ShouldStop = solver.never,
    enough: ShouldStop = solver.never,
    progress: Progress | None = None,
    seconds: float = 0.0,
    clock: Clock = time.monotonic,
) -> Iterator[ResultBatch]:
    """Ranked candidates in batches, then the planned jobs, again while the plan is improved, then the result.

    `stop` ends everything before the first plan without one, and then the search; what was given out stays good. A
    caller that wants nothing further just stops iterating. `progress` is called with stage, steps done, steps in all.
    The plan is improved for `seconds` of `clock`, less on small days, or until `enough`: then the best plan found by
    then is given out like any other. Both are asked every quarter of a second.

    No crew sets out before `lead` seconds after the problem's now: otherwise the most urgent suggestions, those that
    leave at once, would have gone by before anybody could approve them.
    From a plan that people see this plan starts, and pays for each change.
    """
    problem = replace(problem, jobs=tuple(sorted(problem.jobs, key=_urgency)), now=problem.now + lead)
    crewing = Crewing(problem)
    known: dict[int, RankedJob] = {}
    for batch in _ranked(problem, k, crewing):
        known |= {ranked.job_id: ranked for ranked in batch.jobs}
        yield batch
        if stop():
            return
    joint = jointly.place(problem, crewing=crewing, seed=seed, stop=stop, progress=progress)
    if joint is None:
        return
    run = _Run(joint, _Telling(joint, known, k), crewing, seed, stop, enough, clock)
    yield from run.batches(0.0 if joint.stands else improving_seconds(len(problem.jobs), seconds))
    yield _result(run.joint, run.made)


@dataclass(slots=True)
class _Run:
    """A run from its first plan on: the day with its teams, and the plan told last."""

    joint: Joint
    telling: _Telling
    crewing: Crewing
    seed: int
    stop: ShouldStop
    enough: ShouldStop
    clock: Clock
    made: Plan = field(init=False)

    def batches(self, limit: float) -> Iterator[ResultBatch]:
        """The first plan's jobs, and again what better plans do otherwise, found in at most `limit` seconds."""
        self.made = self.joint.read(self.joint.routes)
        yield from self.telling.batches(self.made, share=0.0 if limit > 0 else 1.0)
        if limit <= 0 or self._ended():
            return
        began = self.clock()
        yield from self._other_teams(began + TEAMS * limit)
        limit = max(0.0, limit - (self.clock() - began))
        joint = self.joint
        improver = anytime.Improver(joint.layout, joint.routes, seed=self.seed, seconds=limit, clock=self.clock)
        for better in _improved(joint, improver, self._ended, self.clock):
            if better is None:
                yield ResultBatch(Stage.IMPROVING, share=improver.share)
            elif not self.stop():
                yield from self.telling.batches(better, share=improver.share)
                self.made = better

    def _other_teams(self, until: float) -> Iterator[ResultBatch]:
        teams = TeamSearch(self.joint, crewing=self.crewing, seed=self.seed)
        teams.search(lambda: self.clock() >= until or self._ended(), self.stop)
        if teams.joint is not self.joint and not self.stop():
            self.joint = teams.joint
            self.made = self.joint.read(self.joint.routes)
            yield from self.telling.of_other_teams(self.joint, self.made)

    def _ended(self) -> bool:
        return self.stop() or self.enough()


def _result(joint: Joint, made: Plan) -> ResultBatch:
    whole = joint.whole(made)
    return ResultBatch(
        Stage.RESULT,
        done=made.figures.planned,
        total=made.figures.jobs,
        plan=whole,
        share=1.0,
        moved=changes.moved(joint.problem, whole),
        as_shown=joint.as_shown().figures if joint.problem.shown else None,
    )


def _ranked(problem: Problem, k: int, crewing: Crewing) -> Iterator[ResultBatch]:
    jobs: list[RankedJob] = []
    most = min(FIRST, BATCH)
    for done, ranked in enumerate(shortlist.rank(problem, k=k, crewing=crewing), start=1):
        jobs.append(ranked)
        if len(jobs) == most or done == len(problem.jobs):
            yield ResultBatch(Stage.RANKED, tuple(jobs), done, len(problem.jobs))
            jobs, most = [], BATCH


def improving_seconds(jobs: int, seconds: float) -> float:
    """For how long a plan of so many jobs is improved when it may be improved for `seconds`."""
    return min(seconds, SECONDS_A_JOB * jobs)


def _improved(joint: Joint, improver: Improver, ended: ShouldStop, clock: Clock) -> Iterator[Plan | None]:
    """Better plans, at most one in `EVERY` seconds, and so few that most of the time is left to the search.

    None where as much time has gone by without a better one; the last is the best, also when the search was `ended`.
    """
    told, cost, plans, said = clock(), 0.0, improver.plans_read, improver.share
    while not improver.is_done and not ended():
        plans = improver.advance().plans
        if clock() - told <= max(EVERY, 4 * cost):
            continue
        if plans > improver.plans_read:
            began = clock()
            yield from _better(joint, improver)
            told = clock()
            cost, said = told - began, improver.share
        elif improver.share - said >= LEAST_SHARE:
            yield None
            told, said = clock(), improver.share
    if plans > improver.plans_read:
        yield from _better(joint, improver)


def _better(joint: Joint, improver: Improver) -> Iterator[Plan]:
    # The search does not know which of the commitments are teams, so what it found may leave out more urgent work.
    routes = improver.best()
    if joint.keeps_classes(routes):
        yield joint.read(routes)


def _urgency(job: Job) -> tuple[int, int, int, int]:
    return job.priority, -job.customers_out, job.due, job.id


class _Telling:
    """Gives out what a plan does otherwise than the plan before."""

    def __init__(self, joint: Joint, known: Mapping[int, RankedJob], k: int) -> None:
        self._joint, self._known, self._k = joint, known, k
        self._problem = problem = joint.rest
        self._teams: dict[int, PlannedTeam] = {}
        self._row_of = {job.id: row for row, job in enumerate(problem.jobs)}
        self._told: dict[int, PlannedStop] = {}

    def of_other_teams(self, joint: Joint, made: Plan) -> Iterator[ResultBatch]:
        """The same day with other teams: from now on plans of it are told."""
        self._joint, self._problem = joint, joint.rest
        yield from self.batches(made, share=0.0)

    def batches(self, made: Plan, share: float) -> Iterator[ResultBatch]:
        routes = enumerate(made.routes)
        visits = {v.row: v for n, one in routes for v in planned.stops(self._problem, self._row_of, n, one)}
        rows = sorted(row for row in visits.keys() | self._told.keys() if visits.get(row) != self._told.get(row))
        candidates = planned.candidates(self._problem, [visits[row] for row in rows if row in visits], self._known)
        self._told = visits
        again = [
            self._again(self._known[self._problem.jobs[r].id], next(candidates) if r in visits else None) for r in rows
        ]
        again += self._teams_again(made)
        for at in range(0, len(again), BATCH):
            jobs = tuple(again[at : at + BATCH])
            done = min(at + BATCH, len(again))
            yield ResultBatch(Stage.PLANNED, jobs, done, len(again), figures=made.figures, share=share)

    def _again(self, ranked: RankedJob, first: Candidate | None) -> RankedJob:
        if first is None:
            return ranked
        others = [other for other in ranked.candidates if other.team != first.team][: self._k - 1]
        again = [first, *(replace(other, rank=rank) for rank, other in enumerate(others, start=2))]
        return replace(ranked, candidates=tuple(again))

    def _teams_again(self, made: Plan) -> list[RankedJob]:
        # What a better plan puts beside a team changes its drives.
        problem, placed = self._joint.problem, self._joint.placed
        jobs = [job for job in problem.jobs if job.id in placed]
        now = {job.id: teamwork.as_planned(problem, job, placed[job.id], made.routes) for job in jobs}
        changed = [job for job in jobs if now[job.id] != self._teams.get(job.id)]
        gone = [self._known[key] for key in self._teams if key not in now]
        self._teams = now
        return gone + [
            self._again(
                self._known[job.id],
                teamwork.candidate(problem, job, now[job.id].team, rank=1, planned=now[job.id]),
            )
            for job in changed
        ]
