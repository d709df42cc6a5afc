"""Cutting a day: which jobs and shifts belong together for a while, and a model of them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assignments.engine.search import around, ways
from assignments.engine.search.kernel import Ids, Ints, Model, Routes, Spans
from assignments.engine.search.linking import LINK

Cut = tuple[Ids, Ids]
"""Jobs and shifts, ascending."""


class Grouping:
    """Groups that no cut may part: the shifts of a crew and of those who share its people, and jobs that wait for each
    other with the shifts that they are on."""

    def __init__(self, model: Model) -> None:
        self._model = model
        rows = np.arange(model.shifts) + model.jobs + model.commitments
        self._where = around.plane(model.axes)
        self._bases = self._where[:, rows]
        crew = model.mates[model.jobs :]
        pairs = [(int(np.flatnonzero(crew == its)[0]), shift) for shift, its in enumerate(crew.tolist())]
        pairs += [(shift, other) for shift in range(model.shifts) for other in _linked(model, shift)]
        # Groups are named by one of their shifts.
        self._of_shift = _joined(model.shifts, pairs)
        self._waits = np.repeat(np.arange(model.jobs), np.diff(model.follow_pointer)), model.follower

    def drawn(self, routes: Routes, jobs: Ids, count: int, draw: np.random.Generator) -> list[Cut]:
        """These jobs and all shifts in about `count` parts of about as many jobs, each of which lies together."""
        model = self._model
        of_job = np.arange(model.jobs, dtype=np.int64) + model.shifts
        planned = routes.shift[: model.jobs]
        of_job[planned >= 0] = self._of_shift[planned[planned >= 0]]
        name = np.concatenate([self._of_shift, of_job])
        pairs = zip(of_job[self._waits[0]].tolist(), of_job[self._waits[1]].tolist(), strict=True)
        name = _joined(len(name), list(pairs))[name]
        chosen = np.concatenate([np.arange(model.shifts), model.shifts + jobs])
        groups, group_of = np.unique(name[chosen], return_inverse=True)
        # Shifts without work lie at their base and weigh little.
        weight = np.concatenate([np.full(model.shifts, 1e-3), np.ones(len(jobs))])
        places = np.concatenate([self._bases, self._where[:, jobs]], axis=1)
        whole = np.bincount(group_of, weight)
        middle = np.stack([np.bincount(group_of, weight * axis) / whole for axis in places])
        part_of = np.zeros(len(groups), dtype=np.int64)
        for number, part in enumerate(_halved(np.arange(len(groups)), middle, whole, count, _direction(draw))):
            part_of[part] = number
        its = part_of[group_of]
        of_shifts, of_jobs = its[: model.shifts], its[model.shifts :]
        every = range(int(its.max(initial=-1)) + 1)
        cuts = [(jobs[of_jobs == part], np.flatnonzero(of_shifts == part)) for part in every]
        return [cut for cut in cuts if all(map(len, cut))]


def _direction(draw: np.random.Generator) -> tuple[float, float]:
    east, north = draw.uniform(-1.0, 1.0, 2).tolist()
    return east, north or 1.0


def _halved(rows: Ids, middle: np.ndarray, weight: np.ndarray, count: int, along: tuple[float, float]) -> list[Ids]:
    """The rows in `count` parts, parted again and again across their longer side, one of two that lie across."""
    if count <= 1 or len(rows) <= 1:
        return [rows]
    ways_ = (along, (-along[1], along[0]))
    far = [middle[0, rows] * x + middle[1, rows] * y for x, y in ways_]
    order = np.argsort(max(far, key=lambda one: float(np.ptp(one))), kind="stable")
    reached, left = np.cumsum(weight[rows[order]]), count // 2
    at = int(np.searchsorted(reached, reached[-1] * left / count))
    at = min(max(1, at), len(rows) - 1)
    parts = (rows[order[:at]], left), (rows[order[at:]], count - left)
    return [one for some, number in parts for one in _halved(some, middle, weight, number, along)]


def _joined(count: int, pairs: Sequence[tuple[int, int]]) -> Ids:
    """By number the least one of those that the pairs join it to."""
    name = list(range(count))

    def of(one: int) -> int:
        while name[one] != one:
            name[one] = name[name[one]]
            one = name[one]
        return one

    for a, b in pairs:
        one, other = sorted((of(a), of(b)))
        name[other] = one
    return np.array([of(one) for one in range(count)], dtype=np.int64)


def _linked(model: Model, shift: int) -> list[int]:
    return [int(other) for other in model.links[model.links[shift] : model.links[shift + 1] : LINK]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A model of some jobs and shifts of a day, and their routes; rows are numbered anew."""

    jobs: Ids
    shifts: Ids
    nodes: Ids
    """By node of the piece the one of the day."""
    model: Model
    routes: Routes

    def lay(self, after: Ids, on: Ids, its_after: Ids, its_on: Ids) -> None:
        """Write links and shifts of the piece into those of the day."""
        after[self.nodes] = np.where(its_after >= 0, self.nodes[its_after], -1)
        on[self.nodes] = np.where(its_on >= 0, self.shifts[its_on], -1)

    def merge(self, routes: Routes) -> None:
        """Write the routes of the piece into those of the day."""
        mine = self.routes
        self.lay(routes.after, routes.shift, mine.after, mine.shift)
        routes.before[self.nodes] = np.where(mine.before >= 0, self.nodes[mine.before], -1)
        for name in ("early", "late", *(("early_by", "late_by") if len(mine.early_by) else ())):
            getattr(routes, name)[self.nodes] = getattr(mine, name)
        for name in ("cap", "ready", "waits"):
            getattr(routes, name)[self.jobs] = getattr(mine, name)
        routes.budget[self.shifts] = mine.budget


def cut(m: Model, r: Routes, jobs: Ids, shifts: Ids) -> Piece:
    """The piece of the day with these jobs and shifts."""
    bases = m.jobs + m.commitments
    given = np.arange(m.jobs, bases)[np.isin(r.shift[m.jobs : bases], shifts)]
    nodes = np.concatenate([jobs, given, bases + shifts, bases + m.shifts + shifts])
    new = np.full(len(m.fixed) + 1, -1, dtype=np.int64)
    new[nodes] = np.arange(len(nodes))
    column = np.full(m.shifts + 1, -1, dtype=np.int64)
    column[shifts] = np.arange(len(shifts))
    breaks = len(r.early_by) > 0
    # What is nowhere is -1, and so is what is not of the piece: the last number of both lists.
    routes = Routes(
        after=new[r.after[nodes]],
        before=new[r.before[nodes]],
        shift=column[r.shift[nodes]],
        early=r.early[nodes],
        late=r.late[nodes],
        cap=r.cap[jobs],
        ready=r.ready[jobs],
        waits=r.waits[jobs],
        budget=r.budget[shifts],
        early_by=r.early_by[nodes] if breaks else r.early_by.copy(),
        late_by=r.late_by[nodes] if breaks else r.late_by.copy(),
    )
    return Piece(jobs, shifts, nodes, _model(m, jobs, shifts, nodes, new), routes)


# size: one argument for each field of the model
def _model(m: Model, jobs: Ids, shifts: Ids, nodes: Ids, new: Ids) -> Model:
    places = nodes[: len(nodes) - len(shifts)]
    axes = np.ascontiguousarray(m.axes[:, places])
    pointer, starts = _gathered(m.pointer, (shifts[:, None] * m.jobs + jobs[None, :]).ravel())
    follow_pointer, follows = _gathered(m.follow_pointer, jobs)
    follower = new[m.follower[follows]]
    # In a stage of the search some that wait are left aside.
    counts = np.bincount(np.repeat(np.arange(len(jobs)), np.diff(follow_pointer))[follower >= 0], minlength=len(jobs))
    return m._replace(
        jobs=len(jobs),
        commitments=len(nodes) - len(jobs) - 2 * len(shifts),
        shifts=len(shifts),
        travel=m.travel[np.ix_(places, places)] if len(m.travel) else ways.estimated(axes, m.pace),
        axes=axes,
        duration=m.duration[nodes],
        load=m.load[jobs],
        leave=m.leave[nodes],
        busy=m.busy[nodes],
        fixed=m.fixed[nodes],
        pointer=pointer.astype(np.int32),
        first=m.first[starts],
        last=m.last[starts],
        pair_cost=m.pair_cost[np.ix_(jobs, shifts)],
        wait_cost=m.wait_cost[jobs],
        late_cost=m.late_cost[jobs],
        off_cost=m.off_cost[jobs],
        shown=m.shown[jobs],
        due=m.due[jobs],
        firm=m.firm[jobs],
        shift_end=m.shift_end[shifts],
        feeder=m.feeder[jobs],
        familiar=m.familiar[shifts],
        order=m.order[jobs],
        follow_pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        follower=follower[follower >= 0],
        links=_links(m, shifts),
        rests=_rests(m, shifts),
        mates=np.concatenate([new[m.mates[jobs]], m.mates[m.jobs + shifts]]),
    )


def _gathered(pointer: Ints | Spans, rows: Ids) -> tuple[Ints, Ids]:
    """The pointer of these rows alone, and the numbers of what they point to."""
    begin, counts = pointer[rows].astype(np.int64), (pointer[rows + 1] - pointer[rows]).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return ends, np.repeat(begin - ends[:-1], counts) + np.arange(ends[-1])


def _rests(m: Model, shifts: Ids) -> Ints:
    pointer, rows = _gathered(m.rests, shifts)
    return np.concatenate([pointer + len(shifts) + 1, m.rests[rows]])


def _links(m: Model, shifts: Ids) -> Ints:
    pointer, rows = _gathered(m.links, shifts)
    links = m.links[rows].reshape(-1, LINK)
    links[:, 0] = np.searchsorted(shifts, links[:, 0])
    # All absences come along: they are few.
    absences = m.links[int(m.links[m.shifts]) :]
    begin = len(shifts) + 1 + links.size
    links[:, 1:] += begin - int(m.links[m.shifts])
    return np.concatenate([pointer + len(shifts) + 1, links.ravel(), absences])
