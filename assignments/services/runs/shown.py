"""The plan that people see when a run begins, and what the run has moved of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import OuterRef, Subquery

from assignments import models
from assignments.engine.domain.shown import ShownWork
from assignments.engine.ranking.changes import MovedJob
from assignments.services.snapshots import snapshotting

Status = models.Suggestion.Status


def known(*, snapshot: snapshotting.Snapshot, run: models.SuggestionRun, basis: str) -> snapshotting.Snapshot:
    """The snapshot, whose digest is `basis`, with the plan of the last usable run for the day, as far as nobody has
    decided on it.

    What is stale is shown as well: it says that something must change, and the run tells what it became.
    """
    last = _last_before(run)
    if last is None:
        return snapshot
    rows = models.Suggestion.objects.filter(run=last, in_plan=True, status__in=[Status.PROPOSED, Status.STALE])
    shown = tuple(
        ShownWork(row.order_id, tuple(row.shift_ids), snapshot.seconds(row.starts_at), row.read_at is not None)
        for row in rows.with_teams().order_by("starts_at", "pk")
        if row.order_id in snapshot.orders
    )
    # Kept early, its plan was not searched for as long as it might have been.
    unchanged = last.keep_asked_at is None and last.basis == basis
    return replace(snapshot, problem=replace(snapshot.problem, shown=shown, unchanged=unchanged))


def keep_what_was_read(*, run: models.SuggestionRun) -> None:
    """Marks what the run plans as the plan before it did as read, where that was."""
    last = _last_before(run)
    if last is None:
        return
    read = models.Suggestion.objects.filter(run=last, read_at__isnull=False)
    same = read.filter(order=OuterRef("order"), shift=OuterRef("shift"), team=OuterRef("team"))
    if orders := list(read.values_list("order_id", flat=True)):
        planned = models.Suggestion.objects.filter(run=run, in_plan=True, read_at=None, order__in=orders)
        planned.update(read_at=Subquery(same.values("read_at")[:1]))


def rows(
    *, run: models.SuggestionRun, moved: Sequence[MovedJob], snapshot: snapshotting.Snapshot
) -> list[models.MovedOrder]:
    """Rows, not stored yet, of the orders that the run has moved."""
    names = _CrewNames(snapshot, moved)
    return [
        models.MovedOrder(
            run=run,
            order_id=one.job_id,
            shown_crews=names.of(one.shown.team),
            shown_starts_at=snapshot.at(one.shown.start),
            crews=names.of(one.team),
            starts_at=None if one.start is None else snapshot.at(one.start),
            why=one.why.render(snapshot.clock)[:300],
        )
        for one in moved
    ]


def store(moved: Sequence[models.MovedOrder]) -> None:
    """Stores these rows, but for orders that are not there any more."""
    there = set(models.WorkOrder.objects.filter(pk__in=[one.order_id for one in moved]).values_list("pk", flat=True))
    models.MovedOrder.objects.bulk_create([one for one in moved if one.order_id in there], batch_size=500)


class _CrewNames:
    def __init__(self, snapshot: snapshotting.Snapshot, moved: Sequence[MovedJob]) -> None:
        self._names = {pk: shift.crew.name for pk, shift in snapshot.shifts.items()}
        gone = {pk for one in moved for pk in one.shown.team} - self._names.keys()
        if gone:
            # Cancelled since, or moved to another day.
            self._names |= dict(models.Shift.objects.filter(pk__in=gone).values_list("pk", "crew__name"))

    def of(self, team: Sequence[int]) -> str:
        return " + ".join(self._names.get(pk, "a crew that is gone") for pk in team)[:300]


def _last_before(run: models.SuggestionRun) -> models.SuggestionRun | None:
    usable = models.SuggestionRun.objects.filter(
        district=run.district_id, day=run.day, status__in=models.SuggestionRun.USABLE
    )
    found: models.SuggestionRun | None = usable.exclude(pk=run.pk).order_by("-requested_at").first()
    return found
