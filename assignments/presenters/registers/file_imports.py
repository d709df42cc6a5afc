"""The import of a file as a page: what it is at, how far it has come, what is wrong with its rows, and what is next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assignments import models
from assignments.presenters.shared import no_worker, words
from assignments.queries import file_rows
from assignments.services.records import refusals

Status = models.FileImport.Status
Outcome = models.StagedRow.Outcome


@dataclass(frozen=True, slots=True)
class FileStep:
    """One of the steps of an import."""

    word: str
    state: str
    """`done`, `now`, `bad` or `later`."""


@dataclass(frozen=True, slots=True)
class FileRowLine:
    """A row of the file with what is to be said of it."""

    number: int
    word: str
    cells: tuple[tuple[str, str], ...]
    """Column, and a sentence or a change."""


@dataclass(frozen=True, slots=True)
class FilePage:
    id: str
    name: str
    title: str
    tone: str
    """`ok`, `pending`, `bad` or `none`."""
    sentence: str
    next_step: str
    left_out: str
    steps: tuple[FileStep, ...]
    done: int
    total: int
    is_at_work: bool
    status: str
    progress: str
    unclaimed_in: int | None
    """Seconds until it is worth a word that no worker has it; None while one has."""
    can_be_cancelled: bool
    figures: tuple[str, ...]
    lines: tuple[FileRowLine, ...]
    lines_title: str
    more: int
    """Rows beside the lines that are refused too."""
    started_by: str
    started_at: words.ShownTime
    ended_at: words.ShownTime | None
    ended_by: str


def page(file: models.FileImport, *, now: datetime) -> FilePage:
    counts = file_rows.counts(file)
    lines, title = _lines(file)
    refused = counts.get(Outcome.REFUSED, 0)
    return FilePage(
        id=str(file.pk),
        name=file.name,
        title=_title(file, counts),
        tone=_TONES.get(Status(file.status), "pending"),
        sentence=_sentence(file),
        next_step=_next_step(file),
        left_out=file.left_out,
        steps=_steps(file),
        done=file.done,
        total=file.total,
        is_at_work=file.is_at_work,
        status=file.status,
        progress=_progress(file),
        unclaimed_in=_unclaimed_in(file, now),
        can_be_cancelled=file.can_be_cancelled,
        figures=_figures(file, counts),
        lines=lines,
        lines_title=title,
        more=max(0, refused - len(lines)) if file.status == Status.REFUSED else 0,
        started_by=refusals.person(file.started_by),
        started_at=words.moment(file.started_at, UTC, now.date()),
        ended_at=words.moment(file.ended_at, UTC, now.date()) if file.ended_at else None,
        ended_by=refusals.person(file.ended_by) if file.ended_by else "",
    )


_TONES = {
    Status.DONE: "ok", Status.REFUSED: "bad", Status.TAKING_BACK: "bad", Status.TAKEN_BACK: "bad",
    Status.CANCELLED: "none", Status.READY: "ok",
}  # fmt: skip


def _title(file: models.FileImport, counts: dict[str, int]) -> str:
    rows = words.count(file.rows, "row")
    titles = {
        Status.UPLOADING: "Being uploaded",
        Status.READING: "Reading the file",
        Status.ASKING: "Which columns are these?",
        Status.CHECKING: f"Checking {rows}",
        Status.READY: f"{rows} can be imported; nothing is imported yet",
        Status.APPLYING: f"Importing {rows}",
        Status.DONE: f"{rows} imported",
        Status.TAKING_BACK: "Taking back what was imported",
        Status.TAKEN_BACK: "Taken back" if not counts.get(Outcome.LEFT) else "Taken back, but for some rows",
        Status.CANCELLED: "Cancelled; nothing was imported",
    }  # fmt: skip
    return titles.get(Status(file.status), "Nothing was imported")


def _sentence(file: models.FileImport) -> str:
    if file.sentence:
        return file.sentence
    if file.status == Status.REFUSED:
        ended = file.checked < file.rows
        return f"The check ended at row {file.checked:,} of {file.rows:,}." if ended else ""
    return ""


def _next_step(file: models.FileImport) -> str:
    steps = {
        Status.REFUSED: "Correct these cells in the file and import it again." if file.checked else
        "Correct the file and import it again.",
        Status.TAKEN_BACK: "Import the file again: it is checked against the table as it is now.",
        Status.READY: "Look at what would change, then import it or cancel.",
        Status.ASKING: "Say what each is; it is remembered for this table.",
    }  # fmt: skip
    return steps.get(Status(file.status), "")


_ORDER = ((Status.READING, "Read"), (Status.CHECKING, "Check"), (Status.APPLYING, "Import"))
_AFTER = {
    Status.UPLOADING: 0, Status.READING: 0, Status.ASKING: 1, Status.CHECKING: 1, Status.READY: 2, Status.APPLYING: 2,
    Status.DONE: 3, Status.TAKING_BACK: 2, Status.TAKEN_BACK: 2,
}  # fmt: skip
"""The step that each status is at."""


def _steps(file: models.FileImport) -> tuple[FileStep, ...]:
    at = _AFTER.get(Status(file.status), 1 if file.headings else 0)
    bad = file.status in (Status.REFUSED, Status.TAKING_BACK, Status.TAKEN_BACK, Status.CANCELLED)
    return tuple(
        FileStep(word, "done" if place < at else ("bad" if bad else "now") if place == at else "later")
        for place, (_, word) in enumerate(_ORDER)
    )


def _progress(file: models.FileImport) -> str:
    if not file.is_at_work:
        return ""
    if not file.total:
        return words.count(file.done, "row") if file.done else ""
    return f"{file.done:,} of {words.count(file.total, 'row')}"


def _unclaimed_in(file: models.FileImport, now: datetime) -> int | None:
    if not file.is_at_work or (file.lease_until is not None and file.lease_until > now):
        return None
    since = max(file.asked_at, file.lease_until or file.asked_at)
    return no_worker.unclaimed_in(since, now)


def _figures(file: models.FileImport, counts: dict[str, int]) -> tuple[str, ...]:
    if file.status not in (Status.READY, Status.APPLYING, Status.DONE):
        return ()
    told = ((Outcome.NEW, "new"), (Outcome.CHANGED, "changed"), (Outcome.SAME, "as they were"))
    return tuple(f"{counts[outcome]:,} {word}" for outcome, word in told if counts.get(outcome))


def _lines(file: models.FileImport) -> tuple[tuple[FileRowLine, ...], str]:
    wanted: dict[str, tuple[Sequence[str], str]] = {
        Status.REFUSED: ((Outcome.REFUSED,), "What is wrong"),
        Status.READY: ((Outcome.NEW, Outcome.CHANGED), "What would change"),
        Status.TAKEN_BACK: ((Outcome.LEFT,), "What could not be taken back"),
    }
    if file.status not in wanted:
        return (), ""
    outcomes, title = wanted[file.status]
    lines = tuple(
        FileRowLine(row.number, row.get_outcome_display(), tuple((name, text) for name, text in json.loads(row.told)))
        for row in file_rows.told(file, outcomes)
    )
    return lines, title if lines else ""


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A line of the list of imports into a table."""

    name: str
    word: str
    tone: str
    rows: str
    by: str
    at: words.ShownTime


def recent(file: models.FileImport, *, now: datetime) -> RecentFile:
    return RecentFile(
        name=file.name,
        word=file.get_status_display(),
        tone=_TONES.get(Status(file.status), "pending"),
        rows=words.count(file.rows, "row") if file.rows else "",
        by=refusals.person(file.started_by),
        at=words.moment(file.started_at, UTC, now.date()),
    )
