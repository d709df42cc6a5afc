"""Chunks to rows: each in one short transaction with its consequences and its mark."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import tenacity
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from assignments import models
from assignments.downstream import messages, seam
from assignments.services import upserting
from assignments.services.following import leasing, quarantine, telling, waiting
from assignments.services.following.fetching import Key, ReadChunk
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
again = tenacity.retry(
    retry=tenacity.retry_if_exception_type((IntegrityError, OperationalError)),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_random(0.05, 0.3),
    reraise=True,
)


@again
@transaction.atomic
def store(*, following: models.FollowedSource, owner: str, came: ReadChunk, now: datetime) -> Stored:
    """Takes a chunk of the source that `owner` reads. Raises SourceLost; then nothing was written."""
    leasing.renew(following=following, owner=owner, now=now)
    (resource, _), chunk = came.key, came.chunk
    outcome = upserting.upsert(
        system=following.system, resource=resource, records=chunk.records, now=now, takes_all=chunk.takes_all
    )
    keep(
        system=following.system, key=came.key, records=chunk.records, unreadable=chunk.refused, outcome=outcome,
        now=now, takes_all=chunk.takes_all,
    )  # fmt: skip
    _advance(following, came, now)
    if chunk.doubted is not None and outcome.older:
        telling.restored(system=following.system, scope=came.key[1], epoch=f"doubt {chunk.doubted}", now=now)
    _follow(following, outcome, now)
    return _told(outcome, chunk.refused)


def keep(
    *,
    system: models.DownstreamSystem,
    key: Key,
    records: Sequence[messages.Record],
    unreadable: Sequence[seam.BadRecord],
    outcome: upserting.Upserted,
    now: datetime,
    again: bool = False,
    takes_all: bool = False,
) -> None:
    """Keeps what of these was not taken: records that wait for others, and those that were refused."""
    waiting.keep(system=system, resource=key[0], records=records, outcome=outcome, now=now)
    quarantine.keep(
        system=system, key=key, records=records, unreadable=unreadable, outcome=outcome, now=now, again=again,
        takes_all=takes_all,
    )  # fmt: skip


def follow(*, outcome: upserting.Upserted, now: datetime) -> bool:
    """Whether orders or crews are others now; what hangs on them is as it must be, in the same transaction."""
    if not (outcome.order_ids or outcome.crew_ids):
        return False
    consequences.follow(
        order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=now, moved=outcome.moved,
        new=outcome.new_order_ids,
    )  # fmt: skip
    return True


@again
@transaction.atomic
def retry(*, system: models.DownstreamSystem, resource: messages.Resource, limit: int, now: datetime) -> Stored:
    """Tries records of the system again that waited for others, those first that were not tried for longest."""
    records = waiting.oldest(system=system, resource=resource, limit=limit)
    outcome = upserting.upsert(system=system, resource=resource, records=records, now=now)
    keep(system=system, key=(resource, ""), records=records, unreadable=[], outcome=outcome, now=now, again=True)
    _follow(models.FollowedSource.objects.get(system=system), outcome, now)
    return replace(_told(outcome, []), is_news=bool(outcome.created or outcome.updated))


def _follow(following: models.FollowedSource, outcome: upserting.Upserted, now: datetime) -> None:
    if follow(outcome=outcome, now=now):
        models.FollowedSource.objects.filter(pk=following.pk).update(changed_at=now)


def _advance(following: models.FollowedSource, came: ReadChunk, now: datetime) -> None:
    resource, scope = came.key
    rows = models.ReadingMark.objects.filter(system=following.system, resource=resource, scope=scope)
    read = {"read_at": following.begun_at} if came.chunk.is_last else {}
    if not rows.update(mark=came.chunk.mark, **read):
        models.ReadingMark.objects.create(
            system=following.system, resource=resource, scope=scope, mark=came.chunk.mark, **read
        )
    if came.chunk.is_new_epoch:
        rows.update(epoch=F("epoch") + 1)
        telling.restored(system=following.system, scope=scope, epoch=str(rows.get().epoch), now=now)


def _told(outcome: upserting.Upserted, unreadable: Sequence[seam.BadRecord]) -> Stored:
    invalid = [(one.name, one.reason) for one in unreadable]
    rejected = [(name, why) for name, why in outcome.rejected if name not in outcome.unresolved]
    return Stored(
        refused=[f"{name} {why}" for name, why in itertools.chain(invalid, rejected)],
        questioned=[f"{name}: {what}" for name, what in outcome.questioned],
        is_news=bool(outcome.created or outcome.updated or outcome.unresolved),
        has_changed=bool(outcome.order_ids or outcome.crew_ids),
    )
