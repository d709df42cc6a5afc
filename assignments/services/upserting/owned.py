"""The fields of each table that downstream systems fill, by the model's names; of rows beneath, by the message's.

An administrator may take a field over: it stands in `taken_over` of its row, and what the source says of it is left
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Model

from assignments import models

OWNED: Mapping[type[Model], tuple[str, ...]] = {
    models.WorkOrder: (
        "number", "district", "kind", "priority", "status", "title", "description", "latitude", "longitude", "address",
        "feeder", "substation", "voltage", "energised", "customers_out", "earliest_start", "due_at",
        "appointment_starts_at", "appointment_ends_at", "duration_minutes", "crew_size", "equipment",
        "required_permits", "materials_ready", "materials_expected_at", "splitting", "least_part_minutes",
        "set_up_minutes", "parts_done", "prerequisites", "needs", "further_crews",
    ),
    models.Permit: ("kind", "number", "status", "authority", "order", "valid_from", "valid_until"),
    models.Employee: ("name", "district", "active", "held"),
    models.Crew: ("name", "district", "foreman", "latitude", "longitude", "active", "members"),
    models.Equipment: ("code", "name", "crew", "out_of_service"),
    models.Shift: ("crew", "starts_at", "ends_at", "on_call", "cancelled"),
    models.Absence: ("employee", "starts_at", "ends_at", "kind", "cancelled"),
}  # fmt: skip


def closed(row: Model) -> frozenset[str]:
    """The fields that its source alone fills; none where the row has no source."""
    if getattr(row, "source_id", None) is None:
        return frozenset()
    return frozenset(OWNED.get(type(row), ())) - frozenset(kept(row))


def kept(row: Model) -> Iterable[str]:
    """The fields that an administrator has taken over."""
    names: Iterable[str] = getattr(row, "taken_over", None) or ()
    return names
