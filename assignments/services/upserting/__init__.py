from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from assignments.downstream.messages import Record, Resource
from assignments.models import District, DownstreamSystem
from assignments.services.upserting import orders, permits, workforce
from assignments.services.upserting.refusing import Unstorable
from assignments.services.upserting.rows import UpsertCall, Upserted

__all__ = ["Unstorable", "Upserted", "upsert"]

logger = logging.getLogger(__name__)

_REFUSED_BY_THE_DATABASE = (DataError, IntegrityError, OverflowError, ValueError)
_TAKERS: dict[Resource, Callable[[UpsertCall, Sequence[Any]], None]] = {
    Resource.ORDERS: orders.upsert_orders,
    Resource.QUALIFICATIONS: workforce.upsert_qualifications,
    Resource.EMPLOYEES: workforce.upsert_employees,
    Resource.ABSENCES: workforce.upsert_absences,
    Resource.CREWS: workforce.upsert_crews,
    Resource.EQUIPMENT: workforce.upsert_equipment,
    Resource.SHIFTS: workforce.upsert_shifts,
    Resource.PERMITS: permits.upsert_permits,
    Resource.OUTAGES: permits.upsert_outages,
}


@transaction.atomic
def upsert(
    *,
    system: DownstreamSystem,
    resource: Resource,
    records: Sequence[Record],
    now: datetime,
    districts: Mapping[str, District] | None = None,
    takes_all: bool = False,
) -> Upserted:
    """Counts, refused records with their reasons, and the ids of orders and crews whose inputs really changed.

    Rows are found by the system's own reference; a record that is not newer than its row is left out, so the same
    records twice are one effect, unless it `takes_all`: of a system that was restored from a copy. A record that cannot
    be stored is refused by itself and undoes nothing else. Give records that name each other (an order and its
    prerequisite) in one call. The number of queries depends on the number of batches of rows only.

    Publishes nothing: `consequences.follow` does, given the ids.
    """
    # One writer per system at a time. NO KEY: foreign keys to the system stay free for everybody else.
    DownstreamSystem.objects.select_for_update(no_key=True).values_list("pk").get(pk=system.pk)
    if districts is None:
        # A district is drawn in as much as all its records of a call take.
        districts = {one.code: one for one in District.objects.defer("boundary", "network")}
    batch = UpsertCall(system=system, now=now, districts=districts, outcome=Upserted(), takes_all=takes_all)
    newest = _newest(records)
    outcome = _taken(batch, resource, newest)
    refused = {reference for reference, _ in outcome.rejected}
    outcome.questioned += [
        (one.reference, what) for one in newest for what in one.mended if one.reference not in refused
    ]
    return outcome


def _taken(batch: UpsertCall, resource: Resource, records: Sequence[Record]) -> Upserted:
    """The outcome of the records. Where the database refuses what every check has passed, halves are tried until the
    one that it refuses is alone."""
    call = replace(batch, outcome=Upserted())
    try:
        with transaction.atomic():
            _TAKERS[resource](call, records)
    except _REFUSED_BY_THE_DATABASE as error:
        if len(records) > 1:
            half = len(records) // 2
            return _taken(batch, resource, records[:half]).joined(_taken(batch, resource, records[half:]))
        logger.warning("%s of %s cannot be stored", records[0].reference, batch.system.code, exc_info=error)
        outcome = Upserted()
        words = "cannot be stored; tell an administrator"
        replace(batch, outcome=outcome).reject(records[0].reference, Unstorable(words, unresolved=True))
        return outcome
    return call.outcome


def _newest(records: Sequence[Record]) -> list[Record]:
    """The newest record of each reference, in order of arrival: pages read while the source changes may overlap."""
    newest: dict[str, Record] = {}
    for record in records:
        if record.reference not in newest or record.version > newest[record.reference].version:
            newest[record.reference] = record
    return list(newest.values())
