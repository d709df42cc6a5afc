"""Neighbours of jobs and shifts: the arrays that the improving search needs beside the model, made once."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache

import numpy as np

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.around import nearest
from assignments.engine.search.compiling import compiled, inner
from assignments.engine.search.eligible import eligible_shifts
from assignments.engine.search.improving import Scope, Search
from assignments.engine.search.kernel import Ids, Ints, Model, Spans, Ways

NEAR = 100
"""Jobs in a neighbour list."""
# Both halves of a matrix are compared in squares of so many places, which stay near the processor.
_TILE = 64
_LARGEST = np.iinfo(np.int64).max
_LOGARITHMS = 4096


def scope(model: Model, gain: Numbers, *, symmetric: bool = False) -> Scope:
    """The scope of a search in which the absence of job j costs `gain[j]` points.

    `symmetric` spares looking whether every way back takes as long as the way there.
    """
    nodes, bases = len(model.fixed), model.jobs + model.commitments
    place = np.arange(nodes, dtype=np.int64)
    place[bases + model.shifts :] -= model.shifts
    pointer, shift, remote = eligible_shifts(model)
    leader_pointer, leader = _leaders(model)
    toward = model.travel if symmetric else _transposed(model.travel)
    width = np.empty(model.jobs)
    fill_width(model.pointer, model.first, model.last, width)
    return Scope(
        place=place,
        toward=toward,
        near=_near(model, toward) if len(toward) or not model.jobs else nearest(model, NEAR),
        gain=gain.astype(np.float64),
        pointer=pointer,
        shift=shift,
        leader_pointer=leader_pointer,
        leader=leader,
        seeds=np.flatnonzero(np.diff(pointer) > 0).astype(np.int64),
        width=width,
        remote=remote,
        exponential=exponential(),
    )


@compiled
def is_symmetric(travel: Ways) -> bool:
    """Whether every way back takes as long as the way there."""
    count = len(travel)
    for top in range(0, count, _TILE):
        for left in range(0, top + 1, _TILE):
            # Without a way out of the innermost loop, which would take longer than the rest of a square.
            different = 0
            for a in range(top, min(top + _TILE, count)):
                for b in range(left, min(left + _TILE, a)):
                    different += travel[a, b] != travel[b, a]
            if different:
                return False
    return True


def _transposed(travel: Ways) -> Ways:
    # The estimate by distance is symmetric; then one matrix serves both ways.
    return travel if is_symmetric(travel) else travel.T.copy()


def _near(model: Model, toward: Ways) -> Ids:
    near = np.empty((model.jobs, min(NEAR, max(0, model.jobs - 1))), dtype=np.int64)
    fill_near(model.travel, toward, near, np.empty(near.shape[1], dtype=np.int64))
    return near


@compiled
def fill_near(travel: Ways, toward: Ways, near: Ids, keys: Ints) -> None:
    """Each job's nearest others, the nearest first; `keys` is room for a row of them.

    There and back, so that a matrix by road is judged fairly; the numbers of jobs break ties.
    """
    jobs, count = near.shape
    for job in range(jobs if count else 0):
        there, back = travel[job, :jobs], toward[job, :jobs]
        bound = _bound(there, back, count)
        keys[:] = _LARGEST
        for other in range(jobs):
            both = np.int32(there[other]) + np.int32(back[other])
            if both <= bound and other != job:
                _keep(keys, both * jobs + other)
        for at in range(count):
            near[job, at] = keys[at] % jobs


@inner
def _bound(there: Ways, back: Ways, count: int) -> int:
    # The least way there and back within which `count` others lie, by halving: counting is the quickest pass there is.
    short, long = -1, 32
    # Itself, which is no way at all, is counted too.
    while _within(there, back, long) <= count:
        short, long = long, 2 * long
    while long - short > 1:
        middle = (short + long) // 2
        if _within(there, back, middle) > count:
            long = middle
        else:
            short = middle
    return long


@inner
def _within(there: Ways, back: Ways, bound: int) -> int:
    found = np.int32(0)
    for other in range(len(there)):
        found += np.int32(np.int32(there[other]) + np.int32(back[other]) <= np.int32(bound))
    return int(found)


@inner
def _keep(keys: Ints, key: int) -> None:
    at = len(keys) - 1
    if key >= keys[at]:
        return
    while at > 0 and keys[at - 1] > key:
        keys[at] = keys[at - 1]
        at -= 1
    keys[at] = key


def _leaders(model: Model) -> tuple[Ints, Ids]:
    jobs = np.repeat(np.arange(model.jobs), np.diff(model.follow_pointer))
    order = np.argsort(model.follower, kind="stable")
    counts = np.bincount(model.follower, minlength=model.jobs)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), jobs[order].astype(np.int64)


@compiled
def fill_width(pointer: Spans, first: Spans, last: Spans, width: Numbers) -> None:
    """Each job's widest pair: seconds of all its spans together."""
    jobs = len(width)
    width[:] = 0.0
    for pair in range(len(pointer) - 1):
        seconds = 0
        for k in range(pointer[pair], pointer[pair + 1]):
            seconds += last[k] - first[k]
        width[pair % jobs] = max(width[pair % jobs], seconds)


@cache
def exponential() -> Numbers:
    """-ln of the middles of equal parts of the unit interval, in decimal arithmetic: the same on every machine."""
    with localcontext() as context:
        context.prec = 30
        middles = (Decimal(2 * k + 1) / (2 * _LOGARITHMS) for k in range(_LOGARITHMS))
        return np.array([float(-middle.ln()) for middle in middles])


def fresh(model: Model, seed: int) -> Search:
    """The search's own arrays, before `annealing.begin`."""
    nodes, jobs, shifts = len(model.fixed), model.jobs, model.shifts
    # Neighbouring seeds are spread over all 64 bits (D. Knuth's multiplicative hashing); xorshift must not start at 0.
    start = (seed + 1) * 0x9E3779B97F4A7C15 % 2**64 or 1
    room = 3 * jobs + len(model.follower) + 64
    return Search(
        random=np.array([start], dtype=np.uint64),
        counts=_times(8),
        totals=np.zeros(4),
        way=_times(nodes),
        free=model.leave.copy(),
        busy=model.busy.copy(),
        gap=_times(shifts),
        length=_ids(shifts),
        cost=np.zeros(shifts),
        stamp=_times(shifts),
        options=_ids(max(shifts, 64)),
        is_touched=np.zeros(shifts, dtype=np.bool_),
        touched=_ids(shifts),
        kept_from=_times(shifts + 1),
        kept=_ids(nodes),
        kept_cap=_times(nodes),
        kept_ready=_times(nodes),
        absent=_ids(room),
        key=np.zeros(room),
        best_after=_ids(nodes),
        best_shift=_ids(nodes),
        best_cap=_times(jobs),
        priced=_times(model.familiar.shape[1]),
        alone=_ids(model.familiar.shape[1]),
    )


def _ids(count: int) -> Ids:
    return np.zeros(count, dtype=np.int64)


def _times(count: int) -> Ints:
    return np.zeros(count, dtype=np.int64)
