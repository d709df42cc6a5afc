"""A worker of the tests, which tells one write-back after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from assignments import models
from assignments.services.writebacks import breaking, delivering, exchanging
from tests.factories import NOW

WORKER = "worker-1"


def claim_due(*, owner: str, now: datetime, limit: int) -> list[models.WriteBack]:
    """Up to `limit` due write-backs to any targets, leased to `owner` and to be delivered by it now."""
    claimed: list[models.WriteBack] = []
    for target in breaking.tellable(now=now):
        claimed += delivering.claim(target=target, owner=owner, now=now, limit=limit - len(claimed))
    return claimed


def deliver(*, write_back: models.WriteBack, owner: str, now_fn: Callable[[], datetime]) -> models.WriteBack:
    """The claimed write-back after one attempt, or as it is when its lease has gone to another worker meanwhile."""
    exchange = exchanging.tell(row=write_back, seconds=float(write_back.target.timeout_seconds))
    delivering.settle(target=write_back.target, exchanges=[exchange], owner=owner, now=now_fn())
    write_back.refresh_from_db()
    return write_back


def claim(now: datetime = NOW, owner: str = WORKER, limit: int = 10) -> list[models.WriteBack]:
    return claim_due(owner=owner, now=now, limit=limit)


def attempt(now: datetime = NOW) -> models.WriteBack:
    """One claimed write-back after one delivery."""
    [row] = claim(now)
    return deliver(write_back=row, owner=WORKER, now_fn=lambda: now)
