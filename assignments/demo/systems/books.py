"""Each system's book: the bookings that stand in its own view of the world, as `GET /api/bookings` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from assignments.demo.systems.store import PAGE, Body, Store
from assignments.downstream.messages import Resource, System


def page(store: Store, system: System, *, after: datetime | None, start: str) -> Body:
    """The bookings behind the one that `start` names, in an order that nothing changes: none is passed over while
    others come and go."""
    standing = {entry["assignment"]: entry for entry in _standing(store, system)}
    found = sorted(name for name, entry in standing.items() if name > start and _ends_after(entry, after))
    shown = [standing[name] for name in found[:PAGE]]
    return {"items": shown, "next": found[PAGE - 1] if len(found) > PAGE else None}


def _standing(store: Store, system: System) -> Iterable[Body]:
    if system is System.WORK:
        slots = ((name, slot) for order in store.all(Resource.ORDERS) for name, slot in order.items())
        return (slot for name, slot in slots if name.startswith("booking") and slot)
    if system is System.WORKFORCE:
        return (entry for crew in store.all(Resource.CREWS) for entry in crew.get("calendar", []))
    return _last_told(store)


def _last_told(store: Store) -> Iterable[Body]:
    """Permits: it takes bookings of orders without any permit too, which then stand nowhere else."""
    told: dict[str, Body] = {}
    for booked in store.bookings():
        if booked.body["action"] == "REVOKE":
            told.pop(booked.body["assignment"], None)
        else:
            told[booked.body["assignment"]] = booked.body
    return told.values()


def _ends_after(entry: Body, after: datetime | None) -> bool:
    return after is None or datetime.fromisoformat(entry["period"]["end"]) > after
