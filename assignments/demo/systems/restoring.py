"""Restoration times as the outage system takes them: each outage carries the newest that it was told."""

from __future__ import annotations

from typing import Any

from assignments.demo.systems.booking import KeyReused, NotKnown
from assignments.demo.systems.store import Store
from assignments.downstream.messages import Resource
from assignments.downstream.outbound import Acknowledgement, RestorationMessage


def restore(store: Store, key: str, message: RestorationMessage) -> Acknowledgement:
    """The acknowledgement; the same key and body again change nothing. Raises KeyReused, NotKnown."""
    body: dict[str, Any] = message.model_dump(mode="json")
    with store.transaction():
        earlier = store.restoration(key)
        if earlier is not None:
            if earlier.body != body:
                raise KeyReused(f"The key {key} was used for another restoration time.")
            return Acknowledgement(reference=_reference(earlier.number), replayed=True)
        outages = [outage for outage in store.all(Resource.OUTAGES) if outage["order"] == message.order]
        if not outages:
            raise NotKnown(f"There is no outage of order {message.order}.")
        for outage in outages:
            store.put(Resource.OUTAGES, {**outage, "etr": body})
        return Acknowledgement(reference=_reference(store.add_restoration(key, body).number))


def _reference(number: int) -> str:
    return f"etr-{number:06d}"
