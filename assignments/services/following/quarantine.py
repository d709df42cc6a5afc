"""Records that were not taken: kept with the reason until a newer version is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any

from django.urls import reverse

from assignments import models
from assignments.downstream import lenient, messages, seam
from assignments.queries import chunks
from assignments.services import upserting
from assignments.services.records import telling

KEPT = timedelta(days=90)
"""After a record was seen last."""
WAITED, TOLD_WITHIN = timedelta(minutes=5), timedelta(hours=1)
"""Managers are told of what has waited for so long; systems that answer in any order need less. After that, all of
them were told."""
_COLUMNS = ("district", "version", "field", "reason", "waits", "is_grave", "raw", "is_whole", "last_seen_at")
_AS_IT_CAME = ("raw", "is_whole")

Rows = list[models.RefusedRecord]


def keep(
    *,
    system: models.DownstreamSystem,
    key: tuple[messages.Resource, str],
    records: Sequence[messages.Record],
    unreadable: Sequence[seam.BadRecord],
    outcome: upserting.Upserted,
    now: datetime,
    again: bool = False,
    takes_all: bool = False,
) -> None:
    """Keeps the records that were refused, and none any longer of which this version or a newer one was taken, or any
    where it `takes_all`: of a system that was restored from a copy. Those that are tried `again` stay as they came.

    Managers of their districts are told once of emergencies and crews among those that nothing will bring in by itself.
    """
    resource, scope = key
    _let_go(system, resource, records, outcome, takes_all=takes_all)
    found = [*(_of_unreadable(one, resource) for one in unreadable), *_rejected(resource, records, outcome)]
    if not found:
        return
    districts = {one.code: one for one in models.District.objects.all()}
    rows = {row.reference: row for row, _ in found}
    for row, code in found:
        row.system, row.resource = system, resource
        row.first_seen_at = row.last_seen_at = now
        row.district = districts.get(scope) or districts.get(code)
    of_it = models.RefusedRecord.objects.filter(system=system, resource=resource)
    known = {row.reference: row for row in of_it.filter(reference__in=rows).defer("raw")}
    for name, row in rows.items():
        if row.district is None and name in known:
            row.district_id = known[name].district_id
    models.RefusedRecord.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["system", "resource", "reference"],
        update_fields=[name for name in _COLUMNS if not (again and name in _AS_IT_CAME)],
    )  # fmt: skip
    told = {name for name, row in known.items() if not row.waits}
    _tell([row for name, row in rows.items() if row.is_grave and not row.waits and name not in told], now)


def _let_go(
    system: models.DownstreamSystem,
    resource: messages.Resource,
    records: Sequence[messages.Record],
    outcome: upserting.Upserted,
    *,
    takes_all: bool,
) -> None:
    refused = {name for name, _ in outcome.rejected}
    taken = {one.reference: one.version for one in records if one.reference not in refused}
    rows = models.RefusedRecord.objects.filter(system=system, resource=resource, reference__in=chunks.among(taken))
    kept = rows.order_by().values_list("pk", "reference", "version")
    over = [pk for pk, reference, version in kept if takes_all or version <= taken[reference]]
    if over:
        models.RefusedRecord.objects.filter(pk__in=over).delete()


def _of_unreadable(one: seam.BadRecord, resource: messages.Resource) -> tuple[models.RefusedRecord, str]:
    """Its row, and the code of the district that it names."""
    name = one.reference or f"no reference, {sha1(one.raw.encode(), usedforsecurity=False).hexdigest()[:12]}"
    row = models.RefusedRecord(
        reference=name, version=one.version, field=one.field, reason=one.reason[:300], raw=one.raw,
        is_whole=one.is_whole, is_grave=_is_grave(resource, one.priority),
    )  # fmt: skip
    return row, one.district


def _rejected(
    resource: messages.Resource, records: Sequence[messages.Record], outcome: upserting.Upserted
) -> Iterable[tuple[models.RefusedRecord, str]]:
    of = {one.reference: one for one in records}
    for name, reason in outcome.rejected:
        record = of[name]
        given = record.model_dump(mode="json", exclude_unset=True)
        raw = json.dumps(lenient.shallow(given if record.came_as is None else record.came_as))
        row = models.RefusedRecord(
            reference=name, version=record.version, field=outcome.at_fault.get(name, ""), reason=reason[:300],
            raw=raw[: seam.LONGEST_RAW], is_whole=len(raw) <= seam.LONGEST_RAW, waits=name in outcome.unresolved,
            is_grave=_is_grave(resource, given.get("priority")),
        )  # fmt: skip
        yield row, str(given.get("district", ""))


def _is_grave(resource: messages.Resource, priority: Any) -> bool:
    is_emergency = resource is messages.Resource.ORDERS and priority == "EMERGENCY"
    return is_emergency or resource is messages.Resource.CREWS


def _tell(rows: Rows, now: datetime) -> None:
    of: dict[models.District, Rows] = defaultdict(list)
    for row in rows:
        if row.district is not None:
            of[row.district].append(row)
    for district, some in of.items():
        what = "an emergency" if any(row.resource == "orders" for row in some) else "a crew"
        telling.tell_managers(
            district=district, kind="source", by=telling.LINEUP, now=now,
            title=f"{some[0].system} sent {what} that could not be taken",
            body="; ".join(f"{row.reference}: {row.reason}" for row in some[:3])[:300],
            url=reverse("assignments:quarantine", args=[district.code]),
        )  # fmt: skip


def tell_of_waiting(*, now: datetime) -> None:
    """Tells managers once of emergencies and crews that have waited for a while for what they name."""
    rows = models.RefusedRecord.objects.filter(
        waits=True, is_grave=True, first_seen_at__lte=now - WAITED, first_seen_at__gt=now - WAITED - TOLD_WITHIN
    )
    for row in rows.select_related("district", "system").order_by("pk"):
        if (district := row.district) is None:
            continue
        what = "An emergency" if row.resource == messages.Resource.ORDERS else "A crew"
        telling.tell_managers(
            district=district, kind="source", by=telling.LINEUP, now=now,
            title=f"{what} of {row.system} waits: {row.reference} {row.reason}"[:200],
            body="It is taken as soon as what it names has come.",
            url=reverse("assignments:quarantine", args=[district.code]), dedupe_key=f"record-waits:{row.pk}",
        )  # fmt: skip


def forget(*, now: datetime) -> int:
    """Number of records removed because they were seen last too long ago."""
    count, _ = models.RefusedRecord.objects.filter(last_seen_at__lt=now - KEPT).delete()
    return count
