"""Reading a file into rows beside its table, some hundred at a time."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from assignments import models
from assignments.services.files import dialects, leasing, naming, tables

CHUNK = 250
"""Rows of a transaction."""
_IN_MEMORY = 8_000_000

Status = models.FileImport.Status
Refused = dialects.Unreadable


def read(held: leasing.HeldImport) -> None:
    """Stages every row of the file, then asks for its columns or goes on with the check.

    Whatever was staged before a worker died is passed over. Raises ImportLost.
    """
    file = held.file
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
        for piece in models.FilePiece.objects.filter(file=file).order_by("place").iterator(chunk_size=8):
            content.write(piece.content)
        content.seek(0)
        try:
            is_over = _stage(held, content)
        except dialects.Unreadable as error:
            held.becomes(Status.REFUSED, sentence=str(error)[:500])
            return
    if is_over:
        _begin_check(held)


def _stage(held: leasing.HeldImport, content: IO[bytes]) -> bool:
    """Whether all rows are staged; else the worker was asked to stop."""
    file = held.file
    table = dialects.opened(content, most_unpacked=int(settings.IMPORT_UNPACKED_MB * 1e6))
    known = models.StagedRow.objects.filter(file=file).order_by("-number").values_list("number", flat=True).first() or 0
    counted = models.StagedRow.objects.filter(file=file).count()
    for rows in _chunks((number, cells) for number, cells in table.rows() if number > known):
        if held.stop():
            return False
        counted += len(rows)
        if counted > settings.IMPORT_ROWS:
            raise dialects.Unreadable(f"The file has more than {settings.IMPORT_ROWS:,} rows. Split it into several.")
        with transaction.atomic():
            held.progressed(rows=counted)
            models.StagedRow.objects.bulk_create(
                models.StagedRow(file=file, number=number, place=number, cells=json.dumps(cells))
                for number, cells in rows
            )
        held.pause()
    if not counted:
        raise dialects.Unreadable("The file has no row below its column names.")
    with transaction.atomic():
        held.progressed(rows=counted, headings=table.headings, left_out=table.left_out)
    return True


def _begin_check(held: leasing.HeldImport) -> None:
    file, chosen = held.file, tables.RESOURCES[held.file.table]()
    known = chosen.column_names
    names = naming.remembered(file.table, file.headings) | file.names
    names = {theirs: ours for theirs, ours in names.items() if ours in {*known, naming.LEFT_OUT}}
    if naming.unknown(file.headings, names, known):
        held.becomes(Status.ASKING, names=names)
    elif fault := naming.fault(file.headings, names, known, chosen.key):
        held.becomes(Status.REFUSED, sentence=fault)
    else:
        held.becomes(Status.CHECKING, names=names)
    # Its rows are all that is needed from now on.
    for piece in models.FilePiece.objects.filter(file=file).values_list("pk", flat=True):
        models.FilePiece.objects.filter(pk=piece).delete()


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk
