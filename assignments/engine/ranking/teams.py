"""Teams: for a job that needs several crews, a start and one shift for each part, ranked as a whole.

For each part every gap of every shift is a way to do it, with the starts that the hard rules allow there. Whatever ways
are combined, the best start is the earliest that all of them allow, so it is the first start of one of them: each of
these is looked at, with the cheapest ways that allow it. What a team costs is what its work costs once and what each of
its crews costs, beside their commitments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain import parts
from assignments.engine.domain.problem import Job, PermitState, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking.appraisal import Appraiser, Rows
from assignments.engine.rules import register, scoring
from assignments.engine.rules.answers import OfTeam
from assignments.engine.rules.scoring import Share
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import Column, columns
from assignments.engine.screening.rows import blames

_NEVER = np.iinfo(np.int64).min // 4


@dataclass(frozen=True, slots=True)
class TeamShare:
    """One crew's share of a team's work; seconds."""

    column: int
    """The shift's place in the problem."""
    drive: int
    detour: int
    back: int
    """When the crew is done with the work, and the drive home if it is its last."""
    is_last: bool
    """Whether the crew drives home from it."""


@dataclass(frozen=True, slots=True)
class Team:
    """A legal way to do a job with several crews: a visit for each part, the lead crew's first."""

    start: int
    visits: tuple[TeamShare, ...]
    points: int
    tentative: bool
    """Legal only if a pending permit is issued."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best teams of a job, best first, and for each part how many shifts may do it and why the others may not."""

    teams: tuple[Team, ...]
    legal: tuple[int, ...]
    refused: tuple[Counter[str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """The ways to do one part: arrays of one length."""

    column: Rows
    first: Rows
    last: Rows
    drive: Rows
    detour: Rows
    home: Rows
    """The drive home where the work is the crew's last."""
    is_last: Rows
    """1 where it is."""


def find(problem: Problem, jobs: Sequence[Job], *, k: int, crewing: Crewing | None = None) -> Iterator[Found]:
    """For each of the jobs the best `k` teams beside the shifts' commitments; no two of a job have the same shifts.

    Other jobs of the problem are left aside. `crewing` is what is known of the same shifts already.
    """
    crewing = crewing or Crewing(problem)
    at = 0
    screened, names = _screened(problem, jobs, crewing), blames()
    for job in jobs:
        rows = range(at, at + len(parts.numbers(job)))
        at = rows.stop
        failing = [[int(column.blame[row]) for column in screened] for row in rows]
        yield Found(
            tuple(_found(problem, job, screened, rows, k)),
            tuple(blame.count(0) for blame in failing),
            tuple(Counter(names[code] for code in blame if code) for blame in failing),
        )


def _screened(problem: Problem, jobs: Sequence[Job], crewing: Crewing) -> list[Column]:
    # All parts of all jobs at once, each under an id that no other work has.
    asked = [parts.part_of(job, number) for job in jobs for number in parts.numbers(job)]
    named = tuple(replace(part, id=-number) for number, part in enumerate(asked, start=1))
    return list(columns(replace(problem, jobs=named), crewing))


def _found(problem: Problem, job: Job, screened: Sequence[Column], rows: range, k: int) -> list[Team]:
    if job.id in {c.job_id for shift in problem.shifts for c in shift.commitments}:
        return []
    if not any(column.tentative[row] for column in screened for row in rows):
        return _best(problem, job, [_ways(problem, screened, row) for row in rows], k)
    # Crews that can only hope for a permit may stand in the way of no team that need not.
    for hoped in (False, True):
        again = _screened(problem, [_settled(job, hoped)], Crewing(problem))
        ways = [_ways(problem, again, number) for number in parts.numbers(job)]
        if best := _best(problem, job, ways, k, tentative=hoped):
            return best
    return []


def _settled(job: Job, hoped: bool) -> Job:
    # The job as if everything pending had been decided.
    state = PermitState.LIVE if hoped else PermitState.DEAD
    return replace(
        job, permits=tuple(replace(p, state=state) if p.state is PermitState.PENDING else p for p in job.permits)
    )


def _best(problem: Problem, job: Job, ways: Sequence[_Ways], k: int, *, tentative: bool = False) -> list[Team]:
    starts = np.unique(np.concatenate([one.first for one in ways]))
    if not len(starts) or not all(len(one.first) for one in ways):
        return []
    costs = [_points(problem, job, number, one, starts) for number, one in enumerate(ways)]
    shared = _of_the_work(problem, job, starts, tentative)
    rejected = {pair[1:] for pair in problem.rejected if pair[0] == job.id}
    best: dict[tuple[int, ...], Team] = {}
    bound = shared + sum(cost.max(axis=1) for cost in costs)
    for at in np.argsort(-bound, kind="stable").tolist():
        worst = sorted((team.points for team in best.values()), reverse=True)[k - 1 : k]
        if bound[at] <= _NEVER // 2 or (worst and bound[at] < worst[0]):
            break
        for points, chosen in _combined(problem, ways, [cost[at] for cost in costs], k + len(rejected)):
            visits = _visits(ways, chosen, int(starts[at]) + job.duration)
            team = Team(int(starts[at]), visits, points + int(shared[at]), tentative)
            key = tuple(visit.column for visit in team.visits)
            if tuple(problem.shifts[column].id for column in key) in rejected:
                continue
            if key not in best or _merit(team) > _merit(best[key]):
                best[key] = team
    return sorted(best.values(), key=_merit, reverse=True)[:k]


def _merit(team: Team) -> tuple[int, ...]:
    return team.points, -team.start, *(-visit.column for visit in team.visits)


def _ways(problem: Problem, screened: Sequence[Column], row: int) -> _Ways:
    travel, found = Travel.of(problem), []
    for at, column in enumerate(screened):
        gaps, spans = np.nonzero(column.first[row] <= column.last[row])
        for g, s in zip(gaps.tolist(), spans.tolist(), strict=True):
            gap, way, out = column.gaps[g], int(column.drive_in[row, g]), int(column.drive_out[row, g])
            detour = way + out - travel.seconds(gap.origin, gap.to)
            first, last = int(column.first[row, g, s]), int(column.last[row, g, s])
            found.append((at, first, last, way, detour, out if gap.is_last else 0, gap.is_last))
    table = np.array(found, dtype=np.int64).reshape(-1, 7)
    return _Ways(*(table[:, n].copy() for n in range(7)))


def _points(problem: Problem, job: Job, number: int, ways: _Ways, starts: Rows) -> Rows:
    # What each way costs its crew at each start, shape (starts, ways).
    appraiser = Appraiser(parts.alone(problem, job, number))
    start = np.broadcast_to(starts[:, None], (len(starts), len(ways.first)))
    back = start + job.duration + ways.home[None, :]
    facts = appraiser.facts(
        np.zeros(1, dtype=np.int64),
        ways.column[None, :],
        start=start,
        detour=ways.detour[None, :],
        overtime=appraiser.overtime(ways.column[None, :], back, ways.is_last[None, :]),
        tentative=np.zeros(start.shape, dtype=bool),
    )
    found = scoring.points(problem.rules, facts)
    shares = shares_of(number)
    total = sum(np.broadcast_to(found[code][1], start.shape) for code in found if scoring.SOFT[code].share in shares)
    allowed = (ways.first[None, :] <= start) & (start <= ways.last[None, :])
    return np.asarray(np.where(allowed, total, _NEVER), dtype=np.int64)


def shares_of(number: int) -> tuple[Share, ...]:
    """Score parts that the crew of the part adds to the work; the lead crew's part is 0."""
    return ("every crew",) if number else ("every crew", "lead crew")


def _of_the_work(problem: Problem, job: Job, starts: Rows, tentative: bool) -> Rows:
    none = np.zeros(len(starts), dtype=np.int64)
    facts = Appraiser(parts.alone(problem, job, 0)).facts(
        none, none, start=starts, detour=none, overtime=none, tentative=np.full(len(starts), tentative)
    )
    found = scoring.points(problem.rules, facts)
    return np.asarray(sum(found[code][1] for code in found if scoring.SOFT[code].share == "work"), dtype=np.int64)


def _combined(
    problem: Problem, ways: Sequence[_Ways], costs: Sequence[NDArray[np.int64]], k: int
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Points and ways of the combinations among which the best `k` with different crews are."""
    # A part is crossed by at most one crew of each other part, so no more than these can be wanted.
    wanted = k - 1 + len(ways)
    choices = []
    for one, cost in zip(ways, costs, strict=True):
        by_crew: dict[int, int] = {}
        for way in np.argsort(-cost, kind="stable").tolist():
            if len(by_crew) == wanted or cost[way] <= _NEVER:
                break
            by_crew.setdefault(int(one.column[way]), way)
        choices.append(list(by_crew.values()))
    rules = [answer for _, answer in register.answered(OfTeam)]
    for chosen in product(*choices):
        crews = [problem.shifts[one.column[way]] for one, way in zip(ways, chosen, strict=True)]
        if all(rule.holds(crews) for rule in rules):
            yield sum(int(cost[way]) for cost, way in zip(costs, chosen, strict=True)), chosen


def _visits(ways: Sequence[_Ways], chosen: Sequence[int], end: int) -> tuple[TeamShare, ...]:
    return tuple(
        TeamShare(
            int(one.column[way]),
            int(one.drive[way]),
            int(one.detour[way]),
            end + int(one.home[way]),
            bool(one.is_last[way]),
        )
        for one, way in zip(ways, chosen, strict=True)
    )
