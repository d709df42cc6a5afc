"""Effects of a booking on each system's own view of the world."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from assignments.demo.systems.store import Body, Booked, Store
from assignments.downstream.messages import Resource, System
from assignments.downstream.outbound import Acknowledgement, BookingMessage


class KeyReused(Exception):
    """The idempotency key came before with another body."""


class NotKnown(Exception):
    """The booking names an order, a crew or an assignment that the system does not have."""


def book(store: Store, system: System, key: str, message: BookingMessage) -> Acknowledgement:
    """The acknowledgement; the same key and body again change nothing. Raises KeyReused, NotKnown."""
    body: dict[str, Any] = message.model_dump(mode="json")
    with store.transaction():
        earlier = store.booking(key)
        if earlier is not None:
            if earlier.body != body:
                raise KeyReused(f"The key {key} was used for another booking.")
            return _acknowledge(system, earlier, replayed=True)
        _refuse_to_confirm_what_was_never_told(store, message)
        {System.WORK: _on_order, System.WORKFORCE: _on_crew, System.PERMITS: _on_permits}[system](store, message)
        return _acknowledge(system, store.add_booking(key, body), replayed=False)


def _acknowledge(system: System, booked: Booked, *, replayed: bool) -> Acknowledgement:
    return Acknowledgement(reference=f"{system}-{booked.number:06d}", replayed=replayed)


def _refuse_to_confirm_what_was_never_told(store: Store, message: BookingMessage) -> None:
    told = (booked.body["action"] for booked in store.bookings(message.assignment))
    if message.action == "CONFIRM" and "ASSIGN" not in told:
        raise NotKnown(f"There is no assignment {message.assignment}.")


def _entry(message: BookingMessage) -> Body:
    return {
        "assignment": message.assignment,
        "order": message.order,
        **({"part": message.part, "parts": message.parts} if message.part else {}),
        "crew": message.crew,
        "further_crews": list(message.further_crews),
        "period": message.period.model_dump(mode="json"),
        "tentative": message.tentative,
        "approved_by": message.approved_by,
    }


def _on_order(store: Store, message: BookingMessage) -> None:
    """Work management: the order carries its crew, and that of each of its parts."""
    order = store.get(Resource.ORDERS, message.order)
    if order is None:
        raise NotKnown(f"There is no order {message.order}.")
    store.put(
        Resource.ORDERS, _carrying(order, f"booking_of_part_{message.part}" if message.part else "booking", message)
    )


def _on_crew(store: Store, message: BookingMessage) -> None:
    """Workforce: the calendar of each crew has an entry for each assignment.

    A team is taken as a whole: what is put for one crew is undone with the transaction when another is not known.
    """
    named = (message.crew, *message.further_crews)
    if message.action != "CONFIRM" and store.bookings(message.assignment):
        _take_off_others(store, message.assignment, named)
    for reference in named:
        crew = store.get(Resource.CREWS, reference)
        if crew is None:
            raise NotKnown(f"There is no crew {reference}.")
        calendar = crew.get("calendar", [])
        others = [entry for entry in calendar if entry["assignment"] != message.assignment]
        own = next((entry for entry in calendar if entry["assignment"] == message.assignment), None)
        entry = _entry_after(own, message)
        store.put(Resource.CREWS, {**crew, "calendar": [*others, entry] if entry else others})


def _take_off_others(store: Store, assignment: str, named: Collection[str]) -> None:
    """A booking is known by its assignment, whichever crew has it in its calendar."""
    for crew in store.all(Resource.CREWS):
        calendar = crew.get("calendar", [])
        others = [entry for entry in calendar if entry["assignment"] != assignment]
        if crew["reference"] not in named and len(others) < len(calendar):
            store.put(Resource.CREWS, {**crew, "calendar": others})


def _on_permits(store: Store, message: BookingMessage) -> None:
    """Permits: the crew is the holder of the order's permits. An order without any is not its business."""
    for permit in store.all(Resource.PERMITS):
        if permit["order"] == message.order:
            store.put(Resource.PERMITS, _carrying(permit, "holder", message))


def _carrying(body: Body, name: str, message: BookingMessage) -> Body:
    """The record with what it carries under `name` now."""
    return {**body, name: _entry_after(body.get(name), message)}


def _entry_after(carried: Body | None, message: BookingMessage) -> Body | None:
    """The booking after `carried`; a confirmation or a revocation changes only the assignment that it names."""
    if message.action == "ASSIGN":
        return _entry(message)
    if carried is None or carried["assignment"] != message.assignment:
        return carried
    return _entry(message) if message.action == "CONFIRM" else None
