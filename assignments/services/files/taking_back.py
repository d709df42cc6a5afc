"""Taking back the part of a file that was imported before a row of it turned out to be impossible.

What stood in the table before is written again, from the staged rows; what somebody has changed since is left alone and
named. A row that was new is deleted, or ended where others rest on it: the record says that there was an order.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from assignments import models
from assignments.services.files import leasing
from assignments.services.files.applying import MARKS
from assignments.services.files.pacing import Pace
from assignments.services.files.reading import RowReader
from assignments.services.files.resource import ExchangeResource, ReadRow
from assignments.services.inputs import entries, touching
from assignments.services.records import auditing, refusals

REASON = "The import of a file was taken back."
_CONCLUDED = ("READY", "WAITING", "RECEIVED")
"""Statuses of an order that Lineup may have concluded from the one that a file gave it."""

Status = models.FileImport.Status
Outcome = models.StagedRow.Outcome


def take_back(held: leasing.HeldImport) -> None:
    """Takes back what is left of it. Raises ImportLost."""
    file, form, pace = held.file, RowReader(held.file), Pace()
    while staged := _next(file, pace.size):
        if held.stop():
            return
        began = time.monotonic()
        with transaction.atomic():
            held.progressed(taken_back=file.taken_back + len(staged))
            _Piece(held, form.resource(), staged).take_back()
        pace.took(len(staged), time.monotonic() - began)
        held.pause()
    with transaction.atomic():
        auditing.record(
            verb="file.taken-back", row=file, by=file.started_by, now=held.now_fn(), reason=file.sentence[:300],
            after={"table": file.table, "file": file.name},
        )  # fmt: skip
        held.becomes(Status.TAKEN_BACK)


def _next(file: models.FileImport, size: int) -> list[models.StagedRow]:
    return list(models.StagedRow.objects.filter(file=file, is_applied=True).order_by("-place")[:size])


class _Piece:
    """Rows that are taken back in one transaction."""

    def __init__(
        self, held: leasing.HeldImport, resource: ExchangeResource, staged: Sequence[models.StagedRow]
    ) -> None:
        self.held, self.resource, self.staged = held, resource, staged
        self.by, self.now = held.file.started_by, held.now_fn()
        self.cause = f"an import of {refusals.person(self.by)} was taken back"
        self.touched = touching.Touched()
        self.gone: list[Any] = []

    def take_back(self) -> None:
        by_outcome: dict[str, list[models.StagedRow]] = defaultdict(list)
        for one in self.staged:
            one.is_applied = False
            by_outcome[one.outcome].append(one)
        if changed := by_outcome[Outcome.CHANGED]:
            self._write_again(changed)
        if new := by_outcome[Outcome.NEW]:
            self._end(new)
        models.StagedRow.objects.bulk_create(
            self.staged, update_conflicts=True, unique_fields=["file", "number"], update_fields=[*MARKS, "told"]
        )

    def _write_again(self, staged: Sequence[models.StagedRow]) -> None:
        rows = [(one.number, json.loads(one.before)) for one in staged]
        ids = [one.object_id or 0 for one in staged]
        self.resource.is_taking_back = True
        read = self.resource.read(rows, lock=True, targets=ids)
        for row, one in zip(staged, read, strict=True):
            if why := self._why_left(row, one):
                _leave(row, why)
        writing = [one for row, one in zip(staged, read, strict=True) if row.outcome != Outcome.LEFT and one.writes]
        self.resource.write(writing, by=self.by, now=self.now, reason=REASON, cause=self.cause)

    def _why_left(self, row: models.StagedRow, read: ReadRow) -> str:
        if read.is_new:
            return "It was deleted meanwhile."
        written = json.loads(row.written)
        now = self.resource.cells_of(read.original, read.cells)
        if "status" in written and written["status"] in _CONCLUDED and now["status"] in _CONCLUDED:
            now["status"] = written["status"]
        if others := [name for name, cell in written.items() if now[name] != cell]:
            return f"Somebody has changed {', '.join(others)} since; it stays as it is."
        return read.refused[0][1] if read.refused else ""

    def _end(self, staged: Sequence[models.StagedRow]) -> None:
        stored = self.resource.stored().select_for_update(no_key=True, of=("self",))
        found = stored.in_bulk([one.object_id for one in staged])
        for row in staged:
            if (instance := found.get(row.object_id)) is not None:
                self._end_one(row, instance)
        self.resource.follow(self.gone, self.touched, by=self.by, now=self.now, cause=self.cause)

    def _end_one(self, row: models.StagedRow, instance: Any) -> None:
        self.touched |= touching.touched_by(instance)
        if not isinstance(instance, models.WorkOrder) and self._is_deleted(instance):
            return
        if why := _end(instance):
            _leave(row, why)
            return
        auditing.record_all([entries.entry(instance, "changed", by=self.by, now=self.now, reason=REASON)])
        self.gone.append(instance)

    def _is_deleted(self, instance: Any) -> bool:
        made = entries.entry(instance, "deleted", by=self.by, now=self.now, reason=REASON)
        if made.district == instance:
            made.district = None
        try:
            with transaction.atomic():
                instance.delete()
        except (ProtectedError, RestrictedError, IntegrityError):
            return False
        auditing.record_all([made])
        self.gone.append(instance)
        return True


def _end(instance: Any) -> str:
    """Ends a row that cannot be deleted; why that cannot be, else empty."""
    if isinstance(instance, models.WorkOrder):
        if instance.status not in models.WorkOrder.ASSIGNABLE:
            return f"{instance.number} is {instance.get_status_display().lower()} now; cancel it if nobody needs it."
        instance.status, instance.version = models.WorkOrder.Status.CANCELLED, instance.version + 1
        instance.save(update_fields=["status", "version"])
        return ""
    for name, over in (("active", False), ("cancelled", True)):
        if hasattr(instance, name):
            setattr(instance, name, over)
            instance.save(update_fields=[name])
            return ""
    return f"Others rest on {instance} now; it stays."


def _leave(row: models.StagedRow, why: str) -> None:
    row.outcome, row.told = Outcome.LEFT, json.dumps([("", why)])
