"""Days of a utility drawn at random, the same for the same seed: what the engine's benchmark plans."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from assignments.engine.domain.problem import (
    CrewShift,
    HeldQualification,
    Job,
    Level,
    Member,
    Place,
    PriorityClass,
    Problem,
    QualificationNeed,
    Window,
)

HOUR = 3600
QUARTER = 900
SIDE_KM = 60
# Nested: a crew of a grade does the work of all lower grades too. Every third crew has the highest, every fifth job
# needs it.
GRADES = ("Q1", "Q2", "Q3")
OF_JOBS, OF_CREWS = (50, 30, 20), (30, 35, 35)
CLASSES = {PriorityClass.HIGH: 20, PriorityClass.NORMAL: 50, PriorityClass.LOW: 30}
STORM = {
    PriorityClass.EMERGENCY: 3,
    PriorityClass.URGENT: 25,
    PriorityClass.HIGH: 22,
    PriorityClass.NORMAL: 30,
    PriorityClass.LOW: 20,
}
NEAR_CENTRE, SPREAD_KM = 0.7, 4
"""Share of a storm's jobs near one of its centres, and how far from it they scatter."""
# Of a crew's time; measured plans of these days spend about as much on the road.
DRIVING = 0.15


@dataclass(frozen=True, slots=True)
class Size:
    """How large a day is, and how much more work than crews it has."""

    jobs: int
    crews: int
    load: float = 1.15
    """Work, driving included, over the crews' time."""

    @property
    def name(self) -> str:
        work = "twice the work" if self.load == 2 else f"{100 * (self.load - 1):.0f} % too much work"
        return f"{self.jobs:,} × {self.crews}, {work}"


def day(size: Size, seed: int) -> Problem:
    """A day of the size: 60 × 60 km, 8 to 10 h shifts, a third of the jobs in windows of 2 to 4 h."""
    draw = random.Random(seed)
    centres = [_place(draw) for _ in range(max(2, size.crews // 10))]
    shifts = tuple(_shift(draw, number, centres) for number in range(1, size.crews + 1))
    supply = sum(shift.window.end - shift.window.start for shift in shifts)
    raw = [draw.lognormvariate(0, 0.6) for _ in range(size.jobs)]
    scale = size.load * (1 - DRIVING) * supply / sum(raw)
    jobs = tuple(_job(draw, number, part * scale) for number, part in enumerate(raw, start=1))
    return Problem(jobs=jobs, shifts=shifts, horizon=24 * HOUR)


def storm(size: Size, seed: int) -> Problem:
    """The same day after a storm: all classes, most of the work near a few centres, customers out."""
    draw, quiet = random.Random(f"storm {seed}"), day(size, seed)
    centres = [_place(draw) for _ in range(max(3, size.crews // 12))]
    return replace(quiet, jobs=tuple(_after_storm(draw, job, centres) for job in quiet.jobs))


def _after_storm(draw: random.Random, job: Job, centres: list[Place]) -> Job:
    its, centre = draw.choices(list(STORM), list(STORM.values()))[0], draw.choice(centres)
    lat, lon = centre.lat + draw.gauss(0, SPREAD_KM) / 111, centre.lon + draw.gauss(0, SPREAD_KM) / 85
    place = Place(lat, lon) if draw.random() < NEAR_CENTRE else job.place
    if its > PriorityClass.URGENT:
        return replace(job, priority=its, place=place)
    # An outage has no appointment.
    customers = round(draw.lognormvariate(4, 1.5))
    return replace(job, priority=its, place=place, appointment=None, customers_out=customers)


def _place(draw: random.Random) -> Place:
    # A degree of latitude is 111 km, of longitude at 40 degrees 85 km.
    return Place(40 + draw.uniform(-0.5, 0.5) * SIDE_KM / 111, -75 + draw.uniform(-0.5, 0.5) * SIDE_KM / 85)


def _shift(draw: random.Random, number: int, centres: list[Place]) -> CrewShift:
    grade = draw.choices(range(len(GRADES)), OF_CREWS)[0]
    held = tuple(HeldQualification(code, Level.MASTER) for code in GRADES[: grade + 1])
    start = draw.randrange(6 * 4, 9 * 4) * QUARTER
    return CrewShift(
        id=number,
        crew_id=number,
        crew=f"Crew {number}",
        window=Window(start, start + draw.randrange(8 * 4, 10 * 4 + 1) * QUARTER),
        base=draw.choice(centres),
        members=(Member(number, "", held),),
        territories=frozenset({"ALL"}),
    )


def _job(draw: random.Random, number: int, duration: float) -> Job:
    appointment = None
    if draw.random() < 1 / 3:
        start = draw.randrange(7 * 4, 15 * 4) * QUARTER
        appointment = Window(start, start + draw.randrange(2 * 4, 4 * 4 + 1) * QUARTER)
    return Job(
        id=number,
        number=f"WO-{number}",
        kind="corrective",
        priority=draw.choices(list(CLASSES), list(CLASSES.values()))[0],
        place=_place(draw),
        duration=min(5 * HOUR, max(5, round(duration / 60)) * 60),
        territory="ALL",
        needs=(QualificationNeed(GRADES[draw.choices(range(len(GRADES)), OF_JOBS)[0]]),),
        appointment=appointment,
    )
