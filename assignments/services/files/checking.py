"""Checking every row of a file against the table as it stands, without writing to it.

Reads alone, so that nobody waits for SQLite's write lock but while what was found is stored.
"""

from __future__ import annotations

import graphlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import transaction

from assignments import models
from assignments.engine.domain.rings import ring, told
from assignments.queries import rings
from assignments.services.files import leasing, parts, uploading
from assignments.services.files.reading import RowReader
from assignments.services.files.resource import ExchangeResource, Identity, ReadRow
from assignments.services.records import refusals

CHUNK = 200
MOST_REFUSED = 200
"""Rows after which the check ends: who has so many corrects the file as a whole."""
_LINKS = "prerequisites"
SHOWN = 50
_SHORT = 80
"""Rows of which the page shows what they change."""

Status = models.FileImport.Status
Outcome = models.StagedRow.Outcome


class FileCheck:
    """The check of one file by one worker; another goes on from the first row that was not checked."""

    def __init__(self, held: leasing.HeldImport) -> None:
        self.held, self.form = held, RowReader(held.file)
        self.in_file: set[str] = set()
        self.rows_of: dict[Identity, int] = {}
        self.links: dict[str, tuple[int, list[str]]] = {}
        """Of rows that name others of the file: their number in it, and the names."""
        self.shown = 0

    def run(self) -> None:
        """Checks what is left. Raises ImportLost."""
        file = self.held.file
        try:
            uploading.require_right(by=file.started_by, table=file.table)
        except refusals.Refusal as refusal:
            self.held.becomes(Status.REFUSED, sentence=refusal.sentence)
            return
        if file.checked == 0:
            self._begin_anew()
        self._name_the_rows()
        for staged in self._chunks():
            if self.held.stop():
                return
            self._check(staged)
            self.held.pause()
            if file.refused >= MOST_REFUSED:
                break
        if not file.refused:
            self._put_in_order()
        self._end()

    def _begin_anew(self) -> None:
        with transaction.atomic():
            self.held.progressed(refused=0)
        # Of a check before.
        judged = models.StagedRow.objects.filter(file=self.held.file).exclude(outcome=Outcome.UNCHECKED)
        while pks := list(judged.values_list("pk", flat=True)[:CHUNK]):
            models.StagedRow.objects.filter(pk__in=pks).update(outcome=Outcome.UNCHECKED, told="")
            self.held.pause()

    def _name_the_rows(self) -> None:
        resource = self.form.resource()
        if not any(isinstance(one, parts.Links) for one in resource.fields.values()):
            return
        for staged in _by_number(self.held.file):
            self.in_file |= {resource.name_in_file(row) for _, row in self.form.rows(staged)}
            self.held.keep()
        self.in_file.discard("")

    def _chunks(self) -> Iterator[list[models.StagedRow]]:
        """The rows that are not checked; of those before only what they are."""
        done = self.held.file.checked
        for staged in _by_number(self.held.file):
            if done >= len(staged):
                self._read(staged)
                self.held.keep()
                done -= len(staged)
                continue
            yield staged
            done = 0

    def _read(self, staged: Sequence[models.StagedRow]) -> list[ReadRow]:
        resource = self.form.resource()
        resource.in_file = self.in_file
        read = resource.read(self.form.rows(staged))
        for one in read:
            # The first is what the row is found by.
            twice = self.rows_of.get(one.identities[0]) if one.identities else None
            if twice is not None and twice != one.number:
                one.refused.append(("", f"Row {twice:,} of the file already says what this row is."))
            for identity in one.identities:
                self.rows_of.setdefault(identity, one.number)
        self._keep_links(resource, read)
        return read

    def _keep_links(self, resource: ExchangeResource, read: Sequence[ReadRow]) -> None:
        for field in (one for one in resource.fields.values() if isinstance(one, parts.Links)):
            for one in read:
                if field.column_name in one.cells and one.instance is not None and not one.refused:
                    name = resource.name_in_file(one.cells)
                    self.links[name] = one.number, list(field.get_value(one.instance))

    def _check(self, staged: list[models.StagedRow]) -> None:
        by_number = {one.number: one for one in staged}
        by_outcome: dict[str, list[int]] = defaultdict(list)
        told: list[models.StagedRow] = []
        for one in self._read(staged):
            row = by_number[one.number]
            row.outcome = _outcome(one)
            if row.outcome == Outcome.REFUSED:
                row.told = json.dumps(one.refused)
            elif row.outcome != Outcome.SAME and self.shown < SHOWN:
                self.shown += 1
                row.told = json.dumps(_change(self.form.resource(), one))
            if row.told:
                told.append(row)
            else:
                by_outcome[row.outcome].append(row.pk)
        file = self.held.file
        refused = sum(one.outcome == Outcome.REFUSED for one in staged)
        with transaction.atomic():
            self.held.progressed(checked=file.checked + len(staged), refused=file.refused + refused)
            for outcome, pks in by_outcome.items():
                models.StagedRow.objects.filter(pk__in=pks).update(outcome=outcome, told="")
            models.StagedRow.objects.bulk_update(told, ["outcome", "told"], batch_size=50)

    def _put_in_order(self) -> None:
        """Gives rows that others of the file name their turn before them; refuses those that wait in a ring."""
        numbers = {name: number for name, (number, _) in self.links.items()}
        after = {number: {numbers[name] for name in names if name in numbers} for number, names in self.links.values()}
        self._refuse_rings(numbers)
        if self.held.file.refused or all(number > other for number, others in after.items() for other in others):
            return
        turns = {number: place for place, number in enumerate(_in_order(self.held.file, after), start=1)}
        for staged in _by_number(self.held.file):
            for one in staged:
                one.place = turns[one.number]
            with transaction.atomic():
                self.held.progressed()
                models.StagedRow.objects.bulk_update(staged, ["place"], batch_size=CHUNK // 2)
            self.held.pause()

    def _refuse_rings(self, numbers: dict[str, int]) -> None:
        """Refuses each row that would wait for itself, the table and the file taken together."""
        if self.held.file.table != models.WorkOrder._meta.model_name or not any(n for _, n in self.links.values()):
            return
        after = rings.Waiting().by_number | {name: set(names) for name, (_, names) in self.links.items()}
        try:
            graphlib.TopologicalSorter(after).prepare()
        except graphlib.CycleError:
            pass
        else:
            return
        found = [(numbers[name], way) for name in self.links if (way := ring(name, after))]
        with transaction.atomic():
            self.held.progressed(refused=len(found))
            for number, way in found[:MOST_REFUSED]:
                words = f"{told(way)}: none of them could be first."
                models.StagedRow.objects.filter(file=self.held.file, number=number).update(
                    outcome=Outcome.REFUSED, told=json.dumps([(_LINKS, words)])
                )

    def _end(self) -> None:
        file, now = self.held.file, self.held.now_fn()
        if file.refused:
            self.held.becomes(Status.REFUSED, checked_at=now)
        elif file.shows_first:
            self.held.becomes(Status.READY, checked_at=now)
        else:
            self.held.becomes(Status.APPLYING, checked_at=now)


def _by_number(file: models.FileImport) -> Iterator[list[models.StagedRow]]:
    """The rows in order of the file, as many at a time as are checked at once."""
    last = 0
    while True:
        rows = models.StagedRow.objects.filter(file=file, number__gt=last).order_by("number")
        chunk = list(rows.only("pk", "number", "place", "cells", "outcome")[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].number
        yield chunk


def _outcome(read: ReadRow) -> str:
    if read.refused:
        return Outcome.REFUSED
    if read.is_new:
        return Outcome.NEW
    return Outcome.CHANGED if read.changed else Outcome.SAME


def _change(resource: ExchangeResource, read: ReadRow) -> list[tuple[str, str]]:
    """Each column with what it says from now on, and what it said before."""
    change = []
    for name in read.changed:
        field = resource.fields_by_column[name]
        before, after = ("" if read.is_new else field.export(read.original)), field.export(read.instance)
        change.append((name, after if not before else f"{before[:_SHORT]} → {after[:_SHORT] or '(empty)'}"))
    return [(name, text[: 2 * _SHORT]) for name, text in change]


def _in_order(file: models.FileImport, after: Mapping[int, Collection[int]]) -> list[int]:
    """The numbers of all rows, those that others wait for first, else in the order of the file."""
    numbers = models.StagedRow.objects.filter(file=file).order_by("number").values_list("number", flat=True)
    ordered: dict[int, None] = {}
    for number in numbers.iterator():
        waiting = [number]
        while waiting:
            left = [one for one in after.get(waiting[-1], ()) if one not in ordered]
            if left:
                waiting.append(left[0])
            else:
                ordered.setdefault(waiting.pop())
    return list(ordered)
