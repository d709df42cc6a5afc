"""From a problem to the search's arrays, laid out once, and back to a plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.plans import Figures, LeftOut, Plan, Route, Stop
from assignments.engine.domain.problem import CrewShift, InvalidProblem, Job, PriorityClass, Problem
from assignments.engine.domain.travel import GRAIN, Travel
from assignments.engine.domain.wording import Reason
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.ranking.explain import summary
from assignments.engine.rules import crew_day, register, scoring, staffing
from assignments.engine.rules.access import unplanned_prerequisites
from assignments.engine.rules.scoring import CLASS_WEIGHT
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import Screening, screen
from assignments.engine.screening.rows import blames
from assignments.engine.search import leaving_out, nearness, prices, twins, ways
from assignments.engine.search.improving import Scope
from assignments.engine.search.kernel import NEVER, Ids, Ints, Model, Routes, drive
from assignments.engine.search.leaving_out import LeavingOut
from assignments.engine.search.twins import Twins

# At start-up, and not in the middle of a run: what candidates are ranked by must be planned for.
prices.refuse_unplannable(scoring.SOFT.values())


@dataclass(frozen=True)
class Layout:
    """A problem as arrays."""

    problem: Problem
    screening: Screening
    model: Model
    waits: Ids
    """By job: how many jobs of the problem it waits for."""
    leaving_out: LeavingOut
    is_symmetric: bool = False
    """Whether every way back is known to take as long as the way there."""

    @cached_property
    def twins(self) -> Twins:
        return twins.of(self.problem)

    @cached_property
    def scope(self) -> Scope:
        """Of a search in which a class comes before all later ones; the first plan of a large day and its improvement
        share it."""
        return nearness.scope(self.model, self.leaving_out.gain, symmetric=self.is_symmetric)


def lay_out(problem: Problem, crewing: Crewing | None = None) -> Layout:
    """Screen the problem and lay its arrays out.

    The search knows one crew for a job: raises InvalidProblem for a job with further crews, which `jointly` places.
    """
    if team := next((job for job in problem.jobs if job.further_crews), None):
        raise InvalidProblem(f"Job {team.number} needs several crews; its team must be placed before the search.")
    screening = screen(problem, crewing)
    appraiser = Appraiser(problem)
    waiting_for = [sorted(unplanned_prerequisites(problem, j)) if j.prerequisites else [] for j in problem.jobs]
    pointer, follower, order = _follow(problem, waiting_for)
    nodes = _fixed_nodes(problem)
    price, (feeder, familiar) = prices.of(problem.rules, appraiser), _feeders(problem)
    model = Model(
        jobs=len(problem.jobs),
        commitments=sum(len(shift.commitments) for shift in problem.shifts),
        shifts=len(problem.shifts),
        now=problem.now,
        travel=_travel(problem),
        unit=GRAIN,
        duration=np.concatenate([appraiser.duration, nodes[0]]),
        load=appraiser.duration,
        leave=nodes[1],
        busy=nodes[2],
        fixed=nodes[3],
        pointer=screening.pointer,
        first=screening.first,
        last=screening.last,
        pair_cost=prices.of_pairs(problem, appraiser, screening),
        wait_cost=price.wait,
        late_cost=price.late,
        due=appraiser.due,
        firm=_firm(problem),
        shift_end=appraiser.shift_end,
        weights=np.array([price.detour, price.overtime, price.same_feeder]),
        feeder=feeder,
        familiar=familiar,
        order=order,
        follow_pointer=pointer,
        follower=follower,
    )
    waits = np.array([len(one) for one in waiting_for], dtype=np.int64)
    costs = leaving_out.of(problem, appraiser, order)
    return Layout(problem, screening, model, waits, costs, Travel.of(problem).is_symmetric)


def _firm(problem: Problem) -> NDArray[np.bool_]:
    strict = problem.rules.strict_emergencies
    return np.array([strict and job.priority is PriorityClass.EMERGENCY for job in problem.jobs], dtype=bool)


def _travel(problem: Problem) -> ways.Minutes:
    places = [job.place for job in problem.jobs]
    places += [c.place for shift in problem.shifts for c in shift.commitments]
    places += [shift.base for shift in problem.shifts]
    return ways.square(Travel.of(problem), places)


def _fixed_nodes(problem: Problem) -> tuple[Ints, Ints, Ints, Ints]:
    # Duration, leave, busy and fixed of commitments, departures and returns; all but duration are indexed by node.
    now = -(-problem.now // GRAIN) * GRAIN
    rows: list[tuple[int, int, int, int]] = []
    for shift in problem.shifts:
        busy = shift.window.start
        for c in shift.commitments:
            busy = max(busy, c.window.end)
            rows.append((c.window.end - c.window.start, max(now, c.window.end), busy, c.window.start))
    for shift in problem.shifts:
        begin = shift.window.start
        rows.append((0, max(now, begin), begin, begin))
    for shift in problem.shifts:
        home = crew_day.latest_return(shift, problem.rules)
        rows.append((0, home, home, home))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    unused = np.zeros(len(problem.jobs), dtype=np.int64)
    leave, busy_until, fixed = (np.concatenate([unused, table[:, k]]) for k in (1, 2, 3))
    return table[:, 0].copy(), leave, busy_until, fixed


def _feeders(problem: Problem) -> tuple[Ids, NDArray[np.bool_]]:
    number = {feeder: at for at, feeder in enumerate(sorted({job.feeder for job in problem.jobs if job.feeder}))}
    familiar = np.zeros((len(problem.shifts), len(number)), dtype=bool)
    for column, shift in enumerate(problem.shifts):
        familiar[column, [number[c.feeder] for c in shift.commitments if c.feeder in number]] = True
    return np.array([number.get(job.feeder, -1) for job in problem.jobs], dtype=np.int64), familiar


def _follow(problem: Problem, waiting_for: list[list[int]]) -> tuple[Ints, Ids, Ids]:
    row_of = {job.id: row for row, job in enumerate(problem.jobs)}
    followers: list[list[int]] = [[] for _ in problem.jobs]
    for row, ids in enumerate(waiting_for):
        for job_id in ids:
            followers[row_of[job_id]].append(row)
    order = [int(job.priority) for job in problem.jobs]
    # Urgency is handed on to what must be done first, and from there on.
    pending = sorted(range(len(order)), key=lambda row: -order[row])
    while pending:
        row = pending.pop()
        for job_id in waiting_for[row]:
            if order[row_of[job_id]] > order[row]:
                order[row_of[job_id]] = order[row]
                pending.append(row_of[job_id])
    pointer = np.concatenate([[0], np.cumsum([len(one) for one in followers])]).astype(np.int64)
    follower = np.array([row for one in followers for row in one], dtype=np.int64)
    return pointer, follower, np.array(order, dtype=np.int64)


def classes(problem: Problem) -> Ids:
    """By job: its class, or that of the most urgent work which waits for it."""
    return _follow(problem, [sorted(unplanned_prerequisites(problem, job)) for job in problem.jobs])[2]


def empty_routes(layout: Layout) -> Routes:
    """The commitments and nothing else."""
    m = layout.model
    nodes = len(m.fixed)
    after, before = np.full(nodes, -1, dtype=np.int64), np.full(nodes, -1, dtype=np.int64)
    on = np.full(nodes, -1, dtype=np.int64)
    node = m.jobs
    for column, shift in enumerate(layout.problem.shifts):
        departure = m.jobs + m.commitments + column
        stops = [departure, *range(node, node + len(shift.commitments)), departure + m.shifts]
        node += len(shift.commitments)
        on[stops] = column
        after[stops[:-1]], before[stops[1:]] = stops[1:], stops[:-1]
    return Routes(
        after=after,
        before=before,
        shift=on,
        early=m.fixed.copy(),
        late=m.fixed.copy(),
        cap=np.full(m.jobs, NEVER, dtype=np.int64),
        ready=np.full(m.jobs, -NEVER, dtype=np.int64),
        waits=layout.waits.copy(),
        budget=np.array([_budget(layout.problem, shift) for shift in layout.problem.shifts], dtype=np.int64),
    )


def _budget(problem: Problem, shift: CrewShift) -> int:
    # On call, duty is the work itself; the member who worked longest before sets the limit for the whole crew.
    if not shift.on_call:
        return NEVER
    committed = sum(c.window.end - c.window.start for c in shift.commitments)
    prior = [staffing.worked_before(member, shift) for member in shift.members]
    return problem.rules.max_work_in_24h - committed - max(prior, default=0)


def read_plan(layout: Layout, routes: Routes) -> Plan:
    """The routes as values, with every job that is on none."""
    problem, m = layout.problem, layout.model
    committed = [c for shift in problem.shifts for c in shift.commitments]
    found = []
    for column, shift in enumerate(problem.shifts):
        node = int(routes.after[m.jobs + m.commitments + column])
        stops = []
        while node < m.jobs + m.commitments:
            way = drive(m, int(routes.before[node]), node)
            start = int(routes.early[node])
            is_fixed = node >= m.jobs
            stops.append(
                Stop(
                    job_id=committed[node - m.jobs].job_id if is_fixed else problem.jobs[node].id,
                    start=start,
                    end=start + int(m.duration[node]),
                    travel=way,
                    fixed=is_fixed,
                    tentative=not is_fixed and bool(layout.screening.tentative[node, column]),
                )
            )
            node = int(routes.after[node])
        found.append(Route(shift.id, tuple(stops)))
    left = tuple(_left_out(layout, routes, row, job) for row, job in _left(layout, routes))
    return Plan(tuple(found), left, figures(layout, routes))


def seconds_driven(layout: Layout, routes: Routes) -> int:
    """Driving of all shifts, from the base and back to it."""
    m = layout.model
    bases = m.jobs + m.commitments
    place = np.arange(len(routes.after), dtype=np.int64)
    place[bases + m.shifts :] -= m.shifts
    # What was taken off its route still points to where it was.
    on_the_way = (routes.after >= 0) & (routes.shift >= 0)
    ways = m.travel[place[on_the_way], place[routes.after[on_the_way]]]
    return int(ways.sum(dtype=np.int64)) * m.unit


def _left(layout: Layout, routes: Routes) -> list[tuple[int, Job]]:
    has_crew = {c.job_id for shift in layout.problem.shifts for c in shift.commitments}
    rows = enumerate(layout.problem.jobs)
    return [(row, job) for row, job in rows if routes.shift[row] < 0 and job.id not in has_crew]


def _left_out(layout: Layout, routes: Routes, row: int, job: Job) -> LeftOut:
    blame = layout.screening.blame[row]
    legal = int((blame == 0).sum())
    if legal and routes.waits[row] > 0:
        open_numbers = ", ".join(p.number for p in job.prerequisites if p.done is None)
        return LeftOut(
            job.id, Reason(register.waiting(), "Waits for {numbers}, left out too.", {"numbers": open_numbers})
        )
    if legal:
        template = "{legal} crews may do it, but their time goes to work at least as urgent."
        return LeftOut(job.id, Reason("full", template, {"legal": legal}))
    codes, counts = np.unique(blame, return_counts=True)
    names = blames()
    refused = {names[code]: int(n) for code, n in zip(codes.tolist(), counts.tolist(), strict=True)}
    return LeftOut(job.id, summary(0, refused))


def figures(layout: Layout, routes: Routes) -> Figures:
    """Figures of the plan on the routes, from their order and their shifts alone."""
    weights = np.array([CLASS_WEIGHT[job.priority] for job in layout.problem.jobs], dtype=np.int64)
    planned = routes.shift[: len(weights)] >= 0
    whole = int(weights.sum())
    return Figures(
        jobs=len(weights),
        planned=int(planned.sum()),
        served_weight=round(100 * int(weights[planned].sum()) / whole, 1) if whole else 100.0,
        travel_hours=round(seconds_driven(layout, routes) / 3600, 1),
    )
