"""Importing the rows of a file that were all found good: some at a time, each in one short transaction with its record,
its consequences and its mark.

A worker that is killed loses the piece it was at, and another goes on from the marks. A row that cannot be imported any
more, because the table has become another since the check, has the whole import taken back.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence

import tenacity
from django.db import DataError, IntegrityError, OperationalError, transaction

from assignments import models
from assignments.services.files import columns, leasing, naming, uploading
from assignments.services.files.pacing import Pace
from assignments.services.files.reading import RowReader
from assignments.services.files.resource import ExchangeResource, ReadRow
from assignments.services.records import auditing, refusals

logger = logging.getLogger(__name__)

Status = models.FileImport.Status
Outcome = models.StagedRow.Outcome
MARKS = ("outcome", "object_id", "before", "written", "is_applied")


class RowImpossible(Exception):
    """A row that was good when it was checked is not any more."""


def apply(held: leasing.HeldImport) -> None:
    """Imports what is left. Raises ImportLost."""
    file, form, pace = held.file, RowReader(held.file), Pace()
    try:
        uploading.require_right(by=file.started_by, table=file.table)
        while staged := _next(file, pace.size):
            if held.stop():
                return
            _apply(held, form, staged, pace)
            held.pause()
    except (RowImpossible, refusals.Refusal) as error:
        held.becomes(Status.TAKING_BACK, sentence=str(error)[:500])
        return
    with transaction.atomic():
        chosen = {theirs: ours for theirs, ours in file.names.items() if theirs in file.headings}
        naming.remember(file.table, chosen)
        auditing.record(
            verb="file.imported", row=file, by=file.started_by, now=held.now_fn(),
            after={"table": file.table, "file": file.name, "rows": file.rows},
        )  # fmt: skip
        held.becomes(Status.DONE)


def _apply(held: leasing.HeldImport, form: RowReader, staged: Sequence[models.StagedRow], pace: Pace) -> None:
    resource, rows, applied = form.resource(), form.rows(staged), held.file.applied
    resource.in_file = {resource.name_in_file(row) for _, row in rows}
    resource.look_up([row for _, row in rows])
    # Others wait from here on.
    began = time.monotonic()
    try:
        _write(held, resource, staged, rows, applied + len(staged))
    except (DataError, IntegrityError) as error:
        held.file.applied = applied
        if len(staged) > 1:
            _one_by_one(held, form, staged)
            return
        logger.exception("Row %s of import %s cannot be stored", staged[0].number, held.file.pk)
        raise RowImpossible(
            f"Row {staged[0].number:,} cannot be stored, although it was found good. Tell an administrator."
        ) from error
    except RowImpossible:
        held.file.applied = applied
        raise
    pace.took(len(staged), time.monotonic() - began)


def _one_by_one(held: leasing.HeldImport, form: RowReader, staged: Sequence[models.StagedRow]) -> None:
    """The same rows in a transaction each, to know which of them the database refuses."""
    for one in staged:
        _apply(held, form, [one], Pace())
        held.pause()


# A deadlock, or SQLite locked for good, is over when the other transaction is.
@tenacity.retry(
    retry=tenacity.retry_if_exception_type(OperationalError),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_random(0.05, 0.3),
    reraise=True,
)
@transaction.atomic
def _write(
    held: leasing.HeldImport,
    resource: ExchangeResource,
    staged: Sequence[models.StagedRow],
    rows: Sequence[tuple[int, columns.Row]],
    applied: int,
) -> None:
    file = held.file
    held.progressed(applied=applied)
    read = resource.read(rows, lock=True)
    if bad := next((one for one in read if one.refused), None):
        column, sentence = bad.refused[0]
        where = f"row {bad.number:,}, column “{column}”" if column else f"row {bad.number:,}"
        raise RowImpossible(f"The table has become another since the check; {where}: {sentence}")
    _mark(resource, staged, read)
    writing = [one for one in read if one.writes]
    resource.write(writing, by=file.started_by, now=held.now_fn())
    ids = {one.number: one.instance.pk for one in writing}
    for one in staged:
        one.object_id = ids.get(one.number)
    models.StagedRow.objects.bulk_create(
        staged, update_conflicts=True, unique_fields=["file", "number"], update_fields=MARKS
    )


def _mark(resource: ExchangeResource, staged: Sequence[models.StagedRow], read: Sequence[ReadRow]) -> None:
    """Keeps beside each row the cells of the table before and after."""
    for row, one in zip(staged, read, strict=True):
        row.is_applied = True
        row.outcome = Outcome.NEW if one.is_new else Outcome.CHANGED if one.changed else Outcome.SAME
        if row.outcome == Outcome.CHANGED:
            row.before = json.dumps(resource.cells_of(one.original, one.cells))
            row.written = json.dumps({
                name: cell for name, cell in resource.cells_of(one.instance, one.cells).items() if name in one.changed
            })  # fmt: skip


def _next(file: models.FileImport, size: int) -> list[models.StagedRow]:
    return list(models.StagedRow.objects.filter(file=file, is_applied=False).order_by("place")[:size])
