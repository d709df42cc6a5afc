"""People with the review of an order open, as its row and its review show them; the same for everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.services.records import refusals


@dataclass(frozen=True, slots=True)
class Reviewer:
    person: int
    name: str
    until: str
    """When the page takes it away by itself."""


def of_orders(order_ids: Collection[int], now: datetime) -> Mapping[int, tuple[Reviewer, ...]]:
    """The reviewers of each order that has any; one query."""
    found: dict[int, list[Reviewer]] = defaultdict(list)
    for one in models.Reviewing.objects.current(now).filter(order__in=order_ids).with_people():
        found[one.order_id].append(Reviewer(one.person_id, refusals.person(one.person), one.told_until.isoformat()))
    return {order: tuple(reviewers) for order, reviewers in found.items()}
