"""Work orders as the work management system holds them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from assignments.demo.world import names
from assignments.demo.world.drafts import OrderDraft, drafts
from assignments.demo.world.jobs import Task
from assignments.demo.world.shapes import Craft, DistrictPlan, choose, stream
from assignments.downstream.messages import (
    FurtherCrewMessage,
    NeedMessage,
    OrderKind,
    OrderMessage,
    Period,
    Priority,
)

FIRST_NUMBER = 100_001
LIVE_NUMBER = 900_001
"""Where numbers of trouble that comes in while the simulators run begin."""

Status = Literal["RECEIVED", "IN_PROGRESS", "COMPLETED", "CANCELLED"]

ONE_ON_A_BUSY_ROAD_IN = 40
"""One order in so many needs a traffic crew beside its own."""
TRAFFIC_CREW = FurtherCrewMessage(
    title="traffic crew",
    crew_size=2,
    needs=(NeedMessage(qualification="FLAGGER", people=2),),
    equipment=("ARROW-BOARD",),
)

OVERDUE = 0.35
"""Share of the work that could be done today and is late already."""
_PRIORITIES: dict[OrderKind, dict[Priority, float]] = {
    "CORRECTIVE": {"HIGH": 3, "NORMAL": 6, "LOW": 1},
    "PREVENTIVE": {"HIGH": 1, "NORMAL": 5, "LOW": 4},
    "NEW_SERVICE": {"HIGH": 3, "NORMAL": 7},
    "VEGETATION": {"HIGH": 1, "NORMAL": 4, "LOW": 5},
    "INSPECTION": {"NORMAL": 4, "LOW": 6},
    "SWITCHING": {"HIGH": 1},
}
_DAYS_TO_DUE: dict[Priority, tuple[int, int]] = {
    "EMERGENCY": (0, 0), "URGENT": (0, 1), "HIGH": (1, 4), "NORMAL": (3, 14), "LOW": (10, 40),
}  # fmt: skip
_STATUSES: dict[Status, float] = {"RECEIVED": 94, "COMPLETED": 3, "IN_PROGRESS": 2, "CANCELLED": 1}
_APPOINTMENTS = ((8, 10), (10, 12), (12, 14), (13, 15))
"""Local hours of the windows that customers are offered."""
_DESCRIPTIONS: dict[OrderKind, tuple[str, ...]] = {
    "TROUBLE": ("Reported by several customers; call-backs pending.", "SCADA event, confirmed by smart meter pings.",
                "Reported by the county dispatcher; police on site."),
    "CORRECTIVE": ("Found on patrol; photograph in the work file.", "Follow-up of a temporary repair.",
                   "Reported by a customer, confirmed by the service crew."),
    "PREVENTIVE": ("Due by maintenance cycle.", "Due by counter reading.", "Carried over from the spring programme."),
    "NEW_SERVICE": ("Electrical inspection passed.", "Customer expects a call 30 minutes before arrival.",
                    "Contribution paid; easement on file."),
    "VEGETATION": ("Owner notified by door card.", "Keep the minimum approach distance; primary stays energized.",
                   "Owner wants the wood left on site."),
    "INSPECTION": ("Regulatory cycle; record findings by pole tag.", "Before the winter peak.", "After the storm."),
    "SWITCHING": ("Order of switching by System Control.", "Tag and test; hand over the clearance."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    title: str
    address: str


def _word(rng: random.Random, district: DistrictPlan, draft: OrderDraft) -> Wording:
    street = names.street(rng)
    if draft.job.at_substation:
        address = f"{draft.substation.name} Substation, {district.name}"
    else:
        address = f"{rng.randint(1, 4800)} {street}, {rng.choice(district.towns)}"
    title = draft.job.title.format(
        street=street,
        address=address,
        feeder=draft.feeder.name,
        substation=draft.substation.name,
        pole=f"{rng.randint(1000, 9999)}-{rng.randint(10, 99)}",
        unit=f"{rng.choice('ABCDEFGHK')}{rng.randint(100, 999)}",
        business=names.business(rng),
    )
    return Wording(title, address)


def _priority(rng: random.Random, draft: OrderDraft) -> Priority:
    if draft.kind == "TROUBLE":
        return "EMERGENCY" if rng.random() < draft.job.emergency else "URGENT"
    return choose(rng, _PRIORITIES[draft.kind])


def _appointment(rng: random.Random, district: DistrictPlan, draft: OrderDraft) -> Period | None:
    if rng.random() >= draft.job.appointment:
        return None
    begins, ends = rng.choice(_APPOINTMENTS)
    return Period(start=district.at(draft.release, begins), end=district.at(draft.release, ends))


def _due(
    rng: random.Random, district: DistrictPlan, draft: OrderDraft, priority: Priority, *, today: date, firm: bool
) -> datetime:
    """The end of a working day, for emergencies of today; `firm` work (an appointment, trouble) is never overdue."""
    if priority == "EMERGENCY":
        return district.at(today, rng.randint(10, 20))
    if not firm and draft.release == today and rng.random() < OVERDUE:
        return district.at(today - timedelta(days=rng.randint(1, 21)), 17)
    return district.at(draft.release + timedelta(days=rng.randint(*_DAYS_TO_DUE[priority])), 17)


def _materials(rng: random.Random, district: DistrictPlan, draft: OrderDraft) -> tuple[bool, datetime | None]:
    if draft.kind not in ("CORRECTIVE", "PREVENTIVE", "NEW_SERVICE") or rng.random() >= 0.07:
        return True, None
    if rng.random() < 0.25:
        return False, None
    return False, district.at(draft.release + timedelta(days=rng.randint(0, 4)), 9)


def _status(rng: random.Random, draft: OrderDraft, today: date) -> Status:
    if draft.kind == "SWITCHING":
        return "COMPLETED" if draft.release == today and rng.random() < 0.3 else "RECEIVED"
    if draft.kind == "TROUBLE" or draft.switching or draft.release > today:
        return "RECEIVED"
    return choose(rng, _STATUSES)


def _needs(job: Task) -> tuple[NeedMessage, ...]:
    return tuple(
        NeedMessage(qualification=code, level=job.levels.get(code, "STANDARD"), people=people)
        for code, people in job.needs.items()
    )


def _times(
    rng: random.Random, district: DistrictPlan, draft: OrderDraft, priority: Priority, today: date
) -> dict[str, Any]:
    appointment = _appointment(rng, district, draft)
    firm = appointment is not None or draft.kind in ("TROUBLE", "SWITCHING")
    materials_ready, materials_expected = _materials(rng, district, draft)
    return {
        "earliest_start": district.at(draft.release, 7) if draft.release > today else None,
        "due": _due(rng, district, draft, priority, today=today, firm=firm),
        "appointment": appointment,
        "materials_ready": materials_ready,
        "materials_expected": materials_expected,
    }


def order(
    rng: random.Random,
    district: DistrictPlan,
    draft: OrderDraft,
    *,
    number: int,
    today: date,
    prerequisites: tuple[str, ...] = (),
) -> OrderMessage:
    """The order worded and dated, with reference and number from `number`."""
    job = draft.job
    wording = _word(rng, district, draft)
    priority = _priority(rng, draft)
    return OrderMessage(
        reference=f"WM-{number}",
        version=1,
        district=district.code,
        number=f"W-{number}",
        kind=draft.kind,
        priority=priority,
        status=_status(rng, draft, today),
        title=wording.title,
        description=rng.choice(_DESCRIPTIONS[draft.kind]),
        latitude=draft.spot.latitude,
        longitude=draft.spot.longitude,
        address=wording.address,
        feeder="" if job.at_substation else draft.feeder.name,
        substation=draft.substation.name,
        voltage=rng.choice(job.volts) or draft.feeder.voltage,
        energised=rng.random() < job.energised,
        customers_out=rng.randint(*job.customers),
        duration_minutes=draft.minutes,
        crew_size=job.people,
        needs=_needs(job),
        equipment=job.equipment,
        required_permits=draft.permits,
        prerequisites=prerequisites,
        **_times(rng, district, draft, priority, today),
    )


def orders(district: DistrictPlan, seed: int, today: date, first_number: int) -> list[OrderMessage]:
    """The district's orders, numbered from `first_number`."""
    rng = stream(seed, "order details", district.code)
    drafted = drafts(district, seed, today)
    found = [
        order(
            rng,
            district,
            draft,
            number=first_number + place,
            today=today,
            prerequisites=tuple(f"WM-{first_number + earlier}" for earlier in draft.switching),
        )
        for place, draft in enumerate(drafted)
    ]
    for place in _on_busy_roads(district, drafted, seed):
        found[place] = found[place].model_copy(update={"further_crews": (TRAFFIC_CREW,)})
    return found


def _on_busy_roads(district: DistrictPlan, drafted: list[OrderDraft], seed: int) -> list[int]:
    """Places of the drafts whose work closes a lane: line and cable work that can be planned, the soonest of it."""
    rng = stream(seed, "busy roads", district.code)
    kinds = ("CORRECTIVE", "PREVENTIVE", "NEW_SERVICE")
    planned = [
        place
        for place, draft in enumerate(drafted)
        if draft.job.craft in (Craft.LINE, Craft.CABLE) and draft.kind in kinds and not draft.switching
    ]
    rng.shuffle(planned)
    planned.sort(key=lambda place: (drafted[place].job.at_substation, drafted[place].release))
    return planned[: max(2, len(drafted) // ONE_ON_A_BUSY_ROAD_IN)]
