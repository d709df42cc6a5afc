"""The suggestions of a run: stored batch by batch while it is under way, withdrawn when it no longer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from assignments import models
from assignments.engine.ranking.candidates import Candidate, RankedJob
from assignments.engine.rules.scoring import ScorePart
from assignments.queries import shared_people
from assignments.services.records import events
from assignments.services.runs import displacing, rejected
from assignments.services.snapshots import snapshotting

Status = models.Suggestion.Status

# Columns that a later answer of the engine about the same order and shift replaces.
_SAID_BY_ENGINE = (
    "rank", "starts_at", "ends_at", "departs_at", "travel_minutes", "score", "parts", "reasons", "warnings",
    "in_plan", "tentative", "fingerprint",
)  # fmt: skip


class RunLost(Exception):
    """The run is no longer this worker's: cancelled, or taken over after its lease ran out. Nothing was written."""


def store_batch(
    *,
    run: models.SuggestionRun,
    owner: str,
    jobs: Sequence[RankedJob],
    ranked: int,
    snapshot: snapshotting.Snapshot,
    now: datetime,
    whole: bool = True,
) -> models.SuggestionRun:
    """The run with its counters, after the candidates of these orders were stored and announced.

    They replace what the run had proposed for the orders before; `ranked` is how many orders the run has ranked by now.
    What somebody has already decided stays as it is, and an order that was given to a crew meanwhile gets none. What
    wants a crew at a time for which it was given other work meanwhile is stale from the beginning. Not `whole`: more of
    the same plan is to come, and until then the figures say that what is stored is no plan as a whole. Raises RunLost.
    """
    # Worked out before the transaction: on SQLite nobody else writes while it lasts.
    candidates = [candidate for job in jobs for candidate in job.candidates]
    batch = _Batch(
        jobs=jobs,
        rows={_key(one): _row(run, one, snapshot) for one in candidates},
        verdicts=[_verdict(run, job, snapshot) for job in jobs],
    )
    told = {} if whole else {"figures": {**run.figures, "whole": False}}
    with transaction.atomic():
        _take(run, owner, orders_ranked=ranked, **told)
        _store(run, batch, snapshot)
        run.refresh_from_db()
        events.suggestions_ready(run=run, order_ids=[job.job_id for job in jobs], now=now)
    return run


@dataclass(frozen=True, slots=True)
class _Batch:
    jobs: Sequence[RankedJob]
    rows: Mapping[tuple[int, int, str], models.Suggestion]
    """By key of their candidates."""
    verdicts: Sequence[models.Verdict]


def _store(run: models.SuggestionRun, batch: _Batch, snapshot: snapshotting.Snapshot) -> None:
    wanted = _without_decided(run, [candidate for job in batch.jobs for candidate in job.candidates])
    # Rejected since the run took its snapshot: rejecting locks the order too.
    unwanted = rejected.held(snapshot=snapshot, order_ids={one.job_id for one in wanted})
    wanted = [one for one in wanted if (one.job_id, *one.team) not in unwanted]
    given_away = _given_away_since(snapshot, wanted)
    _drop_others(run, [job.job_id for job in batch.jobs], wanted)
    rows = models.Suggestion.objects.bulk_create(
        [batch.rows[_key(one)] for one in wanted],
        update_conflicts=True,
        unique_fields=["run", "order", "shift", "team"],
        update_fields=_SAID_BY_ENGINE,
        batch_size=500,
    )
    _store_further_crews(wanted, rows, snapshot)
    displacing.displace(assignments=given_away, among=models.Suggestion.objects.filter(run=run))
    models.Verdict.objects.bulk_create(
        batch.verdicts,
        update_conflicts=True,
        unique_fields=["run", "order"],
        update_fields=["legal", "text"],
        batch_size=500,
    )
    in_plan = models.Suggestion.objects.filter(run=run, in_plan=True).count()
    models.SuggestionRun.objects.filter(pk=run.pk).update(orders_in_plan=in_plan)


def _verdict(run: models.SuggestionRun, job: RankedJob, snapshot: snapshotting.Snapshot) -> models.Verdict:
    return models.Verdict(run=run, order_id=job.job_id, legal=job.legal, text=job.summary.render(snapshot.clock)[:300])


def _store_further_crews(
    wanted: Sequence[Candidate], rows: Sequence[models.Suggestion], snapshot: snapshotting.Snapshot
) -> None:
    further_crews = [
        models.FurtherCrew(
            suggestion=row,
            # The engine counts a job's further crews; an order's parts have numbers of their own, with gaps maybe.
            part=snapshot.orders[candidate.job_id].further_parts[one.part - 1].number,
            crew_id=snapshot.shifts[one.shift_id].crew_id,
            shift_id=one.shift_id,
            departs_at=snapshot.at(one.depart),
            travel_minutes=_minutes(one.travel),
        )
        for candidate, row in zip(wanted, rows, strict=True)
        for one in candidate.further_crews
    ]
    if further_crews:
        models.FurtherCrew.objects.bulk_create(
            further_crews,
            update_conflicts=True,
            unique_fields=["suggestion", "part"],
            update_fields=["crew", "shift", "departs_at", "travel_minutes"],
            batch_size=500,
        )


def _given_away_since(snapshot: snapshotting.Snapshot, wanted: Sequence[Candidate]) -> list[models.Assignment]:
    """Live assignments of the candidates' crews that the snapshot did not know; the engine planned around the others,
    whose departure moves with what is done before them. The crews are locked: until the caller has committed, nobody
    gives one of them away who would not see what is suggested."""
    if not wanted:
        return []
    crew_ids = {snapshot.shifts[shift_id].crew_id for one in wanted for shift_id in one.team}
    crew_ids |= shared_people.crews_beside(crew_ids)
    list(models.Crew.objects.filter(pk__in=crew_ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    known = {(c.job_id, c.window.start, c.window.end) for shift in snapshot.problem.shifts for c in shift.commitments}
    booked = (one for shift in snapshot.problem.shifts for member in shift.members for one in member.booked)
    known |= {(one.job_id, one.window.start, one.window.end) for one in booked}
    first = min(depart for one in wanted for depart in (one.depart, *(beside.depart for beside in one.further_crews)))
    start, end = snapshot.at(first), snapshot.at(max(one.end for one in wanted))
    rows = models.Assignment.objects.live().overlapping(start, end).filter(crew__in=crew_ids)
    return [
        row
        for row in rows.select_related("order__district", "crew", "suggestion").prefetch_related(
            "suggestion__further_crews"
        )
        if (row.order_id, snapshot.seconds(row.starts_at), snapshot.seconds(row.ends_at)) not in known
    ]


def discard(*, run: models.SuggestionRun) -> int:
    """Number of removed suggestions of an unfinished attempt; those that somebody decided on are kept."""
    kept = (Status.APPROVED, Status.REJECTED)
    removed, _ = models.Suggestion.objects.filter(run=run).exclude(status__in=kept).delete()
    models.Suggestion.objects.filter(run=run).update(in_plan=False)
    models.Verdict.objects.filter(run=run).delete()
    return removed


def stale(*, run: models.SuggestionRun) -> list[int]:
    """Suggestions of the run that went stale by now."""
    return list(models.Suggestion.objects.filter(run=run, status=Status.STALE).values_list("pk", flat=True))


def clear(*, run: models.SuggestionRun, pks: Sequence[int]) -> None:
    """Removes these suggestions, if they are still stale: the run may propose the same again, on newer facts."""
    models.Suggestion.objects.filter(run=run, pk__in=pks, status=Status.STALE).delete()


def expire(*, run: models.SuggestionRun, now: datetime) -> int:
    """Number of withdrawn open suggestions of a run that came to nothing."""
    return _withdraw(models.Suggestion.objects.filter(run=run), Status.EXPIRED, "run.withdrawn", now)


def supersede_before(*, run: models.SuggestionRun, now: datetime) -> int:
    """Number of open suggestions of earlier runs for the district's day that `run` replaced, with their runs."""
    earlier = models.SuggestionRun.objects.filter(district=run.district_id, day=run.day).exclude(pk=run.pk)
    ids = list(earlier.filter(status__in=models.SuggestionRun.USABLE).values_list("pk", flat=True))
    models.SuggestionRun.objects.filter(pk__in=ids).transition("SUPERSEDED", version=F("version") + 1)
    models.Verdict.objects.filter(run__in=ids).delete()
    return _withdraw(models.Suggestion.objects.filter(run__in=ids), Status.SUPERSEDED, "run.superseded", now)


def _withdraw(rows: models.runs.SuggestionQuerySet, to: str, cause: str, now: datetime) -> int:
    open_rows = rows.filter(status__in=[Status.PROPOSED, Status.STALE])
    order_ids = set(open_rows.values_list("order_id", flat=True))
    withdrawn = open_rows.transition(to)
    events.order_changed(orders=order_ids, cause=cause, now=now)
    return withdrawn


def _take(run: models.SuggestionRun, owner: str, **counters: Any) -> None:
    """Takes the run's row for this transaction, so that nobody else can take the run before it commits."""
    held = models.SuggestionRun.objects.filter(pk=run.pk).under_way().held_by(owner)
    if not held.update(version=F("version") + 1, **counters):
        raise RunLost(f"Run {run.pk} is no longer held by {owner}.")


def _without_decided(run: models.SuggestionRun, candidates: Sequence[Candidate]) -> list[Candidate]:
    order_ids = {candidate.job_id for candidate in candidates}
    # Locked as by an approval, orders before crews, so that neither waits for the other in a circle.
    orders = models.WorkOrder.objects.assignable().filter(pk__in=order_ids).select_for_update(no_key=True)
    assignable = set(orders.order_by("pk").values_list("pk", flat=True))
    rows = models.Suggestion.objects.filter(run=run, order__in=order_ids).exclude(status=Status.PROPOSED)
    decided = set(rows.values_list("order_id", "shift_id", "team"))
    return [one for one in candidates if one.job_id in assignable and _key(one) not in decided]


def _key(candidate: Candidate) -> tuple[int, int, str]:
    return candidate.job_id, candidate.shift_id, _team(candidate)


def _team(candidate: Candidate) -> str:
    return "-".join(str(one.shift_id) for one in candidate.further_crews)


def _drop_others(run: models.SuggestionRun, order_ids: Sequence[int], wanted: Sequence[Candidate]) -> None:
    """Withdraws what the run no longer proposes for the orders, and takes all of them out of the plan."""
    rows = models.Suggestion.objects.filter(run=run, order__in=order_ids)
    before = rows.filter(status=Status.PROPOSED).values_list("pk", "order_id", "shift_id", "team")
    now_wanted = {_key(one) for one in wanted}
    dropped = [pk for pk, *key in before if tuple(key) not in now_wanted]
    models.Suggestion.objects.filter(pk__in=dropped).transition(Status.SUPERSEDED)
    rows.filter(in_plan=True).update(in_plan=False)


def _row(run: models.SuggestionRun, candidate: Candidate, snapshot: snapshotting.Snapshot) -> models.Suggestion:
    return models.Suggestion(
        run=run,
        order_id=candidate.job_id,
        crew_id=snapshot.shifts[candidate.shift_id].crew_id,
        shift_id=candidate.shift_id,
        team=_team(candidate),
        rank=candidate.rank,
        starts_at=snapshot.at(candidate.start),
        ends_at=snapshot.at(candidate.end),
        departs_at=snapshot.at(candidate.depart),
        travel_minutes=_minutes(candidate.travel),
        score=candidate.score,
        parts=[part(one) for one in candidate.parts],
        reasons=[{"code": one.code, "text": one.render(snapshot.clock)} for one in candidate.reasons],
        warnings=[{"code": one.code, "text": one.render(snapshot.clock)} for one in candidate.warnings],
        in_plan=candidate.in_plan,
        tentative=candidate.tentative,
        fingerprint=snapshot.fingerprint(candidate.job_id, *candidate.team),
    )


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def part(one: ScorePart) -> dict[str, Any]:
    """A part of a score as a suggestion keeps it."""
    return {"code": one.code, "label": one.name, "value": one.points, "amount": one.amount, "detail": one.words}
