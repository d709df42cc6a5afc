"""Invariants of every choice for an emergency, on days drawn at random."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from assignments.engine.domain.problem import PriorityClass, Window
from assignments.engine.emergencies import arrivals
from assignments.engine.rules import checker
from assignments.engine.screening.conceivable import conceivable_starts
from tests.builders import HOUR, a_commitment, a_job, a_random_problem, with_random_roads
from tests.engine.emergencies.test_emergency import an_emergency
from tests.examples import drawn

quickly = drawn(40)


def a_busy_day(seed):
    """A random day whose commitments are jobs of the problem, some of them movable, and an emergency."""
    draw = random.Random(seed)
    problem = a_random_problem(seed, jobs=3, shifts=4)
    jobs, shifts = [], []
    for shift in problem.shifts:
        taken = [replace(c, movable=draw.random() < 0.7) for c in shift.commitments]
        shifts.append(replace(shift, commitments=tuple(taken)))
        jobs += [
            a_job(
                c.job_id, duration=c.window.end - c.window.start, place=c.place, needs=(),
                priority=draw.choice([PriorityClass.URGENT, PriorityClass.NORMAL, PriorityClass.LOW]),
                due=draw.choice([10**9, 14 * HOUR]),
                appointment=Window(c.window.start, c.window.start + HOUR) if draw.random() < 0.3 else None,
            )
            for c in taken
        ]  # fmt: skip
    job = an_emergency(
        place=problem.jobs[0].place, duration=draw.choice([1, 2, 3]) * HOUR, needs=problem.jobs[1].needs,
        priority=draw.choice([PriorityClass.EMERGENCY, PriorityClass.URGENT]),
        appointment=problem.jobs[2].appointment,
    )  # fmt: skip
    return replace(problem, jobs=(*jobs, job), shifts=tuple(shifts)), job


busy_days = st.builds(a_busy_day, st.integers(0, 10**6))
routed_days = st.builds(
    lambda seed: (with_random_roads(a_busy_day(seed)[0], seed), a_busy_day(seed)[1]), st.integers(0, 10**6)
)


def after(problem, choice):
    """The shifts as the choice leaves them."""
    jobs = {job.id: job for job in problem.jobs}
    known = {shift.id: {c.job_id: c for c in shift.commitments} for shift in problem.shifts}
    changed = {
        lane.shift_id: tuple(
            known[lane.shift_id].get(v.job_id)
            if (c := known[lane.shift_id].get(v.job_id)) and c.window.start == v.start
            else a_commitment(v.job_id, v.start, v.end, place=jobs[v.job_id].place)
            for v in lane.after
        )
        for lane in choice.lanes
    }
    return {s.id: replace(s, commitments=changed.get(s.id, s.commitments)) for s in problem.shifts}


@quickly
@given(st.one_of(busy_days, routed_days))
def test_every_state_that_a_choice_leads_to_is_legal(day):
    problem, job = day
    jobs = {one.id: one for one in problem.jobs}
    for choice in arrivals.choices(problem, job):
        shifts = after(problem, choice)
        assert checker.check(problem, job, shifts[choice.shift_id], choice.start, tentative=choice.tentative) == []
        for move in choice.moves:
            if move.to_shift is not None:
                there = shifts[move.to_shift]
                assert checker.check(problem, jobs[move.job_id], there, move.to_start, tentative=move.tentative) == []


@quickly
@given(st.one_of(busy_days, routed_days))
def test_nothing_else_moves_and_the_pinned_never_do(day):
    problem, job = day
    for choice in arrivals.choices(problem, job):
        touched = {move.job_id for move in choice.moves}
        for shift, left in zip(problem.shifts, after(problem, choice).values(), strict=True):
            kept = [c for c in shift.commitments if c.job_id not in touched]
            assert [c for c in left.commitments if c in kept] == kept
            assert all(c.movable for c in shift.commitments if c.job_id in touched)


@quickly
@given(busy_days)
def test_no_choice_touches_more_than_it_must(day):
    # By trying every set of movable work of every shift at every second at which a rule begins or ceases to hold.
    problem, job = day
    found: dict[int, list[tuple[int, int]]] = {shift.id: [] for shift in problem.shifts}
    for choice in reversed(arrivals.choices(problem, job)):
        found[choice.shift_id].append((len(choice.moves), choice.start))

    for shift in problem.shifts:
        assert found[shift.id] == brute_force(problem, job, shift)


def brute_force(problem, job, shift):
    """For each number of touched jobs the earliest start, if touching fewer does not give it."""
    jobs = {one.id: one for one in problem.jobs}
    free = [
        c
        for c in shift.commitments
        if c.movable and jobs[c.job_id].priority > job.priority and c.window.start > problem.now
    ]
    frontier: list[tuple[int, int]] = []
    for count in range(len(free) + 1):
        starts = [start for gone in combinations(free, count) for start in legal_starts(problem, job, shift, gone)]
        if starts and (not frontier or min(starts) < frontier[-1][1]):
            frontier.append((count, min(starts)))
    return frontier


def legal_starts(problem, job, shift, gone):
    rest = replace(shift, commitments=tuple(c for c in shift.commitments if c not in gone))
    starts = conceivable_starts(problem, job, rest)
    return [start for start in starts if not checker.check(problem, job, rest, start)]


@quickly
@given(busy_days)
def test_nothing_is_given_up_that_has_a_place(day):
    problem, job = day
    jobs = {one.id: one for one in problem.jobs}
    for choice in arrivals.choices(problem, job):
        shifts = after(problem, choice)
        for move in (one for one in choice.moves if one.is_given_up):
            lost = jobs[move.job_id]
            for shift in shifts.values():
                starts = conceivable_starts(problem, lost, shift)
                legal = [start for start in starts if not checker.check(problem, lost, shift, start)]
                later = [start for start in legal if shift.id != move.from_shift or start >= move.start]
                assert later == [], (choice, move, shift.id)


def test_of_several_displaced_jobs_none_is_given_up_that_could_stay():
    # By trying every place of every displaced job, wherever two or more gave way and one was given up.
    tried = 0
    for seed in range(1_200):
        problem, job = a_busy_day(seed)
        for choice in arrivals.choices(problem, job):
            if choice.given_up and len(choice.moves) > 1:
                tried += 1
                kept = len(choice.moves) - choice.given_up
                assert most_kept(problem, choice) == kept, (seed, choice)
    assert tried > 5


def most_kept(problem, choice):
    """The largest number of displaced jobs that have a place at the same time."""
    jobs = {one.id: one for one in problem.jobs}
    gone = {move.job_id for move in choice.moves}
    shifts = after(problem, choice)
    emptied = {key: replace(s, commitments=tuple(c for c in s.commitments if c.job_id not in gone))
               for key, s in shifts.items()}  # fmt: skip
    return _most_kept(problem, [(jobs[move.job_id], move) for move in choice.moves], emptied)


def _most_kept(problem, left, shifts):
    if not left:
        return 0
    (job, move), *others = left
    best = _most_kept(problem, others, shifts)
    for shift in shifts.values():
        for start in conceivable_starts(problem, job, shift):
            allowed = shift.id != move.from_shift or start >= move.start
            if best <= len(others) and allowed and not checker.check(problem, job, shift, start):
                placed = a_commitment(job.id, start, start + job.duration, place=job.place)
                taken = tuple(sorted((*shift.commitments, placed), key=lambda c: c.window.start))
                best = max(
                    best, 1 + _most_kept(problem, others, shifts | {shift.id: replace(shift, commitments=taken)})
                )
    return best
