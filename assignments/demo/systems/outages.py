"""Outages of trouble that comes in while the systems run: in a utility the outage system hears of it first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from assignments.demo.systems.store import Body, Store
from assignments.downstream.messages import OutageMessage, Resource


def keep(path: Path, trouble: Iterable[Body], now: datetime) -> None:
    """Lets the outage system whose file is at `path` have an outage of each of these orders, over with the order.

    The systems of one world lie in one folder. Nothing happens where the outage system was never started, or is of an
    older make.
    """
    if not path.exists():
        return
    store = Store(path)
    try:
        if store.fact("world") is not None:
            with store.transaction():
                _keep(store, trouble, now)
    finally:
        store.close()


def of(order: Body) -> str:
    """The reference of the outage of an order."""
    return f"OUT-{order['number'][2:]}"


def _keep(store: Store, trouble: Iterable[Body], now: datetime) -> None:
    for order in trouble:
        is_over = order["status"] in ("COMPLETED", "CLOSED", "CANCELLED")
        known = store.get(Resource.OUTAGES, of(order))
        if known is None and order["customers_out"] and not is_over:
            message = OutageMessage(
                reference=of(order), version=1, order=order["reference"], feeder=order["feeder"],
                customers_out=order["customers_out"], started_at=now,
            )  # fmt: skip
            store.put(Resource.OUTAGES, message.model_dump(mode="json"), district=order["district"])
        elif known is not None and is_over and known["restored_at"] is None:
            store.put(Resource.OUTAGES, {**known, "restored_at": now.isoformat()})
