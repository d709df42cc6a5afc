"""The append-only record of who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models as django_models
from django.db import transaction

from assignments import models
from assignments.services.records import refusals


class AuditOutsideTransaction(RuntimeError):
    """An audit entry must be a row of the transaction that it tells of."""


def record(
    *,
    verb: str,
    row: django_models.Model,
    by: Any,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    order: models.WorkOrder | None = None,
    district: models.District | None = None,
) -> models.AuditEntry:
    """The entry, written in the caller's transaction. `by` is a user, or the name of the system itself.

    Raises AuditOutsideTransaction.
    """
    made = entry(
        verb=verb, row=row, by=by, now=now, before=before, after=after, reason=reason, order=order, district=district
    )
    record_all([made])
    return made


def record_all(entries: Sequence[models.AuditEntry]) -> None:
    """Writes the entries in the caller's transaction, by one statement for a few hundred.

    Raises AuditOutsideTransaction.
    """
    if entries and not transaction.get_connection().in_atomic_block:
        raise AuditOutsideTransaction(f"{entries[0].verb} was not recorded: there is no transaction.")
    models.AuditEntry.objects.bulk_create(entries, batch_size=500)


def entry(
    *,
    verb: str,
    row: django_models.Model,
    by: Any,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    order: models.WorkOrder | None = None,
    district: models.District | None = None,
) -> models.AuditEntry:
    """The entry, not written yet."""
    return models.AuditEntry(
        actor=None if isinstance(by, str) else by,
        actor_name=refusals.person(by)[:150],
        verb=verb,
        district=district or (order.district if order else None),
        order=order,
        object_type=type(row).__name__.lower(),
        object_id=str(row.pk),
        before=_plain(before),
        after=_plain(after),
        reason=reason[:300],
        at=now,
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    encoder = DjangoJSONEncoder()
    return {
        key: value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else encoder.default(value)
        for key, value in (values or {}).items()
    }
