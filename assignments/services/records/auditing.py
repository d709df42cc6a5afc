"""The append-only record of who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models as django_models
from django.db import transaction

from assignments import models
from assignments.downstream import tracing
from assignments.models.districts import acts_through
from assignments.services.records import origins, refusals

_ENCODER = DjangoJSONEncoder()


class AuditOutsideTransaction(RuntimeError):
    """An audit entry must be a row of the transaction that it tells of."""


class AuditFacts(TypedDict):
    """The arguments of `entry` and `record`. `by` is a user, or the name of the system itself."""

    verb: str
    row: django_models.Model
    by: Any
    now: datetime
    before: NotRequired[Mapping[str, Any]]
    after: NotRequired[Mapping[str, Any]]
    reason: NotRequired[str]
    order: NotRequired[models.WorkOrder | None]
    district: NotRequired[models.District | None]


def record(**facts: Unpack[AuditFacts]) -> models.AuditEntry:
    """The entry, written in the caller's transaction. Raises AuditOutsideTransaction."""
    made = entry(**facts)
    record_all([made])
    return made


def record_all(entries: Sequence[models.AuditEntry]) -> None:
    """Writes the entries in the caller's transaction, by one statement for a few hundred.

    Raises AuditOutsideTransaction.
    """
    if entries and not transaction.get_connection().in_atomic_block:
        raise AuditOutsideTransaction(f"{entries[0].verb} was not recorded: there is no transaction.")
    models.AuditEntry.objects.bulk_create(entries, batch_size=500)


def entry(**facts: Unpack[AuditFacts]) -> models.AuditEntry:
    """The entry, not written yet."""
    by, row, order, district = facts["by"], facts["row"], facts.get("order"), facts.get("district")
    origin = origins.current()
    # By ids: a district is not read only to be named.
    return models.AuditEntry(
        actor_id=None if isinstance(by, str) else by.pk,
        actor_name=refusals.person(by)[:150],
        token_name=token.name if (token := acts_through(by)) else None,
        trace_id=trace.id if (trace := tracing.current()) else None,
        credential=_credential(by, origin),
        address=origin.address or None,
        verb=facts["verb"],
        district_id=district.pk if district else order.district_id if order else None,
        order_id=order.pk if order else None,
        object_type=str(row._meta.model_name),
        object_id=str(row.pk),
        before=_plain(facts.get("before")),
        after=_plain(facts.get("after")),
        reason=facts.get("reason", "")[:300],
        at=facts["now"],
    )


def _credential(by: Any, origin: origins.Origin) -> str | None:
    if token := acts_through(by):
        return f"token {token.name}"
    return f"session {origin.session}" if origin.session and not isinstance(by, str) else None


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        key: value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else _ENCODER.default(value)
        for key, value in (values or {}).items()
    }
