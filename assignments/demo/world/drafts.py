"""Orders before they are worded: which job, where, and from which day it can be done."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from assignments.demo.world import roster, workforce
from assignments.demo.world.districts import offset
from assignments.demo.world.jobs import JOBS, SHARES, Task
from assignments.demo.world.shapes import (
    HORIZON_DAYS,
    Craft,
    DistrictPlan,
    Feeder,
    Spot,
    Substation,
    apportion,
    days_from,
    stream,
)
from assignments.downstream.messages import OrderKind, PermitKind

ON_SITE = 0.8
"""Share of a shift that is work on site; the rest is travel, loading and the meal break."""
OVERBOOKED = 1.15
"""Work that becomes possible each day over what the crews on shift can do."""
STEP = 15
"""Durations are whole quarters of an hour."""


@dataclass(slots=True)
class OrderDraft:
    kind: OrderKind
    job: Task
    minutes: int
    substation: Substation
    feeder: Feeder
    spot: Spot
    permits: tuple[PermitKind, ...]
    release: date
    """The first day on which the work can be done."""
    switching: list[int] = field(default_factory=list)
    """Places, in the district's list of drafts, of the switching that must come first."""


def pick_job(rng: random.Random, kind: OrderKind) -> Task:
    jobs = JOBS[kind]
    return rng.choices(jobs, weights=[job.weight for job in jobs])[0]


def draft_order(rng: random.Random, district: DistrictPlan, kind: OrderKind, job: Task, today: date) -> OrderDraft:
    substation = rng.choice(district.substations)
    feeder = rng.choice(substation.feeders)
    spot = substation.spot if job.at_substation else _along(rng, feeder)
    low, high = job.minutes
    return OrderDraft(
        kind=kind,
        job=job,
        minutes=rng.randrange(low, high + 1, STEP),
        substation=substation,
        feeder=feeder,
        spot=spot,
        permits=tuple(permit for permit, share in job.permits.items() if rng.random() < share),
        release=today,
    )


def _along(rng: random.Random, feeder: Feeder) -> Spot:
    """A place on the feeder or up to 250 m beside it."""
    leg = rng.randrange(len(feeder.path) - 1)
    begin, end, way = feeder.path[leg], feeder.path[leg + 1], rng.random()
    between = Spot(
        begin.latitude + way * (end.latitude - begin.latitude),
        begin.longitude + way * (end.longitude - begin.longitude),
    )
    return offset(between, rng.uniform(-0.25, 0.25), rng.uniform(-0.25, 0.25))


def capacity(district: DistrictPlan, days: Sequence[date]) -> dict[tuple[Craft, date], float]:
    """Minutes on site that the crews on ordinary shifts have, by craft and day, but for traffic crews: those only work
    beside others."""
    crafts = workforce.crafts(district.crews)
    craft_of = {workforce.crew_reference(district, n): craft for n, craft in enumerate(crafts, start=1)}
    minutes: dict[tuple[Craft, date], float] = defaultdict(float)
    for day in days:
        for shift in roster.shifts(district, [day]):
            if not shift.on_call and craft_of[shift.crew] is not Craft.TRAFFIC:
                length = (shift.period.end - shift.period.start).total_seconds() / 60
                minutes[craft_of[shift.crew], day] += ON_SITE * length
    return minutes


def _pair_switching(rng: random.Random, drafts: list[OrderDraft]) -> None:
    """Each piece of switching isolates for one job that needs a clearance, at the same feeder or substation."""
    isolating_line, isolating_bay, returning = JOBS["SWITCHING"]
    waiting = [draft for draft in drafts if "CLEARANCE" in draft.permits]
    rng.shuffle(waiting)
    for place, draft in enumerate(drafts):
        if draft.kind != "SWITCHING":
            continue
        if not waiting:
            draft.job = returning
            continue
        dependant = waiting.pop()
        draft.job = isolating_bay if dependant.job.at_substation else isolating_line
        draft.minutes = rng.randrange(*draft.job.minutes, STEP)
        draft.substation, draft.feeder, draft.spot = dependant.substation, dependant.feeder, dependant.spot
        dependant.switching.append(place)


def _release(rng: random.Random, district: DistrictPlan, drafts: list[OrderDraft], today: date) -> None:
    """Trouble is there at once; the rest becomes possible day by day, somewhat faster than the crews can do it."""
    days = days_from(today)
    room = {key: OVERBOOKED * minutes for key, minutes in capacity(district, days).items()}
    planned = [draft for draft in drafts if draft.kind not in ("TROUBLE", "SWITCHING")]
    rng.shuffle(planned)
    for draft in (*(draft for draft in drafts if draft.kind == "TROUBLE"), *planned):
        minutes = draft.minutes + sum(drafts[place].minutes for place in draft.switching)
        craft = draft.job.craft
        if draft.kind == "TROUBLE":
            day = today
        else:
            fitting = (day for day in days if room.get((craft, day), 0) >= minutes / 2)
            later = today + timedelta(days=HORIZON_DAYS + rng.randrange(14))
            day = next(fitting, later)
        draft.release = day
        room[craft, day] = room.get((craft, day), 0) - minutes
        for place in draft.switching:
            drafts[place].release = day


def kinds(count: int) -> Iterable[OrderKind]:
    for kind, share in zip(SHARES, apportion(count, list(SHARES.values()), least=1), strict=True):
        yield from [kind] * share


def drafts(district: DistrictPlan, seed: int, today: date) -> list[OrderDraft]:
    """The district's orders, switching first."""
    rng = stream(seed, "orders", district.code)
    result = [draft_order(rng, district, kind, pick_job(rng, kind), today) for kind in kinds(district.orders)]
    _pair_switching(rng, result)
    _release(rng, district, result, today)
    _ensure_emergency(rng, district, result, today)
    return result


def _ensure_emergency(rng: random.Random, district: DistrictPlan, drafts: list[OrderDraft], today: date) -> None:
    """Every district has a conductor down: the day that everybody knows."""
    conductor_down = JOBS["TROUBLE"][0]
    if not any(draft.job is conductor_down for draft in drafts):
        place = next(place for place, draft in enumerate(drafts) if draft.kind == "TROUBLE")
        drafts[place] = draft_order(rng, district, "TROUBLE", conductor_down, today)
