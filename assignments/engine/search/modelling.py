"""From a problem to the search's arrays, laid out once, and back to a plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import CrewShift, InvalidProblem, Place, PriorityClass, Problem
from assignments.engine.domain.travel import GRAIN, Travel, positions
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.rules import crew_day, scoring, staffing
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import Screening, screen
from assignments.engine.search import following, kernel, leaving_out, links, nearness, prices, rests, twins, ways
from assignments.engine.search.following import Following
from assignments.engine.search.improving import Scope
from assignments.engine.search.kernel import Ids, Ints, Model, Routes
from assignments.engine.search.leaving_out import LeavingOut
from assignments.engine.search.resting import REST
from assignments.engine.search.starts import NEVER
from assignments.engine.search.twins import Twins

# At start-up, and not in the middle of a run: what candidates are ranked by must be planned for.
prices.refuse_unplannable(scoring.SOFT.values())


@dataclass(frozen=True)
class Layout:
    """A problem as arrays."""

    problem: Problem
    screening: Screening
    model: Model
    following: Following
    leaving_out: LeavingOut
    is_symmetric: bool = False
    """Whether every way back is known to take as long as the way there."""

    @cached_property
    def twins(self) -> Twins:
        return twins.of(self.problem, self.screening)

    @cached_property
    def scope(self) -> Scope:
        """Of a search in which a class comes before all later ones; the first plan of a large day and its improvement
        share it."""
        return nearness.scope(self.model, self.leaving_out.gain, symmetric=self.is_symmetric)


# size: one argument for each field of the model
def lay_out(problem: Problem, crewing: Crewing | None = None) -> Layout:
    """Screen the problem and lay its arrays out.

    The search knows one crew for a job: raises InvalidProblem for a job with further crews, which `jointly` places.
    """
    if team := next((job for job in problem.jobs if job.further_crews), None):
        raise InvalidProblem(f"Job {team.number} needs several crews; its team must be placed before the search.")
    screening, appraiser = screen(problem, crewing), Appraiser(problem)
    follow, price = following.of(problem, screening), prices.of(problem.rules, appraiser)
    nodes, (feeder, familiar), places = _fixed_nodes(problem), _feeders(problem), _places(problem)
    axes, its = np.ascontiguousarray(positions(places).vectors.T), Travel.of(problem)
    # Where all drives are too many, they are reckoned when they are asked for; those that were told have to be kept.
    few = len(places) <= ways.SQUARE or problem.roads is not None
    travel = ways.square(its, places) if few else np.zeros((0, 0), dtype=np.int16)
    model = Model(
        jobs=len(problem.jobs),
        commitments=sum(len(shift.commitments) for shift in problem.shifts),
        shifts=len(problem.shifts),
        now=problem.now,
        travel=travel,
        unit=GRAIN,
        axes=axes,
        pace=its.circuity / its.speed,
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
        off_cost=price.off,
        shown=appraiser.shown_start,
        due=appraiser.due,
        firm=_firm(problem),
        shift_end=appraiser.shift_end,
        weights=np.array([price.detour, price.overtime, price.same_feeder]),
        feeder=feeder,
        familiar=familiar,
        order=follow.order,
        follow_pointer=follow.pointer,
        follower=follow.follower,
        links=links.between(problem.shifts, problem.rules, ways.longest(travel, axes, its.circuity / its.speed)),
        rests=rests.of(problem),
        mates=following.mates(problem, follow.leaders),
    )
    costs = leaving_out.of(problem, appraiser, follow.order)
    return Layout(problem, screening, model, follow, costs, its.is_symmetric)


def without_urgency_of(layout: Layout, rows: Collection[int]) -> Layout:
    """The day with nothing handed on by these jobs to what they wait for."""
    order = following.handed_on(layout.problem, layout.following.leaders, rows)
    follow, model = layout.following._replace(order=order), layout.model._replace(order=order)
    costs = leaving_out.of(layout.problem, Appraiser(layout.problem), order)
    return replace(layout, model=model, following=follow, leaving_out=costs)


def _firm(problem: Problem) -> NDArray[np.bool_]:
    strict = problem.rules.strict_emergencies
    return np.array([strict and job.priority is PriorityClass.EMERGENCY for job in problem.jobs], dtype=bool)


def _places(problem: Problem) -> list[Place]:
    places = [job.place for job in problem.jobs]
    places += [c.place for shift in problem.shifts for c in shift.commitments]
    return places + [shift.base for shift in problem.shifts]


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


def empty_routes(layout: Layout) -> Routes:
    """The commitments and nothing else."""
    m = layout.model
    nodes = len(m.fixed)
    after, before = np.full(nodes, -1, dtype=np.int64), np.full(nodes, -1, dtype=np.int64)
    on = np.full(nodes, -1, dtype=np.int64)
    breaks = int(np.diff(m.rests[: m.shifts + 1]).max(initial=0)) // REST
    by_breaks = np.zeros((nodes if breaks else 0, breaks + 2), dtype=np.int64)
    node = m.jobs
    for column, shift in enumerate(layout.problem.shifts):
        departure = m.jobs + m.commitments + column
        stops = [departure, *range(node, node + len(shift.commitments)), departure + m.shifts]
        node += len(shift.commitments)
        on[stops] = column
        after[stops[:-1]], before[stops[1:]] = stops[1:], stops[:-1]
    routes = Routes(
        after=after,
        before=before,
        shift=on,
        early=m.fixed.copy(),
        late=m.fixed.copy(),
        cap=np.full(m.jobs, NEVER, dtype=np.int64),
        ready=np.full(m.jobs, -NEVER, dtype=np.int64),
        waits=np.array([len(one) for one in layout.following.leaders], dtype=np.int64),
        budget=np.array([_budget(layout.problem, shift) for shift in layout.problem.shifts], dtype=np.int64),
        early_by=by_breaks,
        late_by=by_breaks.copy(),
    )
    kernel.refresh_resting(m, routes)
    return routes


def _budget(problem: Problem, shift: CrewShift) -> int:
    # On call, duty is the work itself; the member who worked longest before sets the limit for the whole crew.
    if not shift.on_call:
        return NEVER
    committed = sum(c.window.end - c.window.start for c in shift.commitments)
    prior = [staffing.worked_before(member, shift) for member in shift.members]
    return problem.rules.max_work_in_24h - committed - max(prior, default=0)
