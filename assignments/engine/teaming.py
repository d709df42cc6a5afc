"""Teams in the search: they are moved, split and formed anew, and the rest of the day is planned around each trial.

A trial takes a team out, or a job that has none, with another one now and then and what waits for it, and forms teams
anew beside all of the other work, beside the more urgent work or beside the other teams alone. Then the rest is planned
and searched for a moment. By the one comparison of plans it is taken, or the teams stay as they were. So what holds of
teams that are placed first holds of these: each is legal beside the others, and none keeps more urgent work out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from assignments.engine import jointly
from assignments.engine.domain import parts
from assignments.engine.domain.problem import Job, Problem
from assignments.engine.jointly import Joint
from assignments.engine.ranking import teams
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.ranking.teams import Team
from assignments.engine.rules import scoring
from assignments.engine.rules.access import unplanned_prerequisites
from assignments.engine.screening.crewing import Crewing
from assignments.engine.search import anytime, before, comparing, leaving_out, prices, solver
from assignments.engine.search.comparing import Worth
from assignments.engine.search.solver import ShouldStop

_Choice = TypeVar("_Choice")

MOST = 300
"""Jobs up to which teams are searched for: each trial plans the whole rest of the day."""
CHOICES = 6
"""Teams of a job from which a trial draws, the better ones more often."""
STEPS = 20
"""Steps of the short search of a trial, for each job of the rest."""
_MOST_STEPS = 2_000
_ANOTHER, _NONE = 0.4, 0.05
"""How often a trial takes another team out, and how often it leaves a job without one."""
_WORSE = 40.0
"""Points."""
_TRAVELLED = ("travel", "overtime")
"""Parts of a team's score that the routes of its crews hold."""


@dataclass(frozen=True, slots=True)
class _Alone:
    """Costs of a job with several crews, the routes of its crews aside."""

    left: Worth
    """When it is left out."""
    served: float
    """Points of doing it wherever and whenever."""


class TeamSearch:
    """A search over the teams of a day; `joint` is the best so far. The same seed and trials give the same teams."""

    def __init__(self, joint: Joint, *, crewing: Crewing | None = None, seed: int = 0) -> None:
        self.joint = joint
        self._problem = problem = joint.problem
        self._crewing, self._seed = crewing or Crewing(problem), seed
        self._draw = np.random.default_rng(seed)
        committed = jointly.committed(problem)
        self._wanted = {job.id: job for job in problem.jobs if job.further_crews and job.id not in committed}
        self._alone = {key: _alone(problem, job) for key, job in self._wanted.items()}
        # Trials are searched for a moment, so the day that they have to beat is, too.
        self._from = joint if self.is_idle else _searched(joint, seed)
        self._best = self._worth = self._worth_of(self._from)
        self._plan = self._from.read(self._from.routes)

    @property
    def worth(self) -> Worth:
        """Worth of the best day so far, its rest searched for a moment."""
        return self._best

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to search for: no teams, those that people see, or a day too large for trials."""
        return not self._wanted or bool(self._problem.shown) or len(self._problem.jobs) > MOST

    def search(self, ended: ShouldStop, stop: ShouldStop) -> None:
        """Make trials until `ended`; `stop` ends one in its midst."""
        while not self.is_idle and not ended():
            self.trial(stop)

    def trial(self, stop: ShouldStop = solver.never) -> bool:
        """Form some teams anew; whether the best day got better. A trial that `stop` ends changes nothing."""
        placed = self._formed_anew()
        if placed == dict(self._from.placed):
            return False
        joint = jointly.around(self._problem, placed, crewing=self._crewing, seed=self._seed, stop=stop)
        if joint is None or stop():
            return False
        joint = _searched(joint, self._seed)
        worth = self._worth_of(joint)
        # A little worse is gone on from, too: some days get better by two trials alone.
        if worth > self._worth or (worth.served == self._best.served and worth.points > self._best.points - _WORSE):
            self._from, self._worth, self._plan = joint, worth, joint.read(joint.routes)
        if worth <= self._best:
            return False
        self.joint, self._best = joint, worth
        return True

    def _formed_anew(self) -> dict[int, Team]:
        placed, free = dict(self._from.placed), []
        for _ in range(1 + (self._draw.random() < _ANOTHER)):
            key = self._one_of(sorted(self._wanted))
            left = jointly.without(self._problem, placed, key)
            free += [one for one in (*placed, key) if one not in left and one not in free]
            placed = left
        among = self._one_of(("all", "urgent", "teams"))
        turn = {key: self._draw.random() for key in free}
        for key in sorted(free, key=lambda one: (self._wanted[one].priority, turn[one])):
            team = self._team(placed, self._wanted[key], among)
            if team is not None and self._draw.random() >= _NONE:
                placed[key] = team
        return placed

    def _one_of(self, choices: Sequence[_Choice]) -> _Choice:
        return choices[int(len(choices) * self._draw.random())]

    def _team(self, placed: dict[int, Team], job: Job, among: str) -> Team | None:
        """One of the best teams for the job beside the teams placed and the work `among` which it is to go."""
        problem = self._problem
        known = before.knowing(job, before.of_teams(problem, placed))
        if unplanned_prerequisites(problem, known):
            return None
        rest = self._from.rest
        kept = [one.id for one in rest.jobs if among == "all" or (among == "urgent" and one.priority <= job.priority)]
        busy = jointly.merged(jointly.work_of(problem, placed), jointly.work_in(rest, self._plan, kept))
        beside = jointly.beside_work(problem, busy)
        crewing = jointly.known_beside(self._crewing, problem, beside)
        found = next(teams.find(beside, [known], k=CHOICES, crewing=crewing)).teams
        return found[int(len(found) * self._draw.random() ** 2)] if found else None

    def _worth_of(self, joint: Joint) -> Worth:
        worth = comparing.of(joint.layout, anytime.copied(joint.routes))
        return Worth(*_added(worth, (self._of(joint, key) for key in self._wanted)))

    def _of(self, joint: Joint, key: int) -> Worth:
        alone = self._alone[key]
        if (team := joint.placed.get(key)) is None:
            return alone.left
        points = _scored(self._problem, self._wanted[key], team) - alone.served
        return Worth((0,) * len(alone.left.served), points)


def _added(worth: Worth, others: Iterator[Worth]) -> Worth:
    for other in others:
        served = tuple(one + more for one, more in zip(worth.served, other.served, strict=True))
        worth = Worth(served, worth.points + other.points)
    return worth


def _searched(joint: Joint, seed: int) -> Joint:
    """The day with its rest searched for a moment."""
    steps = min(_MOST_STEPS, STEPS * len(joint.rest.jobs))
    improver = anytime.Improver(joint.layout, joint.routes, seed=seed, iterations=steps)
    while not improver.is_done:
        improver.advance()
    routes = improver.best()
    return replace(joint, routes=routes) if joint.keeps_classes(routes) else joint


def _alone(problem: Problem, job: Job) -> _Alone:
    one = parts.alone(problem, job, 0)
    appraiser = Appraiser(one)
    costs = leaving_out.of(one, appraiser, np.array([int(job.priority)], dtype=np.int64))
    units = [0] * len(scoring.CLASS_WEIGHT)
    units[job.priority] = -int(costs.units[0])
    left = Worth(tuple(units[:-1]), -float(costs.points[0]))
    return _Alone(left, float(prices.served(problem.rules, appraiser)[0]))


def _scored(problem: Problem, job: Job, team: Team) -> float:
    """Points of the team's work, the drives and the overtime of its crews aside."""
    total = 0
    for number, visit in enumerate(team.visits):
        row, none = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        facts = Appraiser(parts.alone(problem, job, number)).facts(
            row,
            np.array([visit.column]),
            start=np.array([team.start]),
            detour=none,
            overtime=none,
            tentative=np.array([team.tentative]),
        )
        found = scoring.points(problem.rules, facts)
        shares = ("work", *teams.shares_of(number)) if number == 0 else teams.shares_of(number)
        codes = [code for code in found if code not in _TRAVELLED and scoring.SOFT[code].share in shares]
        total += sum(int(np.ravel(found[code][1])[0]) for code in codes)
    return float(total)
