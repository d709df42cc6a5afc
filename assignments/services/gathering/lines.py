"""The progress lines of a run: one row per source, kept while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from assignments import models
from assignments.downstream import client, trouble

_TOLD: dict[models.DownstreamSystem.Kind, Callable[[models.District], QuerySet[Any]]] = {
    models.DownstreamSystem.Kind.WORK: lambda district: models.WorkOrder.objects.filter(district=district),
    models.DownstreamSystem.Kind.WORKFORCE: lambda district: models.Crew.objects.filter(district=district),
    models.DownstreamSystem.Kind.PERMITS: lambda district: models.Permit.objects.filter(order__district=district),
}
"""The records that each kind of system has sent of a district."""

Line = models.SourceProgress
Status = models.SourceProgress.Status


def begin(*, run: models.SuggestionRun, systems: Iterable[models.DownstreamSystem], now: datetime) -> dict[int, Line]:
    """A fresh line for each source by the system's id; those of a worker before are begun anew."""
    Line.objects.filter(run=run).delete()
    lines = {
        # All are asked at once: one that does not answer is being read all the same.
        system.pk: Line(
            run=run, system=system, status=Status.READING, data_as_of=_last_read(run, system), updated_at=now
        )
        for system in systems
    }
    Line.objects.bulk_create(lines.values())
    return lines


def write(*, lines: Iterable[Line], now: datetime) -> None:
    for line in lines:
        line.updated_at = now
        line.save(update_fields=["status", "records", "attempts", "detail", "data_as_of", "updated_at"])


def move(line: Line, progress: client.Progress) -> None:
    """One answer or one failed attempt more."""
    line.records += progress.records
    line.attempts += progress.attempts
    line.status = Status.RETRYING if progress.detail else Status.READING
    line.detail = progress.detail[:300]


def end(line: Line, *, error: Exception | None, read_at: datetime) -> None:
    """The source's last word. Raises `error` when it is not about the source."""
    if error is None:
        line.status, line.data_as_of, line.detail = Status.DONE, read_at, ""
    elif isinstance(error, client.Stopped):
        line.status, line.detail = Status.LATE, "was not waited for any longer"
    elif isinstance(error, trouble.SystemUnavailable):
        line.status = Status.LATE if isinstance(error, trouble.DeadlineReached) else Status.DOWN
        line.detail = error.detail[:300]
    else:
        raise error


def remark(line: Line, remarks: list[str], questions: list[str]) -> bool:
    """Whether the line now says which records of a source that was read whole were not taken, or are questionable."""
    if line.status != Status.DONE or not (remarks or questions):
        return False
    said = [_summary(remarks)] if remarks else []
    said += ["; ".join(questions[:3])] if questions else []
    text = ". ".join(said)
    line.detail = text if len(text) <= 300 else f"{text[:299]}…"
    return True


def _summary(remarks: list[str]) -> str:
    """The number of records that were not taken, with the first ones and their reasons."""
    count = f"{len(remarks)} record{'s were' if len(remarks) > 1 else ' was'} not taken"
    return f"{count}: {'; '.join(remarks[:3])}"


def _last_read(run: models.SuggestionRun, system: models.DownstreamSystem) -> datetime | None:
    """When this district's data of the system was last read whole; else when it last told us anything at all."""
    done = Line.objects.filter(system=system, run__district=run.district_id, status=Status.DONE)
    read_at = done.order_by("-data_as_of").values_list("data_as_of", flat=True).first()
    if read_at is not None:
        return read_at
    told = _TOLD[models.DownstreamSystem.Kind(system.kind)](run.district).filter(source=system)
    at: datetime | None = told.aggregate(at=Max("synced_at"))["at"]
    return at
