"""Chunks to rows: each in one short transaction with its consequences and its mark."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import tenacity
from django.db import IntegrityError, OperationalError, transaction

from assignments import models
from assignments.downstream import messages, reading
from assignments.services import upserting
from assignments.services.following import leasing, quarantine, telling, waiting
from assignments.services.following.fetching import ReadChunk
from assignments.services.inputs import consequences


@dataclass(frozen=True, slots=True)
class Stored:
    """The effects of one chunk."""

    refused: list[str] = field(default_factory=list)
    """Each record that was not taken, with the reason."""
    questioned: list[str] = field(default_factory=list)
    """Each record that was taken although something is wrong with it."""
    is_news: bool = False
    """Whether rows are others now, which other records may wait for, or records wait that were not there before."""
    has_changed: bool = False


# A deadlock or a race for the same new row is over when the other transaction is.
_again = tenacity.retry(
    retry=tenacity.retry_if_exception_type((IntegrityError, OperationalError)),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_random(0.05, 0.3),
    reraise=True,
)


@_again
@transaction.atomic
def store(*, following: models.FollowedSource, owner: str, came: ReadChunk, now: datetime) -> Stored:
    """Takes a chunk of the source that `owner` reads. Raises SourceLost; then nothing was written."""
    leasing.renew(following=following, owner=owner, now=now)
    (resource, _), chunk = came.key, came.chunk
    outcome = upserting.upsert(
        system=following.system, resource=resource, records=chunk.records, now=now, takes_all=chunk.takes_all
    )
    waiting.keep(system=following.system, resource=resource, records=chunk.records, outcome=outcome, now=now)
    quarantine.keep(
        system=following.system, key=came.key, records=chunk.records, unreadable=chunk.refused, outcome=outcome,
        now=now,
    )  # fmt: skip
    _advance(following, came, now)
    _follow(following, outcome, now)
    return _told(outcome, chunk.refused)


@_again
@transaction.atomic
def retry(*, system: models.DownstreamSystem, resource: messages.Resource, limit: int, now: datetime) -> Stored:
    """Tries records of the system again that waited for others, those first that were not tried for longest."""
    records = waiting.oldest(system=system, resource=resource, limit=limit)
    outcome = upserting.upsert(system=system, resource=resource, records=records, now=now)
    waiting.keep(system=system, resource=resource, records=records, outcome=outcome, now=now)
    quarantine.keep(system=system, key=(resource, ""), records=records, unreadable=[], outcome=outcome, now=now)
    _follow(models.FollowedSource.objects.get(system=system), outcome, now)
    return replace(_told(outcome, []), is_news=bool(outcome.created or outcome.updated))


def _follow(following: models.FollowedSource, outcome: upserting.Upserted, now: datetime) -> None:
    if outcome.order_ids or outcome.crew_ids:
        consequences.follow(order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=now, moved=outcome.moved)
        models.FollowedSource.objects.filter(pk=following.pk).update(changed_at=now)


def _advance(following: models.FollowedSource, came: ReadChunk, now: datetime) -> None:
    resource, scope = came.key
    row, _ = models.ReadingMark.objects.get_or_create(system=following.system, resource=resource, scope=scope)
    row.mark = came.chunk.mark
    if came.chunk.is_new_epoch:
        row.epoch += 1
        telling.restored(system=following.system, mark=row, now=now)
    if came.chunk.is_last:
        row.read_at = following.begun_at
    row.save()


def _told(outcome: upserting.Upserted, unreadable: Sequence[reading.BadRecord]) -> Stored:
    invalid = [(one.name, one.reason) for one in unreadable]
    rejected = [(name, why) for name, why in outcome.rejected if name not in outcome.unresolved]
    return Stored(
        refused=[f"{name} {why}" for name, why in itertools.chain(invalid, rejected)],
        questioned=[f"{name}: {what}" for name, what in outcome.questioned],
        is_news=bool(outcome.created or outcome.updated or outcome.unresolved),
        has_changed=bool(outcome.order_ids or outcome.crew_ids),
    )
