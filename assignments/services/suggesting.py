"""The suggestions of a run: stored batch by batch while it is under way, withdrawn when it no longer counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from assignments import models
from assignments.engine.candidates import Candidate, RankedJob
from assignments.services import events, snapshotting

Status = models.Suggestion.Status

# What a later word of the engine about the same order and shift replaces.
_SAID_BY_ENGINE = (
    "rank", "starts_at", "ends_at", "departs_at", "travel_minutes", "score", "parts", "reasons", "warnings",
    "in_plan", "tentative", "fingerprint",
)  # fmt: skip


class RunLost(Exception):
    """The run is no longer this worker's: cancelled, or taken over after its lease ran out. Nothing was written."""


@transaction.atomic
def store_batch(
    *,
    run: models.SuggestionRun,
    owner: str,
    jobs: Sequence[RankedJob],
    ranked: int,
    snapshot: snapshotting.Snapshot,
    now: datetime,
) -> models.SuggestionRun:
    """The run with its counters, after the candidates of these orders were stored and announced.

    They replace what the run had proposed for the orders before; `ranked` is how many orders the run has ranked by now.
    What somebody has already decided stays as it is, and an order that was given to a crew meanwhile gets none.
    Raises RunLost.
    """
    order_ids = [job.job_id for job in jobs]
    _take(run, owner, orders_ranked=ranked)
    wanted = _without_decided(run, [candidate for job in jobs for candidate in job.candidates])
    _drop_others(run, order_ids, wanted)
    models.Suggestion.objects.bulk_create(
        [_row(run, candidate, snapshot) for candidate in wanted],
        update_conflicts=True,
        unique_fields=["run", "order", "shift"],
        update_fields=_SAID_BY_ENGINE,
        batch_size=500,
    )
    _store_verdicts(run, jobs, snapshot)
    in_plan = models.Suggestion.objects.filter(run=run, in_plan=True).count()
    models.SuggestionRun.objects.filter(pk=run.pk).update(orders_in_plan=in_plan)
    run.refresh_from_db()
    events.suggestions_ready(run=run, order_ids=order_ids, now=now)
    return run


def _store_verdicts(run: models.SuggestionRun, jobs: Sequence[RankedJob], snapshot: snapshotting.Snapshot) -> None:
    models.Verdict.objects.bulk_create(
        [
            models.Verdict(run=run, order_id=job.job_id, legal=job.legal, text=job.summary.render(snapshot.clock)[:300])
            for job in jobs
        ],
        update_conflicts=True,
        unique_fields=["run", "order"],
        update_fields=["legal", "text"],
        batch_size=500,
    )


def discard(*, run: models.SuggestionRun) -> int:
    """How many suggestions of an unfinished attempt were removed; what somebody decided on is kept."""
    kept = (Status.APPROVED, Status.REJECTED)
    removed, _ = models.Suggestion.objects.filter(run=run).exclude(status__in=kept).delete()
    models.Suggestion.objects.filter(run=run).update(in_plan=False)
    models.Verdict.objects.filter(run=run).delete()
    return removed


def expire(*, run: models.SuggestionRun, now: datetime) -> int:
    """How many open suggestions of a run that came to nothing were withdrawn."""
    return _withdraw(models.Suggestion.objects.filter(run=run), Status.EXPIRED, "run.withdrawn", now)


def supersede_before(*, run: models.SuggestionRun, now: datetime) -> int:
    """How many open suggestions of earlier runs for the district's day, superseded with their runs, `run` replaced."""
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


def _take(run: models.SuggestionRun, owner: str, **counters: int) -> None:
    """Takes the run's row for this transaction, so that nobody else can take the run before it commits."""
    held = models.SuggestionRun.objects.filter(pk=run.pk, lease_owner=owner).under_way()
    if not held.update(version=F("version") + 1, **counters):
        raise RunLost(f"Run {run.pk} is no longer held by {owner}.")


def _without_decided(run: models.SuggestionRun, candidates: Sequence[Candidate]) -> list[Candidate]:
    order_ids = {candidate.job_id for candidate in candidates}
    assignable = set(models.WorkOrder.objects.assignable().filter(pk__in=order_ids).values_list("pk", flat=True))
    rows = models.Suggestion.objects.filter(run=run, order__in=order_ids).exclude(status=Status.PROPOSED)
    decided = set(rows.values_list("order_id", "shift_id"))
    return [one for one in candidates if one.job_id in assignable and (one.job_id, one.shift_id) not in decided]


def _drop_others(run: models.SuggestionRun, order_ids: Sequence[int], wanted: Sequence[Candidate]) -> None:
    """What the run had proposed for the orders and now does not; nothing of them is in the plan until it says so."""
    rows = models.Suggestion.objects.filter(run=run, order__in=order_ids)
    before = rows.filter(status=Status.PROPOSED).values_list("pk", "order_id", "shift_id")
    now_wanted = {(one.job_id, one.shift_id) for one in wanted}
    dropped = [pk for pk, order_id, shift_id in before if (order_id, shift_id) not in now_wanted]
    models.Suggestion.objects.filter(pk__in=dropped).transition(Status.SUPERSEDED)
    rows.filter(in_plan=True).update(in_plan=False)


def _row(run: models.SuggestionRun, candidate: Candidate, snapshot: snapshotting.Snapshot) -> models.Suggestion:
    return models.Suggestion(
        run=run,
        order_id=candidate.job_id,
        crew_id=snapshot.shifts[candidate.shift_id].crew_id,
        shift_id=candidate.shift_id,
        rank=candidate.rank,
        starts_at=snapshot.at(candidate.start),
        ends_at=snapshot.at(candidate.end),
        departs_at=snapshot.at(candidate.depart),
        travel_minutes=-(-candidate.travel // 60),
        score=candidate.score,
        parts=[_part(part) for part in candidate.parts],
        reasons=[{"code": one.code, "text": one.render(snapshot.clock)} for one in candidate.reasons],
        warnings=[{"code": one.code, "text": one.render(snapshot.clock)} for one in candidate.warnings],
        in_plan=candidate.in_plan,
        tentative=candidate.tentative,
        fingerprint=snapshot.fingerprint(candidate.job_id, candidate.shift_id),
    )


def _part(part: Any) -> dict[str, Any]:
    return {"code": part.code, "label": part.name, "value": part.points, "detail": part.words}
