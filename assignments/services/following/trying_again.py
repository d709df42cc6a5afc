"""Taking a record that was refused, once what was wrong here is mended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from assignments import models
from assignments.downstream import messages, seam, trouble
from assignments.services import upserting
from assignments.services.following import storing
from assignments.services.records import auditing, refusals
from assignments.services.writebacks import connecting
from notifications.services import held_rows

_AT_ONCE = 500
"""Records of districts that are new, looked at by one look."""


class AlreadyGone(refusals.Refusal):
    """Another person or a newer version was quicker."""

    code = "already-taken"
    next_step = "Look at the page again."


class NotWhole(refusals.Refusal):
    """The record is too long to be kept whole."""

    code = "record-too-long"
    next_step = "Let its system send it again: under As of, read everything again."


class Unmapped(refusals.Refusal):
    """The system's adapter is not there, or its settings are no settings."""

    code = "adapter-unusable"
    next_step = "Ask an administrator to look at how the system speaks."


def try_again(*, record: models.RefusedRecord, by: Any, now: datetime) -> str:
    """Takes the record as it came, if that can be done now; the reason why not, else empty.

    Raises NotAManager, AlreadyGone, NotWhole, Unmapped.
    """
    district = record.district
    if district is None:
        raise AlreadyGone("It belongs to no district.")
    refusals.require_manager(by=by, district=district)
    with transaction.atomic():
        related = models.RefusedRecord.objects.select_for_update(no_key=True, of=("self",)).select_related("system")
        row = related.filter(pk=record.pk).first()
        if row is None:
            raise AlreadyGone(f"{record.reference} does not wait here any more.")
        if not row.is_whole:
            raise NotWhole(f"{row.reference} is too long to be kept whole.")
        reason = _take(row, district, now)
        auditing.record(
            verb="record.tried-again", row=record, by=by, now=now, district=district, reason=reason or "It was taken.",
            after={"system": row.system.code, "resource": row.resource, "reference": row.reference},
        )  # fmt: skip
    return reason


def take_of_new_districts(*, now: datetime) -> int:
    """Number of records taken that name a district which was not set up when they came."""
    rows = models.RefusedRecord.objects.filter(district=None, field="district", is_whole=True).order_by("pk")
    districts = {one.code: one for one in models.District.objects.all()} if rows.exists() else {}
    waiting = rows.select_related("system")[:_AT_ONCE] if districts else ()
    return sum(held_rows.each(waiting, lambda row: _take_by_itself(row, districts, now), name="Refused record"))


def _take_by_itself(row: models.RefusedRecord, districts: Mapping[str, models.District], now: datetime) -> bool:
    """Whether the record was taken; kept for the district where it was not."""
    try:
        found = _understood(row)
    except Unmapped:
        return False
    district = districts.get(str(getattr(found, "district", "")))
    if district is None:
        return False
    with held_rows.brief():
        skips = connection.features.has_select_for_update_skip_locked
        rows = models.RefusedRecord.objects.select_for_update(no_key=True, skip_locked=skips)
        return rows.filter(pk=row.pk).exists() and not _take(row, district, now)


def _understood(row: models.RefusedRecord) -> messages.Record | seam.BadRecord:
    """The record by what its system's adapter says now. One that was pushed came in our words in any case.

    Raises Unmapped.
    """
    resource, given = messages.Resource(row.resource), json.loads(row.raw)
    try:
        found = connecting.unsigned(system=row.system).understood(resource, given, row.reference)
    except trouble.SystemUnavailable as error:
        raise Unmapped(f"What {row.system} sends cannot be read now: {error.detail}.") from error
    if isinstance(found, seam.BadRecord) and isinstance(given, dict) and "reference" in given:
        return seam.understood(resource, given, row.reference)
    return found


def _take(row: models.RefusedRecord, district: models.District, now: datetime) -> str:
    resource, found = messages.Resource(row.resource), _understood(row)
    records, unreadable = ([], [found]) if isinstance(found, seam.BadRecord) else ([found], [])
    outcome = upserting.upsert(system=row.system, resource=resource, records=records, now=now)
    storing.keep(
        system=row.system, key=(resource, district.code), records=records, unreadable=unreadable, outcome=outcome,
        now=now,
    )  # fmt: skip
    storing.follow(outcome=outcome, now=now)
    return "; ".join([*(one.reason for one in unreadable), *(why for _, why in outcome.rejected)])
