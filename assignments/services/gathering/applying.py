"""Turns records into rows: as they arrive, in short transactions, and again once what they name has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import tenacity
from django.db import IntegrityError, OperationalError, transaction

from assignments import models
from assignments.downstream import messages
from assignments.services import upserting
from assignments.services.gathering import reading
from assignments.services.inputs import consequences


@dataclass(slots=True)
class _Left:
    """Records that name something which has not arrived yet, and how far the collection was read."""

    read: reading.Read
    records: list[messages.Record]
    reasons: dict[str, str]


@dataclass(slots=True)
class Applier:
    """Applies what one run reads of one district; `order_ids` and `crew_ids` are what really changed."""

    district: models.District
    order_ids: set[int] = field(default_factory=set)
    crew_ids: set[int] = field(default_factory=set)
    _left: list[_Left] = field(default_factory=list)
    _refused: list[tuple[int, str]] = field(default_factory=list)
    _questioned: list[tuple[int, str, str]] = field(default_factory=list)

    def take(self, read: reading.Read, now: datetime) -> None:
        """Stores the collection, then tries again what earlier ones had left over: permits wait for their orders."""
        self._refused += [(read.system.pk, f"{name} {reason}") for name, reason in read.collection.invalid]
        if self._store(read, read.collection.records, now):
            left, self._left = self._left, []
            for each in left:
                # Records that this very call left over have just been tried.
                if each.read is read:
                    self._left.append(each)
                else:
                    self._store(each.read, each.records, now)

    def questions(self, system: models.DownstreamSystem) -> list[str]:
        """Each record of the system that was taken although something is wrong with it."""
        return [f"{name}: {what}" for system_id, name, what in self._questioned if system_id == system.pk]

    def remarks(self, system: models.DownstreamSystem) -> list[str]:
        """Each record of the system that was not taken, with the reason."""
        refused = [remark for system_id, remark in self._refused if system_id == system.pk]
        for each in self._left:
            if each.read.system.pk == system.pk:
                refused += [f"{name} {reason}" for name, reason in each.reasons.items()]
        return refused

    def _store(self, read: reading.Read, records: Sequence[messages.Record], now: datetime) -> bool:
        """Whether anything was stored."""
        outcome = _in_one_transaction(read, records, self.district, now)
        self.order_ids |= outcome.order_ids
        self.crew_ids |= outcome.crew_ids
        self._questioned += [(read.system.pk, *each) for each in outcome.questioned]
        waiting = [record for record in records if record.reference in outcome.unresolved]
        reasons = {name: why for name, why in outcome.rejected if name in outcome.unresolved}
        if waiting:
            self._left.append(_Left(read, waiting, reasons))
        self._refused += [
            (read.system.pk, f"{name} {why}") for name, why in outcome.rejected if name not in outcome.unresolved
        ]
        return bool(outcome.created or outcome.updated)


# A deadlock or a race for the same new row is over when the other transaction is.
@tenacity.retry(
    retry=tenacity.retry_if_exception_type((IntegrityError, OperationalError)),
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_random(0.05, 0.3),
    reraise=True,
)
@transaction.atomic
def _in_one_transaction(
    read: reading.Read, records: Sequence[messages.Record], district: models.District, now: datetime
) -> upserting.Upserted:
    outcome = upserting.upsert(system=read.system, resource=read.resource, records=records, now=now)
    if outcome.order_ids or outcome.crew_ids:
        consequences.follow(order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=now)
    _advance_mark(read, records, outcome, district)
    return outcome


def _advance_mark(
    read: reading.Read, records: Sequence[messages.Record], outcome: upserting.Upserted, district: models.District
) -> None:
    """Next time only newer records are asked for, and those again that wait for something they name."""
    waiting = [record.version - 1 for record in records if record.reference in outcome.unresolved]
    reached = min([read.collection.version, *waiting])
    key = reading.mark_of(read.resource, district.code)
    system = models.DownstreamSystem.objects.select_for_update(no_key=True).get(pk=read.system.pk)
    before = system.versions.get(key, 0)
    # A source whose versions went back was set up anew; keeping the old mark would hide all that it says from now on.
    went_back = read.collection.version < read.since
    system.versions[key] = reached if went_back else max(before, reached)
    system.save(update_fields=["versions"])
