"""Crews with their people, vehicles and absences."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Literal

from assignments.demo.world import names, qualifications
from assignments.demo.world.shapes import HORIZON_DAYS, Craft, DistrictPlan, Staff, apportion, choose, stream
from assignments.downstream.messages import (
    AbsenceMessage,
    CrewMessage,
    EmployeeMessage,
    EquipmentMessage,
    MembershipMessage,
    OutOfServiceMessage,
    Period,
)

MIX: dict[Craft, float] = {
    Craft.LINE: 0.42,
    Craft.SERVICE: 0.17,
    Craft.TREE: 0.13,
    Craft.CABLE: 0.12,
    Craft.SUBSTATION: 0.08,
    Craft.PATROL: 0.08,
}
"""Share of a district's crews by craft."""

TRAFFIC_EVERY = 30
"""Beside the first, one more traffic crew for so many others; they come on top of a district's crews."""

_PEOPLE: dict[Craft, dict[int, float]] = {
    Craft.LINE: {3: 3, 4: 4, 5: 3},
    Craft.CABLE: {3: 3, 4: 1},
    Craft.SUBSTATION: {2: 2, 3: 1},
    Craft.TREE: {3: 3, 4: 1},
    Craft.SERVICE: {1: 1, 2: 2},
    Craft.PATROL: {1: 3, 2: 1},
    Craft.TRAFFIC: {2: 1, 3: 1},
}
"""Number of people in such a crew, by weight."""

_VEHICLES: dict[Craft, tuple[tuple[str, str, float], ...]] = {
    Craft.LINE: (
        ("BUCKET", "Bucket truck {n} (55 ft)", 1),
        ("DIGGER", "Digger derrick {n}", 0.6),
        ("TRAFFIC-KIT", "Cones and signs {n}", 0.7),
    ),
    Craft.CABLE: (
        ("CABLE-VAN", "Splicing van {n}", 1),
        ("TEST-SET", "Cable fault locator {n}", 0.7),
        ("VAC-EXCAVATOR", "Vacuum excavator {n}", 0.4),
        ("TRAFFIC-KIT", "Cones and signs {n}", 0.7),
    ),
    Craft.SUBSTATION: (("RELAY-VAN", "Test van {n}", 1), ("OIL-RIG", "Oil processing trailer {n}", 0.4)),
    Craft.TREE: (
        ("TREE-LIFT", "Tree lift {n} (70 ft)", 1),
        ("CHIPPER", "Chipper {n}", 0.95),
        ("TRAFFIC-KIT", "Cones and signs {n}", 0.6),
    ),
    Craft.SERVICE: (("SERVICE-VAN", "Service bucket van {n} (36 ft)", 1),),
    Craft.PATROL: (("PICKUP", "Pickup {n}", 1), ("IR-CAMERA", "Thermal camera {n}", 0.6)),
    Craft.TRAFFIC: (("ARROW-BOARD", "Arrow board truck {n}", 1),),
}
"""Equipment code, name and share of such crews that have it."""

_FAULTS = ("Dielectric test due", "Hydraulic leak", "Annual DOT inspection", "Brake repair", "Outrigger fault")
_ABSENT = {"LEAVE": 0.06, "SICK": 0.02, "TRAINING": 0.03}
"""Share of people who are away for part of the horizon, by why."""
OUT_OF_SERVICE = 0.06


def crafts(crews: int) -> list[Craft]:
    """The craft of each of a district's `crews`, and of the traffic crews that come on top; every craft is there."""
    shares = apportion(crews, list(MIX.values()), least=1)
    own = [craft for craft, share in zip(MIX, shares, strict=True) for _ in range(share)]
    return own + [Craft.TRAFFIC] * (1 + crews // TRAFFIC_EVERY)


def crew_reference(district: DistrictPlan, position: int) -> str:
    return f"CR-{district.number:02d}{position:03d}"


def _people(
    rng: random.Random, district: DistrictPlan, craft: Craft, first: int, today: date
) -> tuple[EmployeeMessage, ...]:
    size = choose(rng, _PEOPLE[craft])
    return tuple(
        EmployeeMessage(
            reference=f"E{district.number:02d}{first + offset:04d}",
            version=1,
            name=names.person(rng),
            district=district.code,
            held=qualifications.held(rng, district, role, today),
        )
        for offset, role in enumerate(qualifications.PLACES[craft][:size])
    )


def _crew(
    district: DistrictPlan,
    craft: Craft,
    people: tuple[EmployeeMessage, ...],
    *,
    position: int,
    number: int,
    today: date,
) -> CrewMessage:
    yard = district.yards[position % len(district.yards)]
    since = district.at(date(today.year - 1, 1, 1), 0)
    return CrewMessage(
        reference=crew_reference(district, position),
        version=1,
        name=f"{craft} {district.number}{number:02d}",
        district=district.code,
        foreman=people[0].reference,
        members=tuple(MembershipMessage(employee=person.reference, since=since) for person in people),
        latitude=yard.latitude,
        longitude=yard.longitude,
    )


def _equipment(
    rng: random.Random, district: DistrictPlan, craft: Craft, *, crew: str, first: int, today: date
) -> list[EquipmentMessage]:
    items: list[EquipmentMessage] = []
    for code, name, share in _VEHICLES[craft]:
        if rng.random() >= share:
            continue
        number = district.number * 1000 + first + len(items)
        out: tuple[OutOfServiceMessage, ...] = ()
        if rng.random() < OUT_OF_SERVICE:
            begins = today + timedelta(days=rng.randint(-1, HORIZON_DAYS - 2))
            ends = begins + timedelta(days=rng.randint(1, 3))
            period = Period(start=district.at(begins, 6), end=district.at(ends, 16))
            out = (OutOfServiceMessage(period=period, reason=rng.choice(_FAULTS)),)
        items.append(
            EquipmentMessage(
                reference=f"V-{number}",
                version=1,
                code=code,
                name=name.format(n=number),
                crew=crew,
                out_of_service=out,
            )
        )
    return items


def _absences(district: DistrictPlan, people: list[EmployeeMessage], seed: int, today: date) -> list[AbsenceMessage]:
    rng = stream(seed, "absences", district.code)
    absences: list[AbsenceMessage] = []
    reasons: tuple[Literal["LEAVE", "SICK", "TRAINING"], ...] = ("LEAVE", "SICK", "TRAINING")
    for kind in reasons:
        count = max(1, round(_ABSENT[kind] * len(people)))
        for person in rng.sample(people, count):
            first = today if kind == "SICK" else today + timedelta(days=rng.randint(-2, HORIZON_DAYS - 1))
            days = {"LEAVE": rng.randint(2, 8), "SICK": rng.randint(1, 3), "TRAINING": rng.randint(1, 2)}[kind]
            last = max(first, today) + timedelta(days=days)
            absences.append(
                AbsenceMessage(
                    reference=f"AB-{district.number:02d}{len(absences) + 1:04d}",
                    version=1,
                    employee=person.reference,
                    period=Period(start=district.at(first, 0), end=district.at(last, 0)),
                    kind=kind,
                )
            )
    return absences


def staff(district: DistrictPlan, seed: int, today: date) -> Staff:
    """One district's crews, their people and equipment, and who is away in the days ahead."""
    rng = stream(seed, "workforce", district.code)
    people: list[EmployeeMessage] = []
    crews: list[CrewMessage] = []
    equipment: list[EquipmentMessage] = []
    relieved: list[EmployeeMessage] = []
    counts = dict.fromkeys(Craft, 0)
    for position, craft in enumerate(crafts(district.crews), start=1):
        counts[craft] += 1
        members = _people(rng, district, craft, len(people) + 1, today)
        crew = _crew(district, craft, members, position=position, number=counts[craft], today=today)
        equipment += _equipment(rng, district, craft, crew=crew.reference, first=len(equipment) + 1, today=today)
        people += members
        # Traffic crews are relieved person by person.
        relieved += members if craft is not Craft.TRAFFIC else ()
        crews.append(crew)
    return Staff(tuple(people), tuple(crews), tuple(equipment), tuple(_absences(district, relieved, seed, today)))
