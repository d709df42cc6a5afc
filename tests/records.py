"""Records of downstream systems, with readable defaults."""

from __future__ import annotations

from typing import Any

from assignments.downstream import messages
from tests.factories import LONG_AGO, at


def order(reference: str = "W-1", version: int = 1, **values: Any) -> messages.OrderMessage:
    facts = {
        "district": "NORTH",
        "number": f"WO-{reference}",
        "kind": "CORRECTIVE",
        "priority": "HIGH",
        "title": "Replace cross-arm",
        "latitude": 41.9,
        "longitude": -88.3,
        "duration_minutes": 60,
    }
    return messages.OrderMessage(reference=reference, version=version, **{**facts, **values})


def employee(reference: str = "E-1", version: int = 1, **values: Any) -> messages.EmployeeMessage:
    return messages.EmployeeMessage(
        reference=reference, version=version, **{"name": f"Person {reference}", "district": "NORTH", **values}
    )


def crew(reference: str = "C-1", version: int = 1, members: tuple[str, ...] = ("E-1",), **values: Any):
    facts = {"name": f"Line {reference}", "district": "NORTH", "foreman": members[0], "latitude": 41.9}
    joined = tuple(messages.MembershipMessage(employee=name, since=LONG_AGO) for name in members)
    return messages.CrewMessage(
        reference=reference, version=version, members=joined, **{**facts, "longitude": -88.3, **values}
    )


def permit(reference: str = "P-1", version: int = 1, **values: Any) -> messages.PermitMessage:
    facts = {
        "number": f"NO-{reference}",
        "kind": "EXCAVATION",
        "status": "ISSUED",
        "order": "W-1",
        "valid": {"start": at("00:00"), "end": at("23:00")},
    }
    return messages.PermitMessage(reference=reference, version=version, **{**facts, **values})
