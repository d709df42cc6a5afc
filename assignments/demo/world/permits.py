"""Permits and outages as the permit system holds them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from assignments.demo.world.shapes import DistrictPlan, stream
from assignments.downstream.messages import OrderMessage, OutageMessage, Period, PermitKind, PermitMessage, PermitStatus

_PREFIX: dict[PermitKind, str] = {
    "CLEARANCE": "CL", "EXCAVATION": "811", "TRAFFIC": "TC", "HOT_WORK": "HW", "CONFINED_SPACE": "CS",
    "ENVIRONMENTAL": "ENV",
}  # fmt: skip

MISSING = None
_DEALT: tuple[PermitStatus | None, ...] = (
    "ISSUED", "ISSUED", "REQUESTED", "ISSUED", "SUSPENDED", "ISSUED", "EXTENDED", "ISSUED", "EXPIRED", "ISSUED",
    "REJECTED", "ISSUED", MISSING, "ISSUED", "ISSUED", "ISSUED", "REQUESTED", "ISSUED", "ISSUED", "ISSUED",
)  # fmt: skip
"""Fates of twenty permits: dealt in this order first, so that a small district has them all, then shuffled."""

_EARLIER: tuple[PermitStatus, ...] = ("HANDED_BACK", "CLOSED", "CANCELLED")
"""States of permits that an order had before the present one."""


def _authority(district: DistrictPlan, kind: PermitKind) -> str:
    return {
        "CLEARANCE": "System Control",
        "EXCAVATION": "One Call 811",
        "TRAFFIC": f"{district.name} Public Works",
        "HOT_WORK": "Station Safety Office",
        "CONFINED_SPACE": "Safety Office",
        "ENVIRONMENTAL": "Department of Natural Resources",
    }[kind]


def window(rng: random.Random, district: DistrictPlan, kind: PermitKind, day: date) -> Period:
    """A period in which such a permit would let work go on that is planned for `day`."""
    longer = rng.randint(1, 4) if rng.random() < 0.4 else 0
    if kind == "EXCAVATION":
        begins = day - timedelta(days=rng.randint(1, 24))
        return Period(start=district.at(begins, 0), end=district.at(begins + timedelta(days=28), 0))
    if kind == "ENVIRONMENTAL":
        begins = day - timedelta(days=rng.randint(5, 30))
        return Period(start=district.at(begins, 0), end=district.at(begins + timedelta(days=90), 0))
    begin, end = {"CLEARANCE": ((7, 30), (15, 30)), "TRAFFIC": ((8, 30), (15, 0))}.get(kind, ((7, 0), (17, 0)))
    return Period(start=district.at(day, *begin), end=district.at(day + timedelta(days=longer), *end))


def _moved(period: Period, days: int) -> Period:
    return Period(start=period.start + timedelta(days=days), end=period.end + timedelta(days=days))


def _valid(rng: random.Random, status: PermitStatus, wanted: Period, now: datetime) -> Period | None:
    """The validity that fits the state: what expired or is over lies in the past."""
    past = -((wanted.end - now).days + 1 + rng.randint(1, 5))
    if status in ("EXPIRED", *_EARLIER):
        return _moved(wanted, past)
    if status == "EXTENDED":
        return Period(start=_moved(wanted, -3).start, end=_moved(wanted, 7).end)
    if status == "REJECTED" or (status == "REQUESTED" and rng.random() < 0.3):
        return None
    return wanted


def _states(rng: random.Random) -> Iterator[PermitStatus | None]:
    yield from _DEALT
    while True:
        yield from rng.sample(_DEALT, len(_DEALT))


def planned_day(order: OrderMessage, district: DistrictPlan, today: date) -> date:
    return today if order.earliest_start is None else order.earliest_start.astimezone(district.zone).date()


def permits(district: DistrictPlan, orders: Iterable[OrderMessage], seed: int, today: date) -> list[PermitMessage]:
    """The permits of one district's orders; an order may lack one that it needs, or have had another before."""
    rng = stream(seed, "permits", district.code)
    states = _states(rng)
    now = district.at(today, 0)
    result: list[PermitMessage] = []

    def add(order: OrderMessage, kind: PermitKind, status: PermitStatus, wanted: Period) -> None:
        index = len(result) + 1
        result.append(
            PermitMessage(
                reference=f"PT-{district.number:02d}{index:05d}",
                version=1,
                number=f"{_PREFIX[kind]}-{today:%y}-{district.number:02d}{index:04d}",
                kind=kind,
                status=status,
                authority=_authority(district, kind),
                order=order.reference,
                valid=_valid(rng, status, wanted, now),
            )
        )

    for order in orders:
        for kind in order.required_permits:
            wanted = window(rng, district, kind, planned_day(order, district, today))
            status = next(states)
            if len(result) % 6 == 2:
                add(order, kind, _EARLIER[len(result) // 6 % len(_EARLIER)], wanted)
            if status is not None:
                finished = order.status in ("COMPLETED", "CANCELLED")
                add(order, kind, "CLOSED" if finished else status, wanted)
    return result


def outages(district: DistrictPlan, orders: Iterable[OrderMessage], seed: int, today: date) -> list[OutageMessage]:
    """One outage for each trouble order that left customers without power, begun in the night."""
    rng = stream(seed, "outages", district.code)
    return [
        OutageMessage(
            reference=f"OUT-{order.number[2:]}",
            version=1,
            order=order.reference,
            feeder=order.feeder,
            customers_out=order.customers_out,
            started_at=district.at(today, rng.randint(0, 4), rng.randrange(60)),
        )
        for order in orders
        if order.kind == "TROUBLE" and order.customers_out
    ]
