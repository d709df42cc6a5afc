"""Values of the engine with readable defaults: an ordinary job, a crew that can do it, and a day to do it in."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from assignments.engine.domain.problem import (
    Booking,
    Commitment,
    CrewNeed,
    CrewShift,
    Equipment,
    HeldQualification,
    Job,
    Level,
    Member,
    Permit,
    PermitState,
    Place,
    Prerequisite,
    PriorityClass,
    Problem,
    QualificationNeed,
    RuleData,
    Window,
)
from assignments.engine.domain.roads import NO_ROAD, Roads

HOUR = 3600
MINUTE = 60
DAY = 24 * HOUR
DEPOT = Place(40.0, -75.0)
NEARBY = Place(40.0, -75.05)
"""A little over 7 minutes by road from the depot."""


def a_member(number: int = 1, *codes: str, level: Level = Level.MASTER, **fields: Any) -> Member:
    """A person who holds LINE (or `codes`) for ever."""
    held = tuple(HeldQualification(code, level) for code in codes or ("LINE",))
    defaults: dict[str, Any] = {"id": number, "name": f"Member {number}", "qualifications": held}
    return Member(**(defaults | fields))


def a_job(number: int = 1, **fields: Any) -> Job:
    """An hour of ordinary work near the depot for one lineworker, at any time."""
    defaults: dict[str, Any] = {
        "id": number,
        "number": f"WO-{number}",
        "kind": "corrective",
        "priority": PriorityClass.NORMAL,
        "place": NEARBY,
        "duration": HOUR,
        "territory": "NORTH",
        "needs": (QualificationNeed("LINE"),),
    }
    return Job(**(defaults | fields))


def a_shift(number: int = 1, **fields: Any) -> CrewShift:
    """Two lineworkers of its own at the depot from 07:00 to 15:00."""
    defaults: dict[str, Any] = {
        "id": number,
        "crew_id": number,
        "crew": f"Crew {number}",
        "window": Window(7 * HOUR, 15 * HOUR),
        "base": DEPOT,
        "members": (a_member(2 * number - 1), a_member(2 * number)),
        "territories": frozenset({"NORTH"}),
    }
    return CrewShift(**(defaults | fields))


def a_commitment(number: int, start: int, end: int, **fields: Any) -> Commitment:
    """Approved work near the depot."""
    defaults: dict[str, Any] = {"job_id": number, "number": f"WO-{number}", "place": NEARBY}
    return Commitment(**(defaults | {"window": Window(start, end)} | fields))


def a_booking(number: int, start: int, end: int, **fields: Any) -> Booking:
    """Approved work of another crew near the depot."""
    defaults: dict[str, Any] = {"job_id": number, "number": f"WO-{number}", "crew": "Crew 9", "place": NEARBY}
    return Booking(**(defaults | {"window": Window(start, end)} | fields))


def a_permit(kind: str = "excavation", state: PermitState = PermitState.LIVE, **fields: Any) -> Permit:
    """A permit for the whole day."""
    defaults: dict[str, Any] = {"id": 1, "number": "P-1", "window": Window(0, DAY), "status": state.value}
    return Permit(**(defaults | {"kind": kind, "state": state} | fields))


def a_problem(*jobs: Job, shifts: tuple[CrewShift, ...] | None = None, **fields: Any) -> Problem:
    """A day with one ordinary crew."""
    defaults: dict[str, Any] = {"jobs": jobs, "shifts": (a_shift(),) if shifts is None else shifts, "horizon": DAY}
    return Problem(**(defaults | fields))


def roads(told: Mapping[tuple[Place, Place], int], **fields: Any) -> Roads:
    """Answers of a routing server: seconds from place to place, or NO_ROAD."""
    pairs = [(a.key, b.key) for a, b in told]
    return Roads.of([a for a, _ in pairs], [b for _, b in pairs], list(told.values()), **fields)


def both_ways(here: Place, there: Place, seconds: int) -> dict[tuple[Place, Place], int]:
    return {(here, there): seconds, (there, here): seconds}


def places_of(problem: Problem) -> list[Place]:
    shifts: Iterable[CrewShift] = problem.shifts
    found = [job.place for job in problem.jobs] + [shift.base for shift in shifts]
    return list(dict.fromkeys(found + [c.place for shift in shifts for c in shift.commitments]))


def with_random_roads(problem: Problem, seed: int, *, told: float = 0.8) -> Problem:
    """The problem with roads of any length, none as long back as there; a part of them is unknown or leads nowhere."""
    draw = random.Random(seed)
    places = places_of(problem)
    known = {
        (a, b): NO_ROAD if draw.random() < 0.1 else draw.randrange(0, 90 * MINUTE)
        for a in places
        for b in places
        if a != b and draw.random() < told
    }
    return replace(problem, roads=roads(known, complete=draw.random() < 0.5))


CODES = ("LINE", "SWITCH", "CABLE", "GAS", "TREE")


def a_random_problem(seed: int, jobs: int = 12, shifts: int = 4, *, km: float = 40) -> Problem:
    """A day of a district with everything the hard rules look at; the same for the same seed."""
    draw = random.Random(seed)
    crews = tuple(_a_random_shift(draw, number, jobs, km) for number in range(1, shifts + 1))
    work = tuple(_a_random_job(draw, number, km) for number in range(1, jobs + 1))
    rules = RuleData(max_overtime=draw.choice([0, 0, HOUR]))
    return Problem(jobs=work, shifts=crews, horizon=DAY, now=draw.choice([0, 9 * HOUR]), rules=rules)


def _a_place(draw: random.Random, km: float) -> Place:
    # A degree of latitude is 111 km, of longitude at 40 degrees 85 km.
    return Place(40 + draw.uniform(-0.5, 0.5) * km / 111, -75 + draw.uniform(-0.5, 0.5) * km / 85)


def _a_window(draw: random.Random, shortest: int, longest: int) -> Window:
    start = draw.randrange(5 * 4, 16 * 4) * HOUR // 4
    return Window(start, start + draw.randrange(shortest, longest + 1, HOUR // 4))


def _a_random_shift(draw: random.Random, number: int, jobs: int, km: float) -> CrewShift:
    start = draw.choice([6, 7, 7, 7, 8, 14]) * HOUR
    window = Window(start, start + draw.choice([8, 8, 10]) * HOUR)
    home = [Place(40.1, -75.1), Place(39.9, -74.9), DEPOT][number % 3]
    commitments, free = [], start + HOUR
    for k in range(draw.choice([0, 0, 1, 2])):
        free += draw.randrange(0, 9) * HOUR // 4
        end = free + draw.randrange(2, 8) * HOUR // 4
        commitments.append(a_commitment(10_000 + 10 * number + k, free, end, place=_a_place(draw, km), feeder="F1"))
        free = end + HOUR // 2
    return a_shift(
        number,
        window=window,
        base=home,
        members=tuple(_a_random_member(draw, 10 * number + k, window) for k in range(draw.choice([1, 2, 2, 3, 4]))),
        equipment=tuple(_a_random_vehicle(draw, code) for code in ("BUCKET", "DIGGER") if draw.random() < 0.6),
        territories=frozenset({"NORTH"} if draw.random() < 0.9 else {"SOUTH"}),
        commitments=tuple(commitments),
        on_call=draw.random() < 0.08,
    )


def _a_random_vehicle(draw: random.Random, code: str) -> Equipment:
    return Equipment(code, out_of_service=(_a_window(draw, HOUR, 4 * HOUR),) if draw.random() < 0.1 else ())


def _a_random_member(draw: random.Random, number: int, shift: Window) -> Member:
    held = []
    for code in CODES:
        if draw.random() < (0.9 if code == "LINE" else 0.4):
            expires = shift.start + draw.randrange(0, 8) * HOUR if draw.random() < 0.05 else 10**9
            held.append(HeldQualification(code, draw.choice(list(Level)), expires=expires))
    hours = draw.choice([4, 9, 12, 15])
    worked = (Window(shift.start - hours * HOUR, shift.start - 2 * HOUR),) if draw.random() < 0.1 else ()
    absences = (_a_window(draw, HOUR, 4 * HOUR),) if draw.random() < 0.07 else ()
    return Member(number, f"Member {number}", tuple(held), absences, worked)


def _a_random_job(draw: random.Random, number: int, km: float) -> Job:
    permits, required = _random_permits(draw)
    classes = [PriorityClass.EMERGENCY, *[PriorityClass.URGENT] * 2, *[PriorityClass.HIGH] * 3]
    priority = draw.choice([*classes, *[PriorityClass.NORMAL] * 8, *[PriorityClass.LOW] * 4])
    needs = [QualificationNeed("LINE", draw.choice([Level.APPRENTICE, Level.STANDARD]), draw.choice([1, 1, 2]))]
    if draw.random() < 0.3:
        needs.append(QualificationNeed(draw.choice(CODES[1:]), draw.choice(list(Level)[:2])))
    later = draw.random() < 0.08 and number > 1
    return a_job(
        number,
        priority=priority,
        place=_a_place(draw, km),
        duration=draw.randrange(2, 17) * HOUR // 4,
        needs=tuple(needs),
        crew_size=draw.choice([1, 1, 2, 2, 3]),
        equipment=frozenset({draw.choice(["BUCKET", "DIGGER"])} if draw.random() < 0.25 else ()),
        voltage=13_800 if draw.random() < 0.5 else 240,
        energised=draw.random() < 0.4,
        customers_out=draw.choice([0, 50, 900]) if priority is PriorityClass.EMERGENCY else 0,
        feeder=draw.choice(["F1", "F2", "F3"]),
        earliest=draw.choice([0, 0, 0, 8 * HOUR]),
        due=draw.choice([10**9, 12 * HOUR, 20 * HOUR]),
        appointment=_a_window(draw, HOUR, 4 * HOUR) if draw.random() < 0.15 else None,
        materials_at=draw.choice([0, 0, 0, 0, 0, 0, 9 * HOUR, None]),
        required_permits=required,
        permits=permits,
        prerequisites=(_a_prerequisite(draw, number),) if later else (),
    )


def _a_prerequisite(draw: random.Random, number: int) -> Prerequisite:
    before = draw.randrange(1, number)
    return Prerequisite(before, f"WO-{before}", draw.choice([None, None, 10 * HOUR]))


def _random_permits(draw: random.Random) -> tuple[tuple[Permit, ...], frozenset[str]]:
    kinds = [kind for kind in ("excavation", "traffic", "clearance") if draw.random() < 0.15]
    permits = tuple(
        a_permit(
            kind,
            draw.choice([PermitState.LIVE] * 3 + [PermitState.PENDING, PermitState.DEAD]),
            id=number,
            window=_a_window(draw, 2 * HOUR, 10 * HOUR) if draw.random() < 0.9 else None,
        )
        for kind in kinds
        for number in range(draw.choice([1, 1, 2]))
    )
    return permits, frozenset(kinds)


TRAFFIC = CrewNeed("traffic crew", (QualificationNeed("TRAFFIC"),))


def a_team_job(number: int = 1, **fields: Any) -> Job:
    """An hour of work for a lineworker and for a traffic crew."""
    return a_job(number, **({"further_crews": (TRAFFIC,)} | fields))


def a_line_crew(number: int, **fields: Any) -> CrewShift:
    return a_shift(number, crew=f"Line {number}", members=(a_member(10 * number), a_member(10 * number + 1)), **fields)


def a_traffic_crew(number: int, **fields: Any) -> CrewShift:
    return a_shift(number, crew=f"Traffic {number}", members=(a_member(10 * number, "TRAFFIC"),), **fields)


def a_day(*jobs: Job, shifts: tuple[CrewShift, ...] | None = None, **fields: Any) -> Problem:
    """With one line crew and one traffic crew, unless others are given."""
    return a_problem(*jobs, shifts=shifts or (a_line_crew(1), a_traffic_crew(2)), **fields)


def a_random_day(seed: int, jobs: int, shifts: int) -> Problem:
    """A random day on which every third job needs a second crew, and some a third."""
    draw, problem = random.Random(seed), a_random_problem(seed, jobs=jobs, shifts=shifts)

    def need(number: int) -> CrewNeed:
        asked = QualificationNeed(draw.choice(CODES), Level.APPRENTICE)
        return CrewNeed(f"crew {number}", (asked,), draw.choice([1, 1, 2]))

    several = tuple(
        replace(job, further_crews=tuple(need(n) for n in range(draw.choice([1, 1, 1, 2]))))
        if draw.random() < 0.3
        else job
        for job in problem.jobs
    )
    return replace(problem, jobs=several)
