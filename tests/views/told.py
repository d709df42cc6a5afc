"""Decisions that were told to connected systems, and the page that says so."""

from __future__ import annotations

from typing import Any

from assignments import models
from tests import factories

SENT = "/districts/NORTH/write-backs/"


def told(district: models.District, number: str, status: str, *, target: str = "work", **facts: Any) -> Any:
    """A decision about the order and what became of it in one system."""
    order = models.WorkOrder.objects.filter(number=number).first()
    order = order or factories.OrderFactory(district=district, number=number, status="SCHEDULED")
    assignment = order.assignments.first()
    if assignment is None:
        crew = factories.CrewFactory(district=district, name=f"Crew of {number}")
        assignment = factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))
    system = factories.DownstreamSystemFactory(code=target)
    return factories.WriteBackFactory(assignment=assignment, target=system, status=status, **facts)


def found(page: Any) -> list[tuple[str, str]]:
    return [(row.order_number, row.mark.word) for row in page.context["rows"]]


def systems(page: Any) -> list[tuple[str, str]]:
    """Of the one line: each system with how it stands."""
    (line,) = page.context["rows"]
    return [(one.name, one.mark.word) for one in line.targets]
