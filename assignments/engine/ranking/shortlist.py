"""For each job the best shifts: marginal insertion beside the shifts' commitments, other new jobs left aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assignments.engine.domain.problem import FOREVER, Problem
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import teamwork
from assignments.engine.ranking.appraisal import Appraiser, Rows
from assignments.engine.ranking.candidates import Candidate, RankedJob, Rivals
from assignments.engine.ranking.explain import Explainer, summary
from assignments.engine.rules import register, scoring
from assignments.engine.rules.access import unplanned_prerequisites
from assignments.engine.screening.crewing import Crewing
from assignments.engine.screening.pairs import Column, columns
from assignments.engine.screening.rows import blames

# Jobs ranked at once: keeps the arrays of a large district small and the first batch early.
_CHUNK = 1000
_NEVER = np.iinfo(np.int64).min


@dataclass(slots=True)
class _Best:
    """The best insertion of each pair, arrays of shape (jobs, shifts)."""

    score: Rows
    start: Rows
    drive: Rows
    detour: Rows
    back: Rows
    overtime: Rows
    tentative: NDArray[np.bool_]
    blame: NDArray[np.uint8]


def rank(problem: Problem, *, k: int = 5, crewing: Crewing | None = None) -> Iterator[RankedJob]:
    """The best `k` candidates of each job, the jobs in the problem's order.

    The candidates of a job that needs several crews are teams. Jobs that already have a crew, and jobs that wait for
    another job of the problem to be planned, have none.
    """
    explainer, crewing = Explainer(problem), crewing or Crewing(problem)
    for at in range(0, len(problem.jobs), _CHUNK):
        # Prerequisites are looked up in the whole problem, so waiting is settled before it is cut.
        chunk = problem.jobs[at : at + _CHUNK]
        waiting = np.array([bool(j.prerequisites and unplanned_prerequisites(problem, j)) for j in chunk], dtype=bool)
        ranked = _rank_chunk(replace(problem, jobs=chunk), waiting, k, explainer, crewing)
        together = teamwork.rank(problem, [job for job in chunk if job.further_crews], k=k, crewing=crewing)
        for job, alone in zip(chunk, ranked, strict=True):
            yield next(together) if job.further_crews else alone


def _rank_chunk(
    problem: Problem, waiting: NDArray[np.bool_], k: int, explainer: Explainer, crewing: Crewing
) -> Iterator[RankedJob]:
    appraiser = Appraiser(problem)
    best = _best_insertions(problem, appraiser, crewing)
    waits = blames().index(register.waiting())
    best.blame[waiting] = np.where(best.blame[waiting] == 0, waits, best.blame[waiting])
    best.score[waiting] = _NEVER
    order = np.argsort(-best.score.astype(np.float64), axis=1, kind="stable")[:, :k]
    legal = (best.blame == 0).sum(axis=1)
    counts = np.minimum(legal, k)
    rows = np.repeat(np.arange(len(problem.jobs)), counts)
    cols = np.concatenate([np.zeros(0, dtype=np.int64), *(order[row, :n] for row, n in enumerate(counts))])
    drafts = _drafts(problem, appraiser, best, rows, cols)
    rivals_start = np.where(best.blame == 0, best.start, FOREVER).min(axis=1, initial=FOREVER)
    rivals_drive = np.where(best.blame == 0, best.drive, FOREVER).min(axis=1, initial=FOREVER)
    for row, job in enumerate(problem.jobs):
        rivals = Rivals(int(legal[row]), int(rivals_start[row]), int(rivals_drive[row]))
        chosen = []
        for number in range(int(counts[row])):
            draft, back = next(drafts)
            said, notes = explainer.reasons(draft, rivals), explainer.warnings(draft, back)
            chosen.append(replace(draft, rank=number + 1, reasons=said, warnings=notes))
        refused = _refused(best.blame[row])
        yield RankedJob(job.id, tuple(chosen), rivals, refused, summary(rivals.legal, refused))


def _best_insertions(problem: Problem, appraiser: Appraiser, crewing: Crewing) -> _Best:
    shape = len(problem.jobs), len(problem.shifts)
    best = _Best(
        score=np.full(shape, _NEVER, dtype=np.int64),
        start=np.zeros(shape, dtype=np.int64),
        drive=np.zeros(shape, dtype=np.int64),
        detour=np.zeros(shape, dtype=np.int64),
        back=np.zeros(shape, dtype=np.int64),
        overtime=np.zeros(shape, dtype=np.int64),
        tentative=np.zeros(shape, dtype=bool),
        blame=np.zeros(shape, dtype=np.uint8),
    )
    travel, rows = Travel.of(problem), np.arange(shape[0])
    for at, column in enumerate(columns(problem, crewing)):
        saved = [travel.seconds(gap.origin, gap.to) for gap in column.gaps]
        allowed = column.first <= column.last
        start = np.where(allowed, column.first, FOREVER).min(axis=2)
        detour = (column.drive_in + column.drive_out - np.array(saved)[None, :]).astype(np.int64)
        is_last = np.array([gap.is_last for gap in column.gaps])
        back = start + appraiser.duration[:, None] + is_last * column.drive_out
        overtime = appraiser.overtime(np.array([at]), back, is_last).astype(np.int64)
        facts = appraiser.facts(
            rows[:, None],
            np.array([[at]]),
            start=start,
            detour=detour,
            overtime=overtime,
            tentative=column.tentative[:, None],
        )
        score = np.where(start < FOREVER, scoring.total(problem.rules, facts), _NEVER)
        _keep(best, at, column, score, (start, column.drive_in, detour, back, overtime))
    return best


def _keep(best: _Best, at: int, column: Column, score: Rows, values: tuple[NDArray[np.signedinteger], ...]) -> None:
    # The best gap of each job; the earliest of equals.
    rows = np.arange(len(score))
    gap = score.argmax(axis=1) if len(score) else rows
    best.score[:, at] = score[rows, gap]
    for name, value in zip(("start", "drive", "detour", "back", "overtime"), values, strict=True):
        getattr(best, name)[:, at] = value[rows, gap]
    best.tentative[:, at], best.blame[:, at] = column.tentative, column.blame


def _drafts(
    problem: Problem, appraiser: Appraiser, best: _Best, rows: Rows, cols: Rows
) -> Iterator[tuple[Candidate, int]]:
    at = rows, cols
    facts = appraiser.facts(
        rows,
        cols,
        start=best.start[at],
        detour=best.detour[at],
        overtime=best.overtime[at],
        tentative=best.tentative[at],
    )
    drafts = candidates(problem, facts, rows, cols, start=best.start[at], drive=best.drive[at])
    return zip(drafts, best.back[at].tolist(), strict=True)


def candidates(
    problem: Problem, facts: scoring.Facts, rows: Rows, cols: Rows, *, start: Rows, drive: Rows
) -> Iterator[Candidate]:
    """One scored candidate of rank 1, still without reasons and warnings, for each place of the arrays."""
    parts = scoring.parts(problem.rules, facts, len(rows))
    values = rows.tolist(), cols.tolist(), start.tolist(), drive.tolist(), facts.pending.tolist()
    for row, col, begin, way, pending, part in zip(*values, parts, strict=True):
        job, shift = problem.jobs[row], problem.shifts[col]
        yield Candidate(
            job_id=job.id,
            shift_id=shift.id,
            rank=1,
            start=begin,
            end=begin + job.duration,
            travel=way,
            depart=begin - way,
            score=sum(one.points for one in part),
            parts=part,
            reasons=(),
            warnings=(),
            tentative=bool(pending),
        )


def _refused(blame: NDArray[np.uint8]) -> dict[str, int]:
    codes, counts = np.unique(blame[blame != 0], return_counts=True)
    names = blames()
    found = [(names[code], int(count)) for code, count in zip(codes.tolist(), counts.tolist(), strict=True)]
    return dict(sorted(found, key=lambda one: (-one[1], one[0])))
