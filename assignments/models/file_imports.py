from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from assignments.models.states import StatefulQuerySet, table
from assignments.models.traced import Traced
from notifications.models import Leased, LeasedQuerySet


class FileImportQuerySet(LeasedQuerySet, StatefulQuerySet):  # type: ignore[override]  # as_manager, of each base
    def waiting(self) -> FileImportQuerySet:
        """Imports with which a worker goes on."""
        return self.filter(status__in=FileImport.AT_WORK)


class FileImport(Leased, Traced):
    """A file that a person gave to be imported into a table, and how far a worker has come with it.

    Nothing of it is in the table before every row has been read and found good; see docs/adr/0024.
    """

    class Status(models.TextChoices):
        UPLOADING = "UPLOADING", "Uploading"
        READING = "READING", "Reading"
        ASKING = "ASKING", "Asks for columns"
        CHECKING = "CHECKING", "Checking"
        REFUSED = "REFUSED", "Not imported"
        READY = "READY", "Ready to import"
        APPLYING = "APPLYING", "Importing"
        DONE = "DONE", "Imported"
        TAKING_BACK = "TAKING_BACK", "Taking back"
        TAKEN_BACK = "TAKEN_BACK", "Taken back"
        CANCELLED = "CANCELLED", "Cancelled"

    TRANSITIONS = table(
        {
            Status.UPLOADING: ("READING",),
            Status.READING: ("ASKING", "CHECKING", "REFUSED", "CANCELLED"),
            Status.ASKING: ("CHECKING", "CANCELLED"),
            Status.CHECKING: ("READY", "APPLYING", "REFUSED", "CANCELLED"),
            Status.READY: ("CHECKING", "APPLYING", "CANCELLED"),
            Status.APPLYING: ("DONE", "TAKING_BACK"),
            Status.TAKING_BACK: ("TAKEN_BACK",),
        }
    )
    AT_WORK = (Status.READING, Status.CHECKING, Status.APPLYING, Status.TAKING_BACK)
    CANCELLABLE = (Status.READING, Status.ASKING, Status.CHECKING, Status.READY)
    """Nothing of it is in the table yet."""
    OVER = (Status.REFUSED, Status.DONE, Status.TAKEN_BACK, Status.CANCELLED)

    class Dates(models.TextChoices):
        ISO = "iso", "2026-12-31T07:00-06:00 (ISO 8601)"
        DAY_FIRST = "dmy", "31/12/2026 07:00 or 31.12.2026 (day first)"
        MONTH_FIRST = "mdy", "12/31/2026 07:00 AM (month first)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    table = models.CharField(max_length=100)
    """The table's name as its model has it."""
    name = models.CharField("file", max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    """Bytes."""
    dates = models.CharField(max_length=3, choices=Dates, default=Dates.ISO)
    decimal_comma = models.BooleanField(default=False)
    shows_first = models.BooleanField(default=False)
    """Whether it waits, once checked, for somebody to say that it is to be imported."""
    names = models.JSONField(default=dict)
    """The columns of ours that a person chose for headings of the file; `-` for one that is left out."""
    headings = models.JSONField(default=list)
    """Of the file, as they stand there."""
    left_out = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.UPLOADING)
    rows = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    """Rows that stand in the table, or that needed no change."""
    taken_back = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    """Rows that cannot be imported; the check ends at `services.files.checking.MOST_REFUSED` of them."""
    sentence = models.CharField(max_length=500, blank=True)
    """Why it was not imported as a whole, or had to be taken back."""
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    """Since when a worker has something to do with it."""
    checked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """The person who cancelled it."""

    objects = FileImportQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        verbose_name = "import of a file"
        verbose_name_plural = "imports of files"
        indexes = [models.Index(fields=["status", "asked_at"], name="file_import_by_status")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        return self.status in self.AT_WORK

    @property
    def is_over(self) -> bool:
        return self.status in self.OVER

    @property
    def done(self) -> int:
        """Rows that the present step has dealt with."""
        steps = {
            self.Status.UPLOADING: 0, self.Status.READING: self.rows, self.Status.CHECKING: self.checked,
            self.Status.TAKING_BACK: self.taken_back,
        }  # fmt: skip
        return steps.get(self.Status(self.status), self.applied)

    @property
    def total(self) -> int:
        """Rows that the present step will deal with; 0 while they are not counted."""
        if self.status in (self.Status.UPLOADING, self.Status.READING):
            return 0
        return self.applied if self.status == self.Status.TAKING_BACK else self.rows

    @property
    def can_be_cancelled(self) -> bool:
        return self.status in self.CANCELLABLE


class FilePiece(models.Model):
    """A part of the bytes of a file, until all its rows are staged: the worker may run on another machine."""

    file = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="pieces")
    place = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "place"]
        constraints = [models.UniqueConstraint(fields=["file", "place"], name="file_piece_has_its_place")]

    def __str__(self) -> str:
        return f"{self.file}, {self.place}"


class StagedRow(models.Model):
    """A row of a file beside its table: what it says, what became of it, and what stood in the table before."""

    class Outcome(models.TextChoices):
        UNCHECKED = "", "Not checked"
        NEW = "NEW", "New"
        CHANGED = "CHANGED", "Changed"
        SAME = "SAME", "As it is"
        REFUSED = "REFUSED", "Refused"
        LEFT = "LEFT", "Could not be taken back"

    WRITES: ClassVar[tuple[str, ...]] = (Outcome.NEW, Outcome.CHANGED)

    file = models.ForeignKey(FileImport, on_delete=models.CASCADE, related_name="staged")
    number = models.PositiveIntegerField()
    """Of the row in the file; 1 is the first below the headings."""
    place = models.PositiveIntegerField()
    """Its turn: a row that others of the file name comes before them."""
    cells = models.TextField()
    """JSON list in ASCII, as JSON columns cannot hold every character."""
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.UNCHECKED)
    told = models.TextField(blank=True)
    """JSON list of pairs: of a refused row its columns, each with what is wrong; of some others what they change."""
    object_id = models.BigIntegerField(null=True, blank=True)
    """The row of the table that was written."""
    before = models.TextField(blank=True)
    """JSON: the cells of the columns that were changed, as an export would have written them."""
    written = models.TextField(blank=True)
    """The same, as they were left."""
    is_applied = models.BooleanField(default=False)

    class Meta:
        ordering = ["file", "number"]
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="staged_row_is_there_once")]
        indexes = [
            models.Index(fields=["file", "place"], name="staged_row_by_place"),
            models.Index(fields=["file", "outcome", "number"], name="staged_row_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.file}, row {self.number}"
