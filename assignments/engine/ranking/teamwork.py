"""Teams as candidates: scored part by part, with reasons and warnings that name the crew they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from assignments.engine.domain import parts
from assignments.engine.domain.plans import Route, Stop
from assignments.engine.domain.problem import FOREVER, Job, Place, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.domain.wording import Note, Reason
from assignments.engine.ranking import teams
from assignments.engine.ranking.appraisal import Appraiser
from assignments.engine.ranking.candidates import Candidate, FurtherCrew, RankedJob, Rivals
from assignments.engine.ranking.explain import Drive, Explainer, summary
from assignments.engine.ranking.teams import Found, Team, TeamShare
from assignments.engine.rules import register, scoring
from assignments.engine.rules.access import unplanned_prerequisites
from assignments.engine.rules.scoring import ScorePart
from assignments.engine.screening.crewing import Crewing

_Said = TypeVar("_Said", Reason, Note)

_OF_A_CREW = frozenset({"drive", "qualified", "same-feeder"})
"""Reasons that are about one crew; the others are about the work and said once."""
_NOTES_OF_A_CREW = frozenset({"expires-soon", "short-handed", "overtime", "travel-estimated"})


@dataclass(frozen=True, slots=True)
class PlannedTeam:
    """A job with several crews in the joint plan, with the drives of each crew to the work and on from it."""

    team: Team
    drives: tuple[tuple[Drive, Drive], ...]


def rank(problem: Problem, jobs: Sequence[Job], *, k: int, crewing: Crewing | None = None) -> Iterator[RankedJob]:
    """The best `k` teams of each of these jobs with further crews, beside the shifts' commitments.

    None for a job that waits for another job of the problem to be planned.
    """
    for job, found in zip(jobs, teams.find(problem, jobs, k=k, crewing=crewing), strict=True):
        waits = bool(job.prerequisites and unplanned_prerequisites(problem, job))
        chosen = () if waits else found.teams
        candidates = tuple(candidate(problem, job, team, rank=number) for number, team in enumerate(chosen, start=1))
        soonest = min((team.start for team in chosen), default=FOREVER)
        refused = found.refused[found.legal.index(min(found.legal))]
        said = _summary(job, found) if candidates else _why_none(job, found, waits)
        yield RankedJob(job.id, candidates, Rivals(min(found.legal) if chosen else 0, soonest, 0), refused, said)


def _summary(job: Job, found: Found) -> Reason:
    counts = [f"{number} for the {parts.title(job, part)}" for part, number in enumerate(found.legal)]
    return Reason("legal", "Crews that may do it: {counts}.", {"counts": ", ".join(counts)})


def _why_none(job: Job, found: Found, waits: bool) -> Reason:
    for part, number in enumerate(found.legal):
        if not number:
            why = summary(0, found.refused[part])
            if why.code == "no-crew" and not found.refused[part]:
                return why
            return Reason("no-team", "As {title}: " + why.template, {"title": parts.title(job, part), **why.values})
    if waits:
        return summary(0, Counter({register.waiting(): min(found.legal)}))
    titles = " and ".join(parts.title(job, part) for part in parts.numbers(job))
    return Reason("no-team", "Each of its crews could do it, but {titles} at no common time.", {"titles": titles})


def candidate(problem: Problem, job: Job, team: Team, *, rank: int, planned: PlannedTeam | None = None) -> Candidate:
    """The team as a candidate; `planned` says what the joint plan has put beside it."""
    shares = [_share(problem, job, team, number) for number in parts.numbers(job)]
    lines = _merged([share.candidate.parts for share in shares])
    lead, *others = (share.candidate for share in shares)
    return replace(
        lead,
        rank=rank,
        score=sum(line.points for line in lines),
        parts=lines,
        reasons=_woven([_reasons(share, planned) for share in shares], _OF_A_CREW),
        warnings=_woven([_notes(share, planned) for share in shares], _NOTES_OF_A_CREW),
        in_plan=planned is not None,
        further_crews=tuple(
            FurtherCrew(number, one.shift_id, one.travel, one.depart) for number, one in enumerate(others, start=1)
        ),
    )


def as_planned(problem: Problem, job: Job, team: Team, routes: Sequence[Route]) -> PlannedTeam:
    """The team as it stands on the routes of a plan, which are in the order of the problem's shifts."""
    travel, visits, drives = Travel.of(problem), [], []
    for visit in team.visits:
        stops, base = routes[visit.column].stops, problem.shifts[visit.column].base
        at = next(n for n, stop in enumerate(stops) if stop.job_id == job.id)
        origin = _place(problem, visit.column, stops[at - 1]) if at else base
        to = _place(problem, visit.column, stops[at + 1]) if at + 1 < len(stops) else base
        onward = travel.seconds(job.place, to)
        detour = stops[at].travel + onward - travel.seconds(origin, to)
        is_last = at + 1 == len(stops)
        back = stops[at].end + (onward if is_last else 0)
        visits.append(TeamShare(visit.column, stops[at].travel, detour, back, is_last))
        drives.append(((origin, job.place), (job.place, to)))
    return PlannedTeam(replace(team, visits=tuple(visits)), tuple(drives))


def _place(problem: Problem, column: int, stop: Stop) -> Place:
    if stop.fixed:
        for commitment in problem.shifts[column].commitments:
            if commitment.job_id == stop.job_id:
                return commitment.place
    # What else is fixed is another team.
    return next(job.place for job in problem.jobs if job.id == stop.job_id)


@dataclass(frozen=True, slots=True)
class _Share:
    """One crew's share of a team's work, as if it were all of the work."""

    number: int
    crew: str
    alone: Problem
    back: int
    candidate: Candidate


def _share(problem: Problem, job: Job, team: Team, number: int) -> _Share:
    visit, alone = team.visits[number], parts.alone(problem, job, number)
    row, column = np.zeros(1, dtype=np.int64), np.array([visit.column])
    appraiser = Appraiser(alone)
    facts = appraiser.facts(
        row,
        column,
        start=np.array([team.start]),
        detour=np.array([visit.detour]),
        overtime=appraiser.overtime(column, np.array([visit.back]), visit.is_last),
        tentative=np.array([team.tentative]),
    )
    [lines] = scoring.parts(problem.rules, facts, 1)
    if number:
        lines = tuple(line for line in lines if scoring.SOFT[line.code].share in teams.shares_of(number))
    shift = problem.shifts[visit.column]
    candidate = Candidate(
        job_id=job.id,
        shift_id=shift.id,
        rank=1,
        start=team.start,
        end=team.start + job.duration,
        travel=visit.drive,
        depart=team.start - visit.drive,
        score=sum(line.points for line in lines),
        parts=lines,
        reasons=(),
        warnings=(),
        tentative=team.tentative,
    )
    return _Share(number, shift.crew, alone, visit.back, candidate)


def _merged(each: Sequence[tuple[ScorePart, ...]]) -> tuple[ScorePart, ...]:
    """The lead crew's lines with what the further crews add to them."""
    lines = list(each[0])
    for at, line in enumerate(lines):
        more = [other for one in each[1:] for other in one if other.code == line.code]
        amount = round(line.amount + sum(other.amount for other in more), 2)
        lines[at] = replace(line, amount=amount, points=line.points + sum(other.points for other in more))
    return tuple(lines)


def _reasons(share: _Share, planned: PlannedTeam | None) -> tuple[Reason, ...]:
    said = Explainer(share.alone).reasons(replace(share.candidate, in_plan=planned is not None))
    return tuple(_of_crew(one, share.crew) if one.code in _OF_A_CREW else one for one in said)


def _notes(share: _Share, planned: PlannedTeam | None) -> tuple[Note, ...]:
    drives = planned.drives[share.number] if planned else None
    told = Explainer(share.alone).warnings(share.candidate, share.back, drives)
    return tuple(_of_crew(one, share.crew) if one.code in _NOTES_OF_A_CREW else one for one in told)


def _of_crew(sentence: _Said, crew: str) -> _Said:
    values = {**sentence.values, "of_crew": crew}
    return replace(sentence, template="{of_crew}: " + sentence.template, values=values)


def _woven(each: Sequence[tuple[_Said, ...]], of_a_crew: frozenset[str]) -> tuple[_Said, ...]:
    # What is about the work comes first and once.
    of_the_work = tuple(one for one in each[0] if one.code not in of_a_crew)
    return of_the_work + tuple(one for crew in each for one in crew if one.code in of_a_crew)
