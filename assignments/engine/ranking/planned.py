"""Stops of a joint plan as candidates, with what their scores depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assignments.engine.domain.plans import Route
from assignments.engine.domain.problem import Job, Place, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import appraisal, shortlist
from assignments.engine.ranking.candidates import Candidate, RankedJob
from assignments.engine.ranking.explain import Drive, Explainer


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """A new stop of the plan with what its score depends on; seconds."""

    row: int
    column: int
    start: int
    travel: int
    detour: int
    back: int
    is_last: bool
    same_feeder: bool
    tentative: bool
    drives: tuple[Drive, Drive]
    """To the job and on from it."""


def candidates(problem: Problem, visits: Sequence[PlannedStop], known: Mapping[int, RankedJob]) -> Iterator[Candidate]:
    """New stops of a plan as candidates of rank 1, scored and explained the way the plan does them.

    `known` are the jobs as ranked before, by id, so that reasons can compare with the job's other crews.
    """
    rows = np.array([visit.row for visit in visits], dtype=np.int64)
    cols = np.array([visit.column for visit in visits], dtype=np.int64)
    start = np.array([visit.start for visit in visits], dtype=np.int64)
    appraiser = appraisal.Appraiser(problem)
    back, is_last = (
        np.array([visit.back for visit in visits]),
        np.array([visit.is_last for visit in visits], dtype=bool),
    )
    facts = appraiser.facts(
        rows,
        cols,
        start=start,
        detour=np.array([visit.detour for visit in visits]),
        overtime=appraiser.overtime(cols, back, is_last),
        tentative=np.array([visit.tentative for visit in visits], dtype=bool),
        same_feeder=np.array([visit.same_feeder for visit in visits]),
    )
    drive = np.array([visit.travel for visit in visits], dtype=np.int64)
    explainer = Explainer(problem)
    drafts = shortlist.candidates(problem, facts, rows, cols, start=start, drive=drive)
    for draft, visit in zip(drafts, visits, strict=True):
        candidate = replace(draft, in_plan=True)
        rivals = known[candidate.job_id].rivals if candidate.job_id in known else None
        said, notes = explainer.reasons(candidate, rivals), explainer.warnings(candidate, visit.back, visit.drives)
        yield replace(candidate, reasons=said, warnings=notes)


def stops(problem: Problem, row_of: Mapping[int, int], column: int, route: Route) -> Iterator[PlannedStop]:
    """The new stops of the shift in this column; `row_of` are the rows of the jobs by id."""
    shift, travel = problem.shifts[column], Travel.of(problem)
    commitments = {c.job_id: c for c in shift.commitments}
    sites: list[Job | None] = [None if stop.fixed else problem.jobs[row_of[stop.job_id]] for stop in route.stops]
    places: list[Place] = [shift.base]
    feeders: list[str] = []
    for stop, job in zip(route.stops, sites, strict=True):
        site = job or commitments[stop.job_id]
        places.append(site.place)
        feeders.append(site.feeder)
    places.append(shift.base)
    for at, (stop, job) in enumerate(zip(route.stops, sites, strict=True)):
        if job is None:
            continue
        onward = travel.seconds(places[at + 1], places[at + 2])
        is_last = at == len(route.stops) - 1
        detour = stop.travel + onward - travel.seconds(places[at], places[at + 2])
        yield PlannedStop(
            row=row_of[stop.job_id],
            column=column,
            start=stop.start,
            travel=stop.travel,
            detour=detour,
            back=stop.end + (onward if is_last else 0),
            is_last=is_last,
            same_feeder=bool(job.feeder) and feeders.count(job.feeder) > 1,
            tentative=stop.tentative,
            drives=((places[at], places[at + 1]), (places[at + 1], places[at + 2])),
        )
