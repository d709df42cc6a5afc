"""The figures of a run, as its plan is made and gets better."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from assignments.engine import planning
from assignments.engine.domain.plans import Figures
from assignments.engine.domain.restoring import Restoration

# Times at which a run tells how many customers are back by then; a storm's plan has hundreds.
_MOST_TIMES = 24


@dataclass(slots=True)
class PlanTelling:
    """The figures that a batch makes worth telling."""

    horizon: datetime
    """Its start."""
    improve_seconds: float
    rejected: int
    """Rejections that the run passes over."""
    shown: int
    """Orders of the plan that people see, which it starts from."""
    plans: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    """Of the plan stored last."""
    _began: float = field(default_factory=time.monotonic)

    def of(self, batch: planning.ResultBatch) -> dict[str, Any]:
        """None, unless the batch is the last of a plan or says how far the improvement has come."""
        plan = batch.plan.figures if batch.plan else batch.figures
        if batch.stage == planning.Stage.RANKED or (batch.jobs and batch.done < batch.total):
            return {}
        if plan and (batch.jobs or not self.plans):
            self.plans += 1
        if plan:
            self.last = self._figures(plan)
        self.last |= {"improved_percent": round(100 * batch.share), "seconds": self._seconds}
        if plan and batch.as_shown:
            self.last |= {"moved": self._moved(len(batch.moved), plan, batch.as_shown)}
        return {} if batch.plan else self.last

    @property
    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 1)

    def _figures(self, plan: Figures) -> dict[str, Any]:
        return {
            "plan": self.plans,
            "whole": True,
            "served_percent": round(plan.served_weight, 1),
            "travel_hours": round(plan.travel_hours, 1),
            "improve_seconds": round(self.improve_seconds, 1),
            "rejected": self.rejected,
            **self._customers(plan.restoration),
        }

    def _moved(self, orders: int, plan: Figures, before: Figures) -> dict[str, Any]:
        """The number of orders moved, and what the plan gained by that."""
        minutes = plan.restoration.customer_minutes - before.restoration.customer_minutes
        return {
            "shown": self.shown,
            "orders": orders,
            "planned": plan.planned - before.planned,
            "travel_hours": round(plan.travel_hours - before.travel_hours, 1),
            "customer_minutes": minutes,
        }

    def _customers(self, restored: Restoration) -> dict[str, Any]:
        if not restored.customers_out:
            return {}
        # Evenly, and the last of them.
        told = restored.back[:: -(len(restored.back) // _MOST_TIMES + 1)][::-1]
        back = [[(self.horizon + timedelta(seconds=at)).isoformat(), count] for at, count in told]
        return {
            "customers_out": restored.customers_out,
            "customer_minutes": restored.customer_minutes,
            "customers_back": back,
        }
