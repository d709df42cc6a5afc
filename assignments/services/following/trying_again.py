"""Taking a record that was refused, once what was wrong here is mended."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from assignments import models
from assignments.downstream import messages, reading
from assignments.services import upserting
from assignments.services.following import quarantine, waiting
from assignments.services.inputs import consequences
from assignments.services.records import auditing, refusals


class AlreadyGone(refusals.Refusal):
    """Another person or a newer version was quicker."""

    code = "already-taken"
    next_step = "Look at the page again."


class NotWhole(refusals.Refusal):
    """The record is too long to be kept whole."""

    code = "record-too-long"
    next_step = "Let its system send it again: under As of, read everything again."


def try_again(*, record: models.RefusedRecord, by: Any, now: datetime) -> str:
    """Takes the record as it came, if that can be done now; the reason why not, else empty.

    Raises NotAManager, AlreadyGone, NotWhole.
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


def _take(row: models.RefusedRecord, district: models.District, now: datetime) -> str:
    resource, given = messages.Resource(row.resource), json.loads(row.raw)
    try:
        records, unreadable = [messages.MESSAGES[resource].read(given)], []
    except ValidationError as error:
        records, unreadable = [], [reading.unreadable(given, error, row.reference)]
    outcome = upserting.upsert(system=row.system, resource=resource, records=records, now=now)
    waiting.keep(system=row.system, resource=resource, records=records, outcome=outcome, now=now)
    quarantine.keep(
        system=row.system, key=(resource, district.code), records=records, unreadable=unreadable, outcome=outcome,
        now=now,
    )  # fmt: skip
    consequences.follow(order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=now, moved=outcome.moved)
    return "; ".join([*(one.reason for one in unreadable), *(why for _, why in outcome.rejected)])
