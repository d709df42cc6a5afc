"""The progress lines of a run: one row per source, which says as of when the run plans with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from assignments import models
from assignments.queries import sources

JUST_NOW = timedelta(seconds=90)
"""A source that failed so recently is not waited for."""

Line = models.SourceProgress
Status = models.SourceProgress.Status


@dataclass(frozen=True, slots=True)
class RunSources:
    """The state of the sources of a run."""

    lines: tuple[Line, ...]
    moved: bool
    """Whether a line says something else than before."""
    changed_at: datetime | None
    """When any of them last changed orders or crews."""

    @property
    def awaited(self) -> list[Line]:
        """Lines of sources that may still bring something."""
        return [line for line in self.lines if line.status in Line.AWAITED]

    @property
    def are_partial(self) -> bool:
        return any(line.status != Status.DONE for line in self.lines)


def begin(*, run: models.SuggestionRun, now: datetime) -> RunSources:
    """Makes a fresh line for each source; those of a worker before are begun anew."""
    Line.objects.filter(run=run).delete()
    lines = [Line(run=run, system=row.system) for row in _followed()]
    found = _read(run, lines, now)
    for line in lines:
        line.updated_at = now
    Line.objects.bulk_create(lines)
    return found


def look(*, run: models.SuggestionRun, lines: Iterable[Line], now: datetime) -> RunSources:
    """How the sources stand now, by one query; lines that have moved are written."""
    before = {line.pk: _said(line) for line in lines}
    found = _read(run, list(lines), now)
    moved = [line for line in found.lines if _said(line) != before[line.pk]]
    for line in moved:
        line.updated_at = now
    if moved:
        Line.objects.bulk_update(moved, ["status", "records", "attempts", "detail", "data_as_of", "updated_at"])
    return RunSources(found.lines, bool(moved), found.changed_at)


def give_up(*, lines: Iterable[Line], now: datetime) -> RunSources:
    """Ends the lines of the sources that are not waited for any longer."""
    found = RunSources(tuple(lines), moved=False, changed_at=None)
    for line in found.awaited:
        line.status, line.detail, line.updated_at = Status.LATE, "was not waited for any longer", now
        line.save(update_fields=["status", "detail", "updated_at"])
    return found


def _followed() -> QuerySet[models.FollowedSource]:
    rows = models.FollowedSource.objects.filter(system__in=sources.followed())
    return rows.select_related("system").order_by("system__kind", "system__code")


def _read(run: models.SuggestionRun, lines: list[Line], now: datetime) -> RunSources:
    rows = {row.system_id: row for row in _followed()}
    for line in lines:
        if row := rows.get(line.system_id):
            _tell(line, row, run, now)
    changed = [row.changed_at for row in rows.values() if row.changed_at]
    return RunSources(tuple(lines), moved=False, changed_at=max(changed, default=None))


def _tell(line: Line, row: models.FollowedSource, run: models.SuggestionRun, now: datetime) -> None:
    line.data_as_of = row.read_at
    is_held = row.lease_until is not None and row.lease_until > now
    has_begun = row.begun_at is not None and row.begun_at >= run.requested_at
    line.records, line.attempts = (row.records, min(row.attempts, 32_000)) if has_begun else (0, 0)
    line.detail = row.detail
    if row.read_at is not None and row.read_at >= run.requested_at:
        line.status = Status.DONE
    elif row.failed_at is not None and row.failed_at >= run.requested_at - JUST_NOW:
        line.status = Status.DOWN
    elif is_held and has_begun:
        line.status = Status.RETRYING if row.detail else Status.READING
    else:
        line.status, line.detail = Status.WAITING, ""


def _said(line: Line) -> tuple[object, ...]:
    return line.status, line.records, line.attempts, line.detail, line.data_as_of
