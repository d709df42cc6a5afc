"""How the tests of delivering ask."""

from __future__ import annotations

from datetime import datetime

from assignments import models
from assignments.services.writebacks import delivering
from tests.factories import NOW

WORKER = "worker-1"


def claim(now: datetime = NOW, owner: str = WORKER, limit: int = 10) -> list[models.WriteBack]:
    return delivering.claim_due(owner=owner, now=now, limit=limit)


def attempt(now: datetime = NOW) -> models.WriteBack:
    """One claimed write-back after one delivery."""
    [row] = claim(now)
    return delivering.deliver(write_back=row, owner=WORKER, now_fn=lambda: now)
