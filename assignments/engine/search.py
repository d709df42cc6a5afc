"""The joint plan: which crew does what, when, all jobs and shifts together.

`construct` makes a complete plan at once. It tries several orders of insertion and keeps the best; each is cheap, and
which one is best differs from day to day. An improving search starts from the same layout and routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from assignments.engine import kernel, modelling
from assignments.engine.crewing import Crewing
from assignments.engine.kernel import Choice, Routes
from assignments.engine.modelling import Layout
from assignments.engine.plans import Plan
from assignments.engine.problem import (
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

Stop = Callable[[], bool]
Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and the steps in all."""

# By regret, so that what has few crews goes first; the same with short work first, more and less; by least cost, short
# work first. Each was the best on some random days.
_CHOICES = (Choice(1.0, 1.0, 0.0), Choice(1.0, 1.0, 0.02), Choice(0.5, 1.0, 0.01), Choice(0.0, 1.0, 0.02))
_NOISE = 5.0
"""Points by which a seed may change a job's turn."""


def never() -> bool:
    """A stop that does not stop."""
    return False


def construct(
    problem: Problem,
    *,
    seed: int = 0,
    stop: Stop = never,
    progress: Progress | None = None,
    crewing: Crewing | None = None,
) -> Plan:
    """A complete plan: every job on a route or left out with the reason. Commitments stay as they are.

    The first order of insertion is always carried out; `stop` is asked after each. The same problem and seed give the
    same plan. No job is left out that could be served by leaving out jobs of a later class.
    """
    layout = modelling.lay_out(problem, crewing)
    draw = np.random.default_rng(seed)
    tried: list[Routes] = []
    for step, choice in enumerate(_CHOICES, start=1):
        # Seed 0 is the plain order; another seed takes jobs of nearly the same merit in another turn.
        noise = draw.uniform(0.0, _NOISE if seed else 0.0, len(problem.jobs))
        routes = modelling.empty_routes(layout)
        kernel.construct(layout.model, routes, choice, noise)
        tried.append(routes)
        if progress is not None:
            progress("construct", step, len(_CHOICES))
        if stop():
            break
    return modelling.read_plan(layout, max(tried, key=lambda routes: _worth(layout, routes)))


def _worth(layout: Layout, routes: Routes) -> tuple[int, ...]:
    """Jobs served of each class, the most urgent first; then as little driving as can be."""
    classes = np.array([job.priority for job in layout.problem.jobs], dtype=np.int64)
    served = np.bincount(classes[routes.shift[: len(classes)] >= 0], minlength=len(PriorityClass))
    return *served.tolist(), -modelling.seconds_driven(layout, routes)


def warm_up() -> None:
    """Compile the kernel, or load what was compiled before: seconds that belong to a worker's start."""
    place = Place(40.0, -75.0)
    member = Member(1, "", (HeldQualification("LINE", Level.MASTER),))
    done = Commitment(9, "", Window(4_000, 5_000), place)
    shift = CrewShift(1, 1, "", Window(0, 30_000), place, (member,), territories=frozenset({""}), commitments=(done,))
    first = Job(1, "", "", PriorityClass.HIGH, place, 600, "", needs=(QualificationNeed("LINE"),))
    then = replace(first, id=2, prerequisites=(Prerequisite(1, ""),))
    construct(Problem(jobs=(first, then), shifts=(shift,), horizon=30_000), stop=lambda: True)
