"""The joint plan: which crew does what, when, all jobs and shifts together.

`construct` makes a complete plan at once. It tries several orders of insertion and keeps the best; each is cheap, and
which one is best differs from day to day. `improve` goes on from there for as long as it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from assignments.engine.domain.plans import Plan
from assignments.engine.domain.problem import (
    Commitment,
    CrewShift,
    HeldQualification,
    Job,
    Level,
    Member,
    Place,
    Prerequisite,
    PriorityClass,
    Problem,
    QualificationNeed,
    Window,
)
from assignments.engine.screening.crewing import Crewing
from assignments.engine.search import (
    anytime,
    comparing,
    constructing,
    following,
    keeping,
    modelling,
    nearness,
    reading,
    twins,
)
from assignments.engine.search.anytime import SearchState
from assignments.engine.search.constructing import InsertionOrder
from assignments.engine.search.kernel import Routes
from assignments.engine.search.modelling import Layout

ShouldStop = Callable[[], bool]
Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and the steps in all."""

Report = Callable[[SearchState], None]
"""Told how far the improving search has come."""

_LARGE = 500
"""Jobs up to which every order of insertion is tried: the cost grows with the square, and improving makes up for it."""

# By regret, so that what has few crews goes first; the same with short work first, more and less; by least cost, short
# work first. Each was the best on some random days.
_CHOICES = (
    InsertionOrder(1.0, 1.0, 0.0),
    InsertionOrder(1.0, 1.0, 0.02),
    InsertionOrder(0.5, 1.0, 0.01),
    InsertionOrder(0.0, 1.0, 0.02),
)
_NOISE = 5.0
"""Points by which a seed may change a job's turn."""


def never() -> bool:
    """A stop that does not stop."""
    return False


def construct(
    problem: Problem,
    *,
    seed: int = 0,
    stop: ShouldStop = never,
    progress: Progress | None = None,
    crewing: Crewing | None = None,
) -> Plan:
    """A complete plan: every job on a route or left out with the reason. Commitments stay as they are.

    The first order of insertion is always carried out; `stop` is asked after each. The same problem and seed give the
    same plan. No job is left out that could be served by leaving out jobs of a later class.
    """
    layout, routes = begin(modelling.lay_out(problem, crewing), seed=seed, stop=stop, progress=progress)
    return reading.read_plan(layout, routes)


def begin(
    layout: Layout, *, seed: int = 0, stop: ShouldStop = never, progress: Progress | None = None
) -> tuple[Layout, Routes]:
    """A first plan in which nothing goes before more urgent work for the sake of work that is left out all the same.

    With its layout: there, such work hands no urgency on.
    """
    in_vain: set[int] = set()
    while True:
        routes = first_routes(layout, seed=seed, stop=stop, progress=progress)
        planned = (routes.shift[: layout.model.jobs] >= 0).tolist()
        more = following.in_vain(layout.following, layout.problem, planned) - in_vain
        if not more or stop():
            return layout, routes
        in_vain |= more
        layout = modelling.without_urgency_of(layout, in_vain)


def first_routes(
    layout: Layout, *, seed: int = 0, stop: ShouldStop = never, progress: Progress | None = None
) -> Routes:
    """As `construct`, from a layout to routes."""
    draw = np.random.default_rng(seed)
    tried: list[Routes] = []
    if layout.problem.shown:
        tried.append(keeping.laid_down(layout))
        is_large = layout.model.jobs > _LARGE
        if is_large or (layout.problem.unchanged and keeping.is_kept(layout, tried[0])):
            return tried[0]
    jobs = layout.model.jobs
    choices = _CHOICES if jobs <= _LARGE else (None,)
    for step, choice in enumerate(choices, start=1):
        # Seed 0 is the plain order; another seed takes jobs of nearly the same merit in another turn.
        noise = draw.uniform(0.0, _NOISE if seed else 0.0, jobs)
        if choice is None:
            tried.append(anytime.first_plan(layout, noise * 60))
        else:
            tried.append(modelling.empty_routes(layout))
            # What is worse to leave out goes in sooner.
            constructing.construct(layout.model, tried[-1], choice, layout.leaving_out.points + noise)
        tried[-1] = twins.settled(tried[-1], layout.twins)
        if progress is not None:
            progress("construct", step, len(choices))
        if stop():
            break
    return tried[0] if len(tried) == 1 else max(tried, key=lambda routes: comparing.of(layout, routes))


def improve(
    problem: Problem,
    *,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    stop: ShouldStop = never,
    report: Report | None = None,
    crewing: Crewing | None = None,
) -> Plan:
    """A plan constructed and then improved for `seconds` or for `iterations`, whichever is given.

    After each piece of at most about 0.25 s `report` is told how far the search has come and `stop` is asked; what was
    found by then is the result. The same problem, seed and number of iterations give the same plan on every machine.
    What holds of `construct` holds of the result, and it is no worse by the objective. Raises ValueError when not
    exactly one limit is given.
    """
    layout, routes = begin(modelling.lay_out(problem, crewing), seed=seed, stop=stop)
    improver = anytime.Improver(layout, routes, seed=seed, seconds=seconds, iterations=iterations)
    while not improver.is_done and not stop():
        standing = improver.advance()
        if report is not None:
            report(standing)
    return reading.read_plan(layout, improver.best())


def warm_up() -> None:
    """Compile the kernel, or load what was compiled before: seconds that belong to a worker's start."""
    place = Place(40.0, -75.0)
    member = Member(1, "", (HeldQualification("LINE", Level.MASTER),))
    done = Commitment(9, "", Window(4_000, 5_000), place)
    shift = CrewShift(1, 1, "", Window(0, 30_000), place, (member,), territories=frozenset({""}), commitments=(done,))
    first = Job(1, "", "", PriorityClass.HIGH, place, 600, "", needs=(QualificationNeed("LINE"),))
    then = replace(first, id=2, prerequisites=(Prerequisite(1, ""),))
    # Two of which one is left out, with a reason that is proved.
    long = [replace(first, id=number, duration=20_000) for number in (3, 4)]
    problem = Problem(jobs=(first, then, *long), shifts=(shift,), horizon=30_000)
    improve(problem, iterations=2)
    # As a better plan is laid down, which so few iterations may not find.
    layout = modelling.lay_out(problem)
    anytime.first_plan(layout)
    # As for a day whose drives are too many to be kept.
    nearness.scope(layout.model._replace(travel=layout.model.travel[:0, :0].copy()), layout.leaving_out.points)
