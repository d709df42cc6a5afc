"""Values of which the generated world consists."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from assignments.downstream.messages import (
    AbsenceMessage,
    CrewMessage,
    EmployeeMessage,
    EquipmentMessage,
    OrderMessage,
    OutageMessage,
    PermitMessage,
    QualificationMessage,
    Record,
    Resource,
    ShiftMessage,
)

HORIZON_DAYS = 7
"""Days of rostered shifts, today included."""

Item = TypeVar("Item")


class Size(StrEnum):
    SMALL = "small"
    DISTRICT = "district"
    UTILITY = "utility"


class Craft(StrEnum):
    """The purpose of a crew; the value is also the beginning of its name."""

    LINE = "Line"
    CABLE = "Cable"
    SUBSTATION = "Substation"
    TREE = "Tree"
    SERVICE = "Service"
    PATROL = "Patrol"
    TRAFFIC = "Traffic"


@dataclass(frozen=True, slots=True)
class Extent:
    """Counts of a world of one size."""

    districts: int
    orders: int
    crews: int


EXTENTS = {
    Size.SMALL: Extent(districts=1, orders=40, crews=8),
    Size.DISTRICT: Extent(districts=3, orders=600, crews=75),
    Size.UTILITY: Extent(districts=25, orders=10_000, crews=500),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A WGS 84 position in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Feeder:
    """A distribution circuit; `path` leads away from its substation."""

    name: str
    voltage: int
    path: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Substation:
    name: str
    spot: Spot
    high_voltage: int
    feeders: tuple[Feeder, ...]


@dataclass(frozen=True, slots=True)
class DistrictPlan:
    number: int
    """From 1, in order of code."""
    code: str
    name: str
    time_zone: str
    boundary: tuple[Spot, ...]
    centre: Spot
    """The service centre's position."""
    service_centre: str
    yards: tuple[Spot, ...]
    """Where crews start: the service centre first."""
    towns: tuple[str, ...]
    substations: tuple[Substation, ...]
    orders: int
    crews: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """The moment, in UTC, of a local time of day."""
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Staff:
    """Content of the workforce system for one or all districts."""

    employees: tuple[EmployeeMessage, ...]
    crews: tuple[CrewMessage, ...]
    equipment: tuple[EquipmentMessage, ...]
    absences: tuple[AbsenceMessage, ...]


@dataclass(frozen=True, slots=True)
class World:
    size: Size
    seed: int
    today: date
    districts: tuple[DistrictPlan, ...]
    qualifications: tuple[QualificationMessage, ...]
    staff: Staff
    shifts: tuple[ShiftMessage, ...]
    orders: tuple[OrderMessage, ...]
    permits: tuple[PermitMessage, ...]
    outages: tuple[OutageMessage, ...]

    def records(self, resource: Resource) -> Sequence[Record]:
        """The records of one collection."""
        collections: dict[Resource, Sequence[Record]] = {
            Resource.ORDERS: self.orders,
            Resource.QUALIFICATIONS: self.qualifications,
            Resource.EMPLOYEES: self.staff.employees,
            Resource.ABSENCES: self.staff.absences,
            Resource.CREWS: self.staff.crews,
            Resource.EQUIPMENT: self.staff.equipment,
            Resource.SHIFTS: self.shifts,
            Resource.PERMITS: self.permits,
            Resource.OUTAGES: self.outages,
        }
        return collections[resource]

    def district_of(self) -> dict[str, str]:
        """The district's code by reference of every order, employee, crew, and of what hangs on one of them."""
        home = {order.reference: order.district for order in self.orders}
        home |= {person.reference: person.district for person in self.staff.employees}
        home |= {crew.reference: crew.district for crew in self.staff.crews}
        hangs_on = [
            *((absence.reference, absence.employee) for absence in self.staff.absences),
            *((shift.reference, shift.crew) for shift in self.shifts),
            *((permit.reference, permit.order) for permit in self.permits),
            *((outage.reference, outage.order) for outage in self.outages),
            *((item.reference, item.crew) for item in self.staff.equipment if item.crew),
        ]
        return home | {reference: home[other] for reference, other in hangs_on}

    def digest(self) -> str:
        """Equal for equal worlds, whatever process made them."""
        sha = hashlib.sha256(repr(self.districts).encode())
        for resource in Resource:
            for record in self.records(resource):
                sha.update(record.model_dump_json().encode())
        return sha.hexdigest()


def stream(*parts: object) -> random.Random:
    """A random stream of its own per topic, so that one more name here moves nothing there."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - nothing secret is drawn


def choose(rng: random.Random, weights: dict[Item, float]) -> Item:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def apportion(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """`total` shared out by weight in whole numbers (largest remainders), each share at least `least`."""
    spare = total - least * len(weights)
    exact = [spare * weight / sum(weights) for weight in weights]
    shares = [least + int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (int(exact[index]) - exact[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def days_from(today: date, count: int = HORIZON_DAYS) -> list[date]:
    return [today + timedelta(days=offset) for offset in range(count)]
