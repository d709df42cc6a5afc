"""A file is taken as it is, piece by piece, and waits for a worker; what a person says of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from assignments import models
from assignments.services.files import naming, tables
from assignments.services.records import auditing, refusals

PIECE = 256 * 1024
"""Bytes of a row: a short transaction each."""
FRESH = timedelta(minutes=5)
"""After a check, for which what it found is taken for true."""

Status = models.FileImport.Status


class MayNotImport(refusals.Refusal):
    """Files are for those who may add and change the rows of the table."""

    code = "may-not-import"
    next_step = "Ask an administrator for the right to add and to change these rows."


class FileTooLarge(refusals.Refusal):
    """The file is larger than the installation takes."""

    code = "file-too-large"
    next_step = "Split it into several files, or let the operator raise IMPORT_FILE_MB."


class MovedOn(refusals.Refusal):
    """The import is no longer where the page showed it."""

    code = "moved-on"
    next_step = "Look at the page again."


class ColumnsUnclear(refusals.Refusal):
    """The columns that were chosen make no table."""

    code = "columns-unclear"
    next_step = "Choose another column, or correct the file's first line."


def require_right(*, by: Any, table: str) -> None:
    """Raises MayNotImport."""
    opts = tables.RESOURCES[table]._meta.model._meta
    rights = [f"{opts.app_label}.{verb}_{opts.model_name}" for verb in ("add", "change")]
    if not (by.is_active and by.is_staff and by.has_perms(rights)):
        raise MayNotImport(f"{refusals.person(by)} may not import {opts.verbose_name_plural}.")


def start(
    *,
    table: str,
    name: str,
    content: Iterable[bytes],
    by: Any,
    now: datetime,
    dates: str = models.FileImport.Dates.ISO,
    decimal_comma: bool = False,
    shows_first: bool = False,
) -> models.FileImport:
    """The import, which waits for a worker. Raises MayNotImport, FileTooLarge; then nothing of it is kept."""
    require_right(by=by, table=table)
    made = models.FileImport(
        table=table, name=name[:200], dates=dates, decimal_comma=decimal_comma, shows_first=shows_first,
        started_by=by, started_at=now, asked_at=now, **models.FileImport.present(),
    )  # fmt: skip
    made.save(force_insert=True)
    try:
        _keep(made, content)
    except BaseException:
        made.delete()
        raise
    with transaction.atomic():
        # No worker takes it up before it is whole.
        models.FileImport.objects.filter(pk=made.pk).transition(Status.READING, size=made.size, asked_at=now)
        auditing.record(verb="file.uploaded", row=made, by=by, now=now, after={"table": table, "file": made.name})
    made.status = Status.READING
    return made


def _keep(made: models.FileImport, content: Iterable[bytes]) -> None:
    most = settings.IMPORT_FILE_MB * 1e6
    for place, piece in enumerate(content):
        made.size += len(piece)
        if made.size > most:
            raise FileTooLarge(f"{made.name} is larger than {settings.IMPORT_FILE_MB:g} MB.")
        models.FilePiece.objects.create(file=made, place=place, content=piece)


@transaction.atomic
def choose_columns(*, file: models.FileImport, names: Mapping[str, str], by: Any, now: datetime) -> None:
    """Goes on with the check. Raises MayNotImport, ColumnsUnclear, MovedOn."""
    require_right(by=by, table=file.table)
    chosen = tables.RESOURCES[file.table]()
    known = chosen.column_names
    allowed = {*known, naming.LEFT_OUT}
    together = file.names | {theirs: ours for theirs, ours in names.items() if theirs in file.headings}
    if left := naming.unknown(file.headings, together, known):
        raise ColumnsUnclear(f"Nobody has said what “{left[0]}” is.")
    if bad := sorted(set(together.values()) - allowed):
        raise ColumnsUnclear(f"There is no column “{bad[0]}”.")
    if fault := naming.fault(file.headings, together, known, chosen.key):
        raise ColumnsUnclear(fault)
    waiting = models.FileImport.objects.filter(pk=file.pk, status=Status.ASKING)
    if not waiting.transition(Status.CHECKING, names=together, asked_at=now):
        raise MovedOn(f"{file.name} is {file.get_status_display().lower()} now.")


@transaction.atomic
def go_on(*, file: models.FileImport, by: Any, now: datetime) -> None:
    """Imports what was checked, after another check when that is a while ago. Raises MayNotImport, MovedOn."""
    require_right(by=by, table=file.table)
    ready = models.FileImport.objects.filter(pk=file.pk, status=Status.READY)
    is_fresh = file.checked_at is not None and now - file.checked_at < FRESH
    values = {"asked_at": now, "shows_first": False} | ({} if is_fresh else {"checked": 0})
    if not ready.transition(Status.APPLYING if is_fresh else Status.CHECKING, **values):
        raise MovedOn(f"{file.name} is no longer waiting for that.")
    auditing.record(verb="file.confirmed", row=file, by=by, now=now, after={"table": file.table})


@transaction.atomic
def cancel(*, file: models.FileImport, by: Any, now: datetime) -> None:
    """Ends it before anything of it is in the table. Raises MayNotImport, MovedOn."""
    require_right(by=by, table=file.table)
    open_to_it = models.FileImport.objects.filter(pk=file.pk, status__in=models.FileImport.CANCELLABLE)
    if not open_to_it.transition(Status.CANCELLED, ended_at=now, ended_by=by, **models.FileImport.FREE):
        raise MovedOn(f"{file.name} is already being imported, or over.")
    auditing.record(verb="file.cancelled", row=file, by=by, now=now, after={"table": file.table})
