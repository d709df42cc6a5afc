"""Records that were not taken: kept with the reason until a newer version is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any

from django.urls import reverse

from assignments import models
from assignments.downstream import messages, reading
from assignments.services import upserting
from assignments.services.records import telling

KEPT = timedelta(days=90)
"""After a record was seen last."""
_COLUMNS = ("district", "version", "field", "reason", "waits", "is_grave", "raw", "is_whole", "last_seen_at")

Rows = list[models.RefusedRecord]


def keep(
    *,
    system: models.DownstreamSystem,
    key: tuple[messages.Resource, str],
    records: Sequence[messages.Record],
    unreadable: Sequence[reading.BadRecord],
    outcome: upserting.Upserted,
    now: datetime,
) -> None:
    """Keeps the records that were refused, and none any longer of which this version or a newer one was taken.

    Managers of their districts are told once of emergencies and crews among those that nothing will bring in by itself.
    """
    resource, scope = key
    _let_go(system, resource, records, outcome)
    found = [_row_of_unreadable(one, resource) for one in unreadable]
    found += _rejected(resource, records, outcome)
    if not found:
        return
    districts = {one.code: one for one in models.District.objects.all()}
    rows = {row.reference: row for row in found}
    for row in rows.values():
        row.system, row.resource = system, resource
        row.first_seen_at = row.last_seen_at = now
        row.district = districts.get(scope) or districts.get(_named(row))
    of_it = models.RefusedRecord.objects.filter(system=system, resource=resource)
    known = {row.reference: row for row in of_it.filter(reference__in=rows).defer("raw")}
    for name, row in rows.items():
        if row.district is None and name in known:
            row.district_id = known[name].district_id
    models.RefusedRecord.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["system", "resource", "reference"],
        update_fields=list(_COLUMNS),
    )  # fmt: skip
    told = {name for name, row in known.items() if not row.waits}
    _tell([row for name, row in rows.items() if row.is_grave and not row.waits and name not in told], now)


def _let_go(
    system: models.DownstreamSystem,
    resource: messages.Resource,
    records: Sequence[messages.Record],
    outcome: upserting.Upserted,
) -> None:
    refused = {name for name, _ in outcome.rejected}
    taken = {one.reference: one.version for one in records if one.reference not in refused}
    rows = models.RefusedRecord.objects.filter(system=system, resource=resource, reference__in=taken)
    over = [row.pk for row in rows.only("reference", "version") if row.version <= taken[row.reference]]
    if over:
        models.RefusedRecord.objects.filter(pk__in=over).delete()


def _row_of_unreadable(one: reading.BadRecord, resource: messages.Resource) -> models.RefusedRecord:
    name = one.reference or f"no reference, {sha1(one.raw.encode(), usedforsecurity=False).hexdigest()[:12]}"
    return models.RefusedRecord(
        reference=name, version=one.version, field=one.field, reason=one.reason[:300], raw=one.raw,
        is_whole=one.is_whole, is_grave=_is_grave(resource, _parsed(one.raw)),
    )  # fmt: skip


def _rejected(
    resource: messages.Resource, records: Sequence[messages.Record], outcome: upserting.Upserted
) -> Iterable[models.RefusedRecord]:
    of = {one.reference: one for one in records}
    for name, reason in outcome.rejected:
        given = of[name].model_dump(mode="json", exclude_unset=True)
        yield models.RefusedRecord(
            reference=name, version=of[name].version, field=outcome.at_fault.get(name, ""), reason=reason[:300],
            raw=json.dumps(given), waits=name in outcome.unresolved, is_grave=_is_grave(resource, given),
        )  # fmt: skip


def _parsed(raw: str) -> Mapping[str, Any]:
    try:
        given = json.loads(raw)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _is_grave(resource: messages.Resource, given: Mapping[str, Any]) -> bool:
    is_emergency = resource is messages.Resource.ORDERS and given.get("priority") == "EMERGENCY"
    return is_emergency or resource is messages.Resource.CREWS


def _named(row: models.RefusedRecord) -> str:
    return str(_parsed(row.raw).get("district", ""))


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


def forget(*, now: datetime) -> int:
    """Number of records removed because they were seen last too long ago."""
    count, _ = models.RefusedRecord.objects.filter(last_seen_at__lt=now - KEPT).delete()
    return count
