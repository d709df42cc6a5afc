"""Two records of every downstream collection that agree in no field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from assignments.services import upserting
from tests import factories
from tests.factories import NOW

DISTRICTS = ("NORTH", "SOUTH")


def at(number: int, hours: int) -> datetime:
    """Keeps the sequence of the hours whichever number each end of a period is taken from."""
    return NOW + timedelta(hours=hours, minutes=number)


def records(number: int) -> dict[Resource, list[messages.Record]]:
    """The records numbered 1 or 2 in the order of delivery; the last of each collection is the full one."""
    return {**_people(number), **_crews(number), **_work(number), **_permits(number)}


def _people(number: int) -> dict[Resource, list[Any]]:
    first = number == 1
    base: dict[str, Any] = {"version": number}
    held = messages.HeldMessage(
        qualification=f"Q-{number}", level="STANDARD" if first else "MASTER", issued=at(number, 1),
        expires=at(number, 2),
    )  # fmt: skip
    skill = messages.QualificationMessage(reference=f"Q-{number}", name=f"Skill {number}", **base)
    person = messages.EmployeeMessage(
        reference=f"E-{number}", name=f"Person {number}", district=DISTRICTS[number - 1], active=first, held=(held,),
        **base,
    )  # fmt: skip
    absence = messages.AbsenceMessage(
        reference=f"A-{number}", employee=f"E-{number}", period=_period(number), kind="SICK" if first else "TRAINING",
        cancelled=first, **base,
    )  # fmt: skip
    return {Resource.QUALIFICATIONS: [skill], Resource.EMPLOYEES: [person], Resource.ABSENCES: [absence]}


def _crews(number: int) -> dict[Resource, list[Any]]:
    first = number == 1
    base: dict[str, Any] = {"version": number}
    member = messages.MembershipMessage(employee=f"E-{number}", since=at(number, 3), until=at(number, 4))
    crew = messages.CrewMessage(
        reference=f"C-{number}", name=f"Crew {number}", district=DISTRICTS[number - 1], foreman=f"E-{number}",
        members=(member,), active=first, latitude=40.0 + number, longitude=-80.0 - number, **base,
    )  # fmt: skip
    broken = messages.OutOfServiceMessage(period=_period(number), reason=f"Inspection {number}")
    vehicle = messages.EquipmentMessage(
        reference=f"V-{number}", code=f"TYPE-{number}", name=f"Vehicle {number}", crew=f"C-{number}",
        out_of_service=(broken,), **base,
    )  # fmt: skip
    shift = messages.ShiftMessage(
        reference=f"S-{number}", crew=f"C-{number}", period=_period(number), on_call=first, cancelled=not first, **base
    )
    return {Resource.CREWS: [crew], Resource.EQUIPMENT: [vehicle], Resource.SHIFTS: [shift]}


def _period(number: int) -> messages.Period:
    return messages.Period(start=at(number, 0), end=at(number, 8))


def _work(number: int) -> dict[Resource, list[Any]]:
    first = number == 1
    place = {"latitude": 41.0 + number, "longitude": -81.0 - number}
    least: dict[str, Any] = {
        "kind": "TROUBLE" if first else "SWITCHING", "priority": "HIGH" if first else "LOW", "title": f"Title {number}",
        "district": DISTRICTS[number - 1], "duration_minutes": 60 + number, "version": number, **place,
    }  # fmt: skip
    need = messages.NeedMessage(qualification=f"Q-{number}", level="STANDARD" if first else "MASTER", people=1 + number)
    further = messages.FurtherCrewMessage(
        title=f"Crew {number}", crew_size=1 + number, needs=(need,), equipment=(f"TYPE-{number}",)
    )
    full = messages.OrderMessage(
        reference=f"W-{number}", number=f"WO-{number}", status="RECEIVED" if first else "DISPATCHED",
        description=f"Description {number}", address=f"Address {number}", feeder=f"Feeder {number}",
        substation=f"Substation {number}", voltage=number, energised=first, customers_out=10 * number,
        earliest_start=at(number, 0), due=at(number, 9),
        appointment=messages.Period(start=at(number, 1), end=at(number, 3)), crew_size=1 + number, needs=(need,),
        equipment=(f"TYPE-{number}",), further_crews=(further,) * number,
        required_permits=("TRAFFIC",) if first else ("HOT_WORK",), prerequisites=(f"W-{number}0",),
        materials_ready=first, materials_expected=at(number, 0), splitting="NO" if first else "HAND_OVER",
        least_part_minutes=90 + number, set_up_minutes=10 + number, parts_done=number, **least,
    )  # fmt: skip
    return {Resource.ORDERS: [messages.OrderMessage(reference=f"W-{number}0", number=f"WO-{number}0", **least), full]}


def _permits(number: int) -> dict[Resource, list[Any]]:
    first = number == 1
    permit = messages.PermitMessage(
        reference=f"P-{number}", number=f"NO-{number}", kind="EXCAVATION" if first else "TRAFFIC",
        status="ISSUED" if first else "REQUESTED", authority=f"Authority {number}", order=f"W-{number}",
        valid=messages.Period(start=at(number, 0), end=at(number, 8)), version=number,
    )  # fmt: skip
    outage = messages.OutageMessage(
        reference=f"O-{number}", order=f"W-{number}", feeder=f"Feeder {number}", customers_out=30 * number,
        started_at=at(number, -1), restored_at=None if first else at(number, 5), version=number,
    )  # fmt: skip
    return {Resource.PERMITS: [permit], Resource.OUTAGES: [outage]}


def deliver(number: int, *, of: str = "") -> None:
    """Takes the records of that number as sent by the systems whose codes end in `of`."""
    for code in DISTRICTS:
        factories.DistrictFactory(code=code)
    sent = records(number)
    for resource, one_collection in sent.items():
        take(resource, one_collection, of=of, now=NOW + timedelta(hours=number))


def take(resource: Resource, sent: list[messages.Record], *, of: str = "", now: datetime = NOW) -> None:
    """Takes records of one collection; fails when one of them is refused."""
    kind = next(kind for kind, resources in messages.RESOURCES.items() if resource in resources)
    system = factories.DownstreamSystemFactory(code=f"{kind.lower()}{of}", kind=kind.value)
    outcome = upserting.upsert(system=system, resource=resource, records=sent, now=now)
    assert outcome.rejected == []


def variants(first: Any, second: Any) -> Iterator[tuple[str, Any]]:
    """`first` once for each of its fields, with that field alone taken from `second`; fields of its parts as well.

    Named `Message.field`. Fails when the two agree in a field, which nothing could be learnt from.
    """
    for name in type(first).model_fields:
        if name in messages.Record.model_fields:
            continue
        mine, other = getattr(first, name), getattr(second, name)
        assert mine != other, f"The two {type(first).__name__} have the same {name}: give them different ones."
        for label, value in _values(mine, other) or [(f"{type(first).__name__}.{name}", other)]:
            yield label, first.model_copy(update={name: value})


def _values(mine: Any, other: Any) -> list[tuple[str, Any]]:
    if isinstance(mine, messages.Message) and isinstance(other, messages.Message):
        return list(variants(mine, other))
    if isinstance(mine, tuple) and isinstance(mine[0], messages.Message):
        return [(label, (part, *mine[1:])) for label, part in variants(mine[0], other[0])]
    return []


def stored() -> dict[str, list[Any]]:
    """All that gathering has stored, without the marks of the gathering itself."""
    marks = {"id", "source_version", "synced_at", "updated_at", "version"}
    tables: list[Any] = [
        models.WorkOrder, models.OrderNeed, models.OrderPart, models.WorkOrder.prerequisites.through, models.Permit,
        models.Employee, models.HeldQualification, models.Absence, models.Crew, models.CrewMembership,
        models.Equipment, models.EquipmentOutage, models.Shift, models.Qualification, models.Outage,
    ]  # fmt: skip
    return {
        table.__name__: sorted(
            repr({name: value for name, value in row.items() if name not in marks})
            for row in table._default_manager.values()
        )
        for table in tables
    }
