"""Changing a status by hand: only to where the state machine leads, and only to what a person may report."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from assignments import models

# Waiting, ready and scheduled are concluded by Lineup from permits, materials and decisions.
REPORTED_ORDER_STATUSES = ("RECEIVED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CLOSED", "CANCELLED")
MEMORY = "_status_before"


def remember(row: Any, *, new: bool) -> None:
    """Keeps the stored status beside the row until it is saved."""
    setattr(row, MEMORY, None if new else getattr(row, "status", None))


def require_legal_move(row: Any) -> None:
    """Raises ValidationError for a status that cannot follow the remembered one; rows without a state table pass."""
    before = getattr(row, MEMORY, None)
    if not isinstance(row, (models.WorkOrder, models.Permit)) or row.status == before:
        return
    # A new order may come from another installation's export: waiting or ready is then concluded anew.
    reported = REPORTED_ORDER_STATUSES if before else (*REPORTED_ORDER_STATUSES, "WAITING", "READY")
    if isinstance(row, models.WorkOrder) and row.status not in reported:
        raise ValidationError(
            f"{row.status} is concluded by Lineup; report one of {', '.join(REPORTED_ORDER_STATUSES)}."
        )
    if before is not None and row.status not in row.TRANSITIONS.get(before, frozenset()):
        after = sorted(row.TRANSITIONS.get(before, ()))
        raise ValidationError(f"{row.status} cannot follow {before}; possible are {', '.join(after) or 'none'}.")
