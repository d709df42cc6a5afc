"""Urgency of work by rules that an administrator edits; a storm's may differ from the normal ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assignments.engine.domain.problem import PriorityClass


@dataclass(frozen=True, slots=True)
class Priorities:
    """Which class a kind of work belongs to, and how many customers out make work more urgent than that."""

    kinds: Mapping[str, PriorityClass] = field(default_factory=dict)
    emergency_customers: int | None = None
    urgent_customers: int | None = None

    def of(self, kind: str, stated: PriorityClass, customers_out: int) -> PriorityClass:
        """The class of an order that states one of its own; a stated emergency is one under any rules."""
        if stated is PriorityClass.EMERGENCY or _reaches(customers_out, self.emergency_customers):
            return PriorityClass.EMERGENCY
        given = self.kinds.get(kind, stated)
        return min(given, PriorityClass.URGENT) if _reaches(customers_out, self.urgent_customers) else given


def _reaches(customers_out: int, least: int | None) -> bool:
    return least is not None and customers_out >= least
