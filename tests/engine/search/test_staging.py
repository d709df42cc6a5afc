"""A class is searched without the later ones first, for as long as anything of it is left out."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from assignments.engine.domain.problem import Prerequisite, PriorityClass
from assignments.engine.search import anytime, modelling, solver, staging
from tests.builders import a_random_problem


def laid_out(seed=3, **more):
    return modelling.lay_out(replace(a_random_problem(seed, jobs=40, shifts=4, km=60), **more))


def stages_of(layout, start, iterations):
    improver, found = anytime.Improver(layout, start, iterations=iterations), []
    while not improver.is_done:
        found.append(improver._stage)
        improver.advance()
    return list(dict.fromkeys(found)), improver


def test_each_class_of_which_something_is_left_out_gets_its_share_of_what_is_left():
    layout = laid_out()
    start = solver.first_routes(layout)
    jobs = layout.scope.seeds
    left = sorted(set(layout.model.order[jobs[start.shift[jobs] < 0]].tolist()))

    stages, _ = stages_of(layout, start, 500)

    assert len(left) > 1
    assert stages[0].its == left[0]
    assert stages[-1].is_last
    assert [one.its for one in stages] == sorted(one.its for one in stages)
    assert all(b.begin - a.end < 1e-9 for a, b in itertools.pairwise(stages))


def test_a_day_of_which_no_class_but_the_last_is_left_out_has_one_stage():
    layout = laid_out()
    one_class = laid_out(jobs=tuple(replace(j, priority=PriorityClass.LOW) for j in layout.problem.jobs))

    stages, _ = stages_of(one_class, solver.first_routes(one_class), 100)

    assert stages == [staging.whole()]


def test_nothing_of_a_later_class_moves_in_a_stage():
    layout = laid_out()
    stage = staging.SearchStage(PriorityClass.HIGH, is_last=False, begin=0.0, end=0.4)

    scope = staging.scope(layout, stage)

    counts, whole = np.diff(scope.pointer), np.diff(layout.scope.pointer)
    is_in = layout.model.order <= PriorityClass.HIGH
    assert counts.tolist() == np.where(is_in, whole, 0).tolist()
    assert is_in[scope.seeds].all()
    for job in scope.seeds.tolist():
        shifts = [its.shift[its.pointer[job] : its.pointer[job + 1]].tolist() for its in (scope, layout.scope)]
        assert shifts[0] == shifts[1]


def test_work_whose_leader_is_taken_off_for_a_stage_waits_again():
    # A hopeless follower hands no urgency on, so its leader may be of a later class.
    plain = a_random_problem(3, jobs=12, shifts=4, km=20)
    first = solver.construct(plain)
    left = {one.job_id for one in first.left_out}
    low = next(job for job in plain.jobs if job.priority is PriorityClass.LOW and job.id not in left)
    jobs = tuple(
        replace(job, prerequisites=(Prerequisite(low.id, low.number),)) if job.priority < PriorityClass.LOW else job
        for job in plain.jobs
    )
    layout = modelling.lay_out(replace(plain, jobs=jobs))
    layout = modelling.without_urgency_of(layout, range(len(jobs)))
    routes = solver.first_routes(layout)
    stage = staging.SearchStage(PriorityClass.NORMAL, is_last=False, begin=0.0, end=0.4)

    start = staging.start(layout, routes, stage, anytime.most_for_its_time(layout))

    row = [job.id for job in jobs].index(low.id)
    followers = [n for n, its in enumerate(layout.following.leaders) if row in its]
    assert routes.shift[row] >= 0
    assert start.shift[row] < 0
    assert followers
    assert all(start.shift[one] < 0 and start.waits[one] == 1 for one in followers)


@pytest.mark.parametrize("iterations", [1, 2, 7])
def test_a_search_of_few_steps_goes_through_its_stages(iterations):
    layout = laid_out()

    stages, improver = stages_of(layout, solver.first_routes(layout), iterations)

    assert improver.share == 1
    assert stages[0].begin == 0


def test_plans_asked_for_meanwhile_do_not_steer_the_search():
    layout = laid_out()
    start = solver.first_routes(layout)
    asked, silent = (anytime.Improver(layout, start, seed=2, iterations=600) for _ in range(2))
    while not asked.is_done:
        asked.advance()
        asked.best()
    while not silent.is_done:
        silent.advance()

    assert (asked._search.best_after == silent._search.best_after).all()
