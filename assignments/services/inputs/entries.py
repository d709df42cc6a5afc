"""The entries that a change by hand or by file leaves in the append-only record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from assignments import models
from assignments.services.records import auditing
from assignments.services.upserting import owned


def entry(
    row: Model,
    verb: str,
    *,
    by: Any,
    now: datetime,
    fields: Sequence[str] = (),
    reason: str = "",
    before: Mapping[str, Any] | None = None,
) -> models.AuditEntry:
    """The entry, not written yet. Kept beside Django's own log, which is not append-only and knows no district."""
    order = row if isinstance(row, models.WorkOrder) else getattr(row, "order", None)
    after: dict[str, Any] = {"fields": list(fields)} if fields else {}
    if isinstance(row, models.Permit) and "status" in fields:
        after["status"] = row.status
    if "kept_here" in fields:
        after["taken_over"] = list(owned.kept(row))
    # Told by its person and district, also when the row is gone.
    role = _role(row) if isinstance(row, models.Membership) else {}
    former = dict(before or {})
    after |= {name: getattr(row, name) for name in former}
    return auditing.entry(
        verb=f"{row._meta.model_name}.{verb}",
        row=row,
        by=by,
        now=now,
        before=role if verb == "deleted" else former,
        after=after if verb == "deleted" else after | role,
        reason=reason,
        # An entry that pointed at the order being deleted would itself forbid that.
        order=None if order is row and verb == "deleted" else order,
        district=getattr(row, "district", None),
    )


def _role(row: models.Membership) -> dict[str, str]:
    return {"user": row.user.get_username(), "district": row.district.code, "role": row.role}
