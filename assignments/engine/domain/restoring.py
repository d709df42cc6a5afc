"""Customers without power, and when a plan has them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from assignments.engine.domain.problem import Job


@dataclass(frozen=True, slots=True)
class Restoration:
    """Customers out now, summed over the orders that a plan is made of, and how many are back by when."""

    customers_out: int = 0
    customer_minutes: int = 0
    """Minutes without power from now on, each customer's counted; what is left out waits until the horizon's end."""
    back: tuple[tuple[int, int], ...] = ()
    """Seconds since the horizon's start, and the customers who are back by then; in order of time."""

    @property
    def left(self) -> int:
        """Customers whom the plan does not bring back."""
        return self.customers_out - (self.back[-1][1] if self.back else 0)


def restoration(jobs: Iterable[Job], ends: Mapping[int, int], *, now: int, horizon: int) -> Restoration:
    """The restoration by a plan in which work ends as `ends` says by job; seconds."""
    dark = [job for job in jobs if job.customers_out]
    out = sum(job.customers_out for job in dark)
    minutes = sum(job.customers_out * max(0, ends.get(job.id, horizon) - now) for job in dark) // 60
    by_end: dict[int, int] = {}
    for job in dark:
        if job.id in ends:
            by_end[ends[job.id]] = by_end.get(ends[job.id], 0) + job.customers_out
    times = sorted(by_end)
    return Restoration(out, minutes, tuple(zip(times, accumulate(by_end[at] for at in times), strict=True)))
