"""How many rows a transaction takes, so that it is short on whatever machine this is."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS, SMALLEST, LARGEST = 0.12, 50, 300
"""How long a transaction should take, and the numbers of rows that it may have for that: what follows from rows costs
much the same for a few as for many. One that takes twice as long as meant is still short for somebody who waits."""


@dataclass(slots=True)
class Pace:
    size: int = SMALLEST

    def took(self, rows: int, seconds: float) -> None:
        """Lets the next transaction be larger or smaller."""
        fitting = rows * SECONDS / max(seconds, 0.001)
        self.size = int(max(SMALLEST, min(LARGEST, 2 * self.size, fitting)))
