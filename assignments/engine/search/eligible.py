"""The shifts that may do each job, those with the nearest base first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assignments.engine.rules.scoring import Numbers
from assignments.engine.search.compiling import compiled
from assignments.engine.search.kernel import Ids, Ints, Model, Ways
from assignments.engine.search.ways import fill_rows

Columns = NDArray[np.int32]
Flags = NDArray[np.bool_]

_NOWHERE = 1e9


def eligible_shifts(model: Model) -> tuple[Ints, Columns, Numbers]:
    """By job where its shifts begin, the shifts, and by job how far the nearest base is that may do it.

    Far is in units of the model's drives; equals are in order of the shifts.
    """
    base_of, far = _bases(model)
    # In 16 bits, where the ways have them: what is sorted so is sorted by its digits, in a fraction of the time.
    order = np.argsort(far.T.copy(), axis=1, kind="stable")
    sorted_ = np.take_along_axis(far.T, order, axis=1)
    # Bases that are as far as each other share a rank.
    steps = np.zeros(order.shape, dtype=np.int32)
    np.cumsum(sorted_[:, 1:] != sorted_[:, :-1], axis=1, out=steps[:, 1:])
    rank = np.empty(order.shape, dtype=np.int32)
    np.put_along_axis(rank, order, steps, axis=1)
    allowed = (model.pointer[1:] > model.pointer[:-1]).reshape(model.shifts, model.jobs).T.copy()
    pointer = np.concatenate([[0], np.cumsum(allowed.sum(axis=1))]).astype(np.int64)
    shift, remote = np.empty(pointer[-1], dtype=np.int32), np.full(model.jobs, _NOWHERE)
    fill(allowed, base_of, rank, pointer, shift, np.zeros(len(far) + 1, dtype=np.int64))
    some = np.flatnonzero(np.diff(pointer))
    remote[some] = far[base_of[shift[pointer[some]]], some]
    return pointer, shift, remote


def _bases(model: Model) -> tuple[Ids, Ways]:
    """By shift the number of its base, and how far each base is from each job; many shifts have one base."""
    rows = np.arange(model.shifts, dtype=np.int64) + model.jobs + model.commitments
    _, first, base_of = np.unique(model.axes[:, rows], axis=1, return_index=True, return_inverse=True)
    if len(model.travel):
        return base_of.ravel().astype(np.int64), model.travel[rows[first], : model.jobs]
    far = np.empty((len(first), model.jobs), dtype=np.int16)
    fill_rows(far, model.axes, model.pace, rows[first])
    return base_of.ravel().astype(np.int64), far


@compiled
def fill(allowed: Flags, base_of: Ids, rank: Columns, pointer: Ints, shift: Columns, room: Ints) -> None:
    """Sort the allowed shifts of each job by the rank of their base; `room` is for one number a rank, and one more."""
    for job in range(len(allowed)):
        room[:] = 0
        for column in range(len(base_of)):
            if allowed[job, column]:
                room[rank[job, base_of[column]] + 1] += 1
        room[0] = pointer[job]
        for at in range(1, len(room)):
            room[at] += room[at - 1]
        for column in range(len(base_of)):
            if allowed[job, column]:
                its = rank[job, base_of[column]]
                shift[room[its]] = column
                room[its] += 1
