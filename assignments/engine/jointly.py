"""Teams in the joint plan: each is fixed before the search, which then plans the other jobs around it; see `teaming`.

What holds of the result, beside what holds of the search:

- A team is whole: all its crews at one start, on shifts of different crews, each legal by the hard rules.
- Teams go first in their class: beside commitments, teams placed before and the more urgent jobs as planned without
  them, the cheapest team is taken. A job with several crews is left out only if there was none, if it waits for other
  work of the plan, or if its team would have kept a more urgent job out.
- No job is left out for a team of a later class: a job left out would not be legal on any shift beside the commitments,
  teams and jobs of its own and of more urgent classes alone. A team that breaks this is taken away again for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from assignments.engine.domain import sharing
from assignments.engine.domain.plans import Figures, LeftOut, Plan, Route, Stop
from assignments.engine.domain.problem import Commitment, Job, Problem, Window
from assignments.engine.domain.restoring import restoration
from assignments.engine.domain.shown import NEARLY, ShownWork
from assignments.engine.domain.wording import Reason
from assignments.engine.ranking import teams, teamwork
from assignments.engine.ranking.teams import Team
from assignments.engine.rules import scoring
from assignments.engine.rules.access import unplanned_prerequisites
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import screen
from assignments.engine.search import before, following, keeping, modelling, reading, solver
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout
from assignments.engine.search.solver import Progress, ShouldStop

Busy = Mapping[int, Sequence[Commitment]]
"""By shift: work beside its commitments."""


@dataclass(frozen=True, slots=True)
class Joint:
    """A day with its teams placed, and what is left of it for the search."""

    problem: Problem
    placed: Mapping[int, Team]
    """By job."""
    rest: Problem
    """The jobs of one crew; the teams are commitments of their shifts."""
    layout: Layout
    """Of the rest."""
    routes: Routes
    """The first plan of the rest."""

    @property
    def stands(self) -> bool:
        """Whether nothing has changed and the first plan does what was shown as it was shown: no search is needed."""
        shown = {one.job_id: one for one in self.problem.shown}
        return (
            self.problem.unchanged
            and all(_is_as_shown(self.problem, team, shown.get(key)) for key, team in self.placed.items())
            and keeping.is_kept(self.layout, self.routes)
            and shown.keys() <= {job.id for job in self.rest.jobs} | self.placed.keys()
        )

    def as_shown(self) -> Plan:
        """The plan that people see, as far as it is still legal, with the other work where it fits beside it."""
        return self.read(keeping.laid_down(self.layout))

    def read(self, routes: Routes) -> Plan:
        """The plan of the rest, with the figures of the whole."""
        plan = reading.read_plan(self.layout, routes)
        return replace(plan, figures=self._figures(plan)) if len(self.rest.jobs) < len(self.problem.jobs) else plan

    def whole(self, plan: Plan) -> Plan:
        """The plan of the rest with the teams as stops of their own, and the jobs that got none."""
        jobs = {job.id: job for job in self.problem.jobs if job.further_crews}
        shifts = {shift.id: column for column, shift in enumerate(self.problem.shifts)}
        part = {(key, v.column): n for key, team in self.placed.items() for n, v in enumerate(team.visits)}

        def told(stop: Stop, column: int) -> Stop:
            number = part.get((stop.job_id, column))
            if number is None:
                return stop
            return replace(stop, fixed=False, part=number, tentative=self.placed[stop.job_id].tentative)

        routes = [Route(r.shift_id, tuple(told(s, shifts[r.shift_id]) for s in r.stops)) for r in plan.routes]
        has_crew = committed(self.problem)
        left = [_left_out(self.problem, jobs[key]) for key in jobs if key not in self.placed and key not in has_crew]
        return replace(plan, routes=tuple(routes), left_out=(*plan.left_out, *left))

    def keeps_classes(self, routes: Routes) -> bool:
        """Whether this plan of the rest leaves no job out for a team of a later class."""
        return hindering(self.problem, self.placed, self.layout, routes) is None

    def _figures(self, plan: Plan) -> Figures:
        weight = {job.id: scoring.CLASS_WEIGHT[job.priority] for job in self.problem.jobs}
        served = {stop.job_id for route in plan.routes for stop in route.stops if not stop.fixed} | set(self.placed)
        whole = sum(weight.values())
        # The teams' work is among the commitments of the rest.
        ends = {stop.job_id: stop.end for route in plan.routes for stop in route.stops}
        now, horizon = self.problem.now, self.problem.horizon
        return Figures(
            jobs=len(self.problem.jobs),
            planned=len(served),
            served_weight=round(100 * sum(weight[one] for one in served) / whole, 1),
            travel_hours=plan.figures.travel_hours,
            restoration=restoration(self.problem.jobs, ends, now=now, horizon=horizon),
        )


def place(
    problem: Problem,
    *,
    crewing: Crewing | None = None,
    seed: int = 0,
    stop: ShouldStop = solver.never,
    progress: Progress | None = None,
) -> Joint | None:
    """The day with its teams placed and a first plan of the rest; None when `stop` ended it before there was one."""
    crewing = crewing or Crewing(problem)
    return around(problem, _placed(problem, crewing, seed), crewing=crewing, seed=seed, stop=stop, progress=progress)


def around(
    problem: Problem,
    placed: dict[int, Team],
    *,
    crewing: Crewing,
    seed: int = 0,
    stop: ShouldStop = solver.never,
    progress: Progress | None = None,
) -> Joint | None:
    """The day with a first plan of the rest around these teams, but for those that would keep more urgent work out."""
    while True:
        rest = _rest(problem, placed)
        layout = modelling.lay_out(rest, known_beside(crewing, problem, rest))
        if stop():
            return None
        layout, routes = solver.begin(layout, seed=seed, stop=stop, progress=progress)
        gone = hindering(problem, placed, layout, routes)
        if gone is None:
            return Joint(problem, placed, rest, layout, routes)
        placed = without(problem, placed, gone)


def construct(problem: Problem, *, seed: int = 0) -> Plan:
    """As `search.construct`, for jobs of one crew and of several."""
    # Nothing stops it, so there is one.
    joint = cast("Joint", place(problem, seed=seed))
    return joint.whole(joint.read(joint.routes))


def _is_as_shown(problem: Problem, team: Team, shown: ShownWork | None) -> bool:
    shifts = tuple(problem.shifts[visit.column].id for visit in team.visits)
    return shown is not None and shown.team == shifts and abs(shown.start - team.start) <= NEARLY


def known_beside(crewing: Crewing, problem: Problem, busy: Problem) -> Crewing | None:
    """Answers already known of the same shifts that hold with other commitments too."""
    # What an on-call crew may still do depends on its other work.
    pairs = zip(problem.shifts, busy.shifts, strict=True)
    same = all(one.commitments == other.commitments for one, other in pairs if one.on_call)
    return crewing if same else None


def _placed(problem: Problem, crewing: Crewing, seed: int) -> dict[int, Team]:
    placed: dict[int, Team] = {}
    given = committed(problem)
    wanted = [job for job in problem.jobs if job.further_crews and job.id not in given]
    for priority in sorted({job.priority for job in wanted}):
        urgent = _more_urgent(problem, placed, priority, crewing, seed)
        planned = before.of_teams(problem, placed)
        group = [before.knowing(job, planned) for job in wanted if job.priority == priority]
        ready = [job for job in group if not unplanned_prerequisites(problem, job)]
        beside = beside_work(problem, merged(work_of(problem, placed), urgent))
        known = known_beside(crewing, problem, beside)
        for job, found in zip(ready, teams.find(beside, ready, k=1, crewing=known), strict=True):
            taken = _reach(problem, *placed.values())
            best = found.teams
            if best and taken & {visit.column for visit in best[0].visits}:
                now = beside_work(problem, merged(work_of(problem, placed), urgent))
                best = next(teams.find(now, [job], k=1, crewing=known_beside(crewing, problem, now))).teams
            if best:
                placed[job.id] = best[0]
    return placed


def _more_urgent(problem: Problem, placed: Mapping[int, Team], priority: int, crewing: Crewing, seed: int) -> Busy:
    """The jobs of more urgent classes, as they would be planned without those of this class and later ones."""
    rest = _rest(problem, placed)
    known = known_beside(crewing, problem, rest)
    classes = following.of(rest, screen(rest, known)).order
    jobs = tuple(job for job, its in zip(rest.jobs, classes, strict=True) if its < priority)
    if not jobs:
        return {}
    layout = modelling.lay_out(replace(rest, jobs=jobs), known)
    return work_in(rest, reading.read_plan(layout, solver.first_routes(layout, seed=seed)))


def work_in(rest: Problem, plan: Plan, among: Iterable[int] | None = None) -> dict[int, list[Commitment]]:
    jobs = {job.id: job for job in rest.jobs}
    kept = set(jobs if among is None else among)
    return {
        route.shift_id: [_commitment(jobs[s.job_id], s.start) for s in route.stops if not s.fixed and s.job_id in kept]
        for route in plan.routes
    }


def _commitment(job: Job, start: int) -> Commitment:
    return Commitment(job.id, job.number, Window(start, start + job.duration), job.place, job.feeder)


def work_of(problem: Problem, placed: Mapping[int, Team], at_most: int | None = None) -> dict[int, list[Commitment]]:
    """The teams' work by shift; only that of classes up to `at_most`."""
    jobs = {job.id: job for job in problem.jobs}
    found: dict[int, list[Commitment]] = defaultdict(list)
    for job_id, team in placed.items():
        if at_most is None or jobs[job_id].priority <= at_most:
            for visit in team.visits:
                found[problem.shifts[visit.column].id].append(_commitment(jobs[job_id], team.start))
    return found


def merged(*each: Busy) -> Busy:
    found: dict[int, list[Commitment]] = defaultdict(list)
    for busy in each:
        for shift_id, work in busy.items():
            found[shift_id] += work
    return found


def beside_work(problem: Problem, busy: Busy) -> Problem:
    """The problem with this work among its shifts' commitments, and among what their people are booked for."""
    return replace(problem, shifts=sharing.beside(problem.shifts, busy))


def _rest(problem: Problem, placed: Mapping[int, Team]) -> Problem:
    if not any(job.further_crews for job in problem.jobs):
        return problem
    planned = before.of_teams(problem, placed)
    jobs = tuple(before.knowing(job, planned) for job in problem.jobs if not job.further_crews)
    return replace(beside_work(problem, work_of(problem, placed)), jobs=jobs)


def committed(problem: Problem) -> set[int]:
    return {c.job_id for shift in problem.shifts for c in shift.commitments}


def without(problem: Problem, placed: Mapping[int, Team], gone: int) -> dict[int, Team]:
    """The teams without one, and without those that wait for it."""
    left = {key: team for key, team in placed.items() if key != gone}
    for job in problem.jobs:
        if job.id in left and any(p.job_id == gone and p.done is None for p in job.prerequisites):
            left = without(problem, left, job.id)
    return left


def hindering(problem: Problem, placed: Mapping[int, Team], layout: Layout, routes: Routes) -> int | None:
    """A team without which a job of a more urgent class could be done that is left out; the least urgent one."""
    priority = {job.id: job.priority for job in problem.jobs}
    rest, order, waits = layout.problem, layout.model.order, routes.waits
    given = committed(rest)
    left = [n for n, job in enumerate(rest.jobs) if routes.shift[n] < 0 and not waits[n] and job.id not in given]
    plan = reading.read_plan(layout, routes) if placed and left else None
    planned = before.of_plan(problem, rest, plan) if plan else {}
    for its in sorted({int(order[n]) for n in left}):
        later = {key: team for key, team in placed.items() if priority[key] > its}
        if plan is None or not later:
            continue
        columns = _reach(problem, *later.values())
        as_urgent = [job.id for n, job in enumerate(rest.jobs) if order[n] <= its]
        busy = merged(work_of(problem, placed, its), work_in(rest, plan, as_urgent))
        beside = sharing.beside(problem.shifts, busy)
        shifts = tuple(beside[column] for column in sorted(columns))
        jobs = tuple(before.knowing(rest.jobs[n], planned) for n in left if order[n] == its)
        could = screen(replace(problem, jobs=jobs, shifts=shifts)).feasible
        freed = {column for n, column in enumerate(sorted(columns)) if could[:, n].any()}
        guilty = [key for key, team in later.items() if freed & _reach(problem, team)]
        if guilty:
            return max(guilty, key=lambda key: (priority[key], key))
    return None


def _reach(problem: Problem, *placed: Team) -> set[int]:
    """The shifts whose time the teams take: their own, and those that share people with them."""
    columns = {visit.column for team in placed for visit in team.visits}
    taken = {problem.shifts[column].id for column in columns}
    also = {one.shift.id for one in sharing.shared(problem.shifts) if one.other.id in taken}
    return columns | {column for column, shift in enumerate(problem.shifts) if shift.id in also}


def _left_out(problem: Problem, job: Job) -> LeftOut:
    [ranked] = teamwork.rank(problem, [job], k=1)
    if not ranked.candidates:
        return LeftOut(job.id, ranked.summary)
    template = "Teams could do it, but the time of their crews goes to work at least as urgent."
    return LeftOut(job.id, Reason("full", template, {}))
