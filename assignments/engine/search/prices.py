"""Prices of the search: derived from the soft register, so that a score part is planned for by being declared.

The compiled search knows points a second of waiting, of lateness and off the shown hour (by job), of driving and of
overtime, points for work that shares a feeder, and points a pair of job and shift. Any part that is a sum of these can
be planned for; any other is refused when the search is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np

from assignments.engine.domain.problem import FOREVER, Problem, RuleData
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.rules import scoring
from assignments.engine.rules.scoring import Facts, Numbers, SoftRule
from assignments.engine.screening.pairs import Screening

OF_ROUTE = ("detour", "overtime", "same_feeder")
"""Facts that follow from a route and cost the same whatever the job."""
OF_TIME = ("wait", "late", "off")
"""Facts that follow from the start, and cost what is known of the job."""
OF_JOB = ("class_weight", "haste", "stake", "overdue", "rushed", "regard")
# Columns of the square of pairs that are priced at once: they stay near the processor.
_BLOCK = 64
_SAME = 1e-9


class UnplannableTerm(ValueError):
    """A score part that the joint plan could not plan for; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Points that the search minimises: what the soft register would take away."""

    wait: Numbers
    """By job: a second until the start."""
    late: Numbers
    """By job: a second after it was to be done."""
    off: Numbers
    """By job: a second off the hour that people were shown."""
    detour: float
    """A second."""
    overtime: float
    same_feeder: float
    """Once for each job beside other work on its feeder; negative where that is welcome."""


def of(rules: RuleData, appraiser: Appraiser) -> Prices:
    """The prices under the district's weights."""
    facts = _of_jobs(appraiser)
    none = _nothing(1)

    def each(name: str) -> float:
        one = replace(none, **{name: np.ones(1)})
        return float((scoring.exact(rules, none) - scoring.exact(rules, one))[0])

    def by_job(name: str) -> Numbers:
        one = replace(facts, **{name: np.ones_like(facts.wait)})
        return scoring.exact(rules, facts) - scoring.exact(rules, one)

    wait, late, off = (by_job(name) for name in OF_TIME)
    return Prices(wait, late, off, *(each(name) for name in OF_ROUTE))


def of_pairs(problem: Problem, appraiser: Appraiser, screening: Screening) -> Numbers:
    """Points that a pair costs whatever the start, shape (jobs, shifts)."""
    rows, early = np.arange(len(screening.feasible))[:, None], np.full((1, 1), -FOREVER)
    # What the job is worth on any shift is the cost of leaving it out, and no matter of the pair.
    worth = served(problem.rules, appraiser)[:, None]
    # Shifts whose facts are the same cost the same.
    columns, number = appraiser.kinds(np.any(screening.tentative, axis=0))
    cost = np.empty((len(rows), len(columns)))
    for at in range(0, len(columns), _BLOCK):
        some = columns[at : at + _BLOCK]
        pending = screening.tentative[:, some]
        facts = appraiser.facts(rows, some[None, :], start=early, detour=0.0, overtime=0.0, tentative=pending)
        facts = replace(facts, off=np.zeros(1))
        cost[:, at : at + _BLOCK] = worth - scoring.exact(problem.rules, facts)
    # `take` keeps the rows together, as the compiled search expects them.
    return cost if len(columns) == len(number) else np.take(cost, number, axis=1)


def served(rules: RuleData, appraiser: Appraiser, **instead: Numbers) -> Numbers:
    """Points that each job is worth wherever and whenever it is done; `instead` are other facts than the job's own."""
    return scoring.exact(rules, replace(_of_jobs(appraiser), **instead))


def postponed(rules: RuleData, appraiser: Appraiser, until: int) -> Numbers:
    """Points that it costs to start each job at `until` and no sooner, waiting and lateness together.

    No crew does it by then: of shown work that is another crew, another day and another hour.
    """
    facts, every = _of_jobs(appraiser), np.ones(len(appraiser.haste))
    late = np.maximum(0.0, until + appraiser.duration - appraiser.due)
    off = scoring.off(np.full(len(every), until), appraiser.shown_start)
    later = replace(facts, wait=every * max(0, until - appraiser.now), late=late, off=off, another_crew=every)
    later = replace(later, another_day=every)
    return scoring.exact(rules, facts) - scoring.exact(rules, later)


def _of_jobs(appraiser: Appraiser) -> Facts:
    return _nothing(len(appraiser.haste), **{name: getattr(appraiser, name) for name in OF_JOB})


def _nothing(count: int, **facts: Numbers) -> Facts:
    return Facts(**{field.name: facts.get(field.name, np.zeros(count)) for field in fields(Facts)})


def refuse_unplannable(parts: Iterable[SoftRule]) -> None:
    """Raise UnplannableTerm for a part that is no sum of what the search knows, by trying a few hundred candidates."""
    draw = np.random.default_rng(0)
    facts = Facts(**{field.name: draw.integers(0, 2, 400) * draw.uniform(0, 9_000, 400) for field in fields(Facts)})
    for part in parts:
        for name in (*OF_TIME, *OF_ROUTE):
            slope = part.term(replace(facts, **{name: np.ones(400)})) - part.term(
                replace(facts, **{name: np.zeros(400)})
            )
            amount = getattr(facts, name)
            linear = part.term(replace(facts, **{name: np.zeros(400)})) + slope * amount
            if not np.allclose(linear, part.term(facts), rtol=_SAME, atol=_SAME):
                raise UnplannableTerm(_sentence(part, f"does not grow evenly with {name!r}"))
            known = OF_JOB if name in OF_TIME else ()
            bare = _nothing(400, **{fact: getattr(facts, fact) for fact in known})
            alone = part.term(replace(bare, **{name: np.ones(400)})) - part.term(bare)
            if not np.allclose(slope, alone, rtol=_SAME, atol=_SAME):
                raise UnplannableTerm(_sentence(part, f"weighs {name!r} by other facts"))


def _sentence(part: SoftRule, what: str) -> str:
    return (
        f"The score part {part.code!r} {what}, so the joint plan would not plan for what candidates are ranked by. "
        "Declare it as a sum of its facts, or teach the search: kernel, improving and recreating."
    )
