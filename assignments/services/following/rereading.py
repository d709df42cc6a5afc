"""Reading everything of a source again, and ending what its complete list no longer has, because a person says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.downstream import seam
from assignments.services.following import leasing
from assignments.services.records import auditing, refusals


class NotASource(refusals.Refusal):
    """The system is disabled, or nothing is read from it."""

    code = "not-a-source"
    next_step = "Enable it in the administration first."


class NothingMissing(refusals.Refusal):
    """The system's list has all of it again, or somebody was quicker."""

    code = "nothing-missing"
    next_step = "Look at the systems again."


@transaction.atomic
def read_again(
    *, system: models.DownstreamSystem, by: Any, now: datetime, district: models.District | None = None
) -> None:
    """Lets everything be read from the beginning and be taken, whatever versions are stored.

    What the system no longer has is ended then, as from a complete list. `district` is the one whose manager asks; None
    for administrators. Raises NotAManager, NotASource.
    """
    _require(system, by, district)
    leasing.ask(now=now, systems=[system.pk])
    for resource, scope in leasing.keys(system):
        models.ReadingMark.objects.update_or_create(
            system=system, resource=resource, scope=scope, defaults={"mark": dict(seam.ANEW)}
        )
    # A reading that is under way would store its own marks behind this.
    models.FollowedSource.objects.filter(system=system).update(**models.FollowedSource.FREE)
    auditing.record(verb="source.read-again", row=system, by=by, now=now)


@transaction.atomic
def settings_changed(
    *, system: models.DownstreamSystem, before: models.DownstreamSystem, by: Any, now: datetime
) -> None:
    """Keeps the way in which the system was spoken to before, and lets everything be read in the new one: what was
    refused or read wrongly may not change at its source for years."""
    auditing.record(
        verb="system.adapter-changed", row=system, by=by, now=now,
        before={"adapter": before.adapter, "manifest": before.manifest or {}},
        after={"adapter": system.adapter, "manifest": system.manifest or {}},
    )  # fmt: skip
    models.ReadingMark.objects.filter(system=system).update(mark=dict(seam.ANEW))
    if system.enabled and system.is_source:
        read_again(system=system, by=by, now=now)


@transaction.atomic
def close_missing(
    *, system: models.DownstreamSystem, by: Any, now: datetime, district: models.District | None = None
) -> None:
    """Lets the next complete list end whatever it no longer has, however much that is; for whom as above.

    Raises NotAManager, NotASource, NothingMissing.
    """
    _require(system, by, district)
    row = models.FollowedSource.objects.select_for_update(no_key=True).filter(system=system).first()
    if row is None or not row.missing:
        raise NothingMissing(f"Nothing is missing from the list of {system}.")
    auditing.record(verb="source.missing-closed", row=system, by=by, now=now, before={"missing": row.missing})
    models.FollowedSource.objects.filter(pk=row.pk).update(may_close=True)
    read_again(system=system, by=by, now=now, district=district)


def _require(system: models.DownstreamSystem, by: Any, district: models.District | None) -> None:
    if district is not None:
        refusals.require_manager(by=by, district=district)
    if not (system.enabled and system.is_source):
        raise NotASource(f"Nothing is read from {system}.")
