"""Days drawn at random with everything the hard rules look at, and times that are no round numbers."""

from __future__ import annotations

import random
from dataclasses import replace

from assignments.engine.domain.problem import (
    Binding,
    Booking,
    Break,
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
from assignments.engine.rules.rule import MANAGER
from tests.builders import CODES, DAY, HOUR, a_random_problem, with_random_roads
from tests.shown import with_random_shown

KINDS = ("excavation", "traffic", "clearance")


def a_rich_problem(seed: int, jobs: int = 5, shifts: int = 5) -> Problem:
    """A day in which some, most or all of the jobs and crews have something in the way; the same for the same seed."""
    draw = random.Random(f"rich {seed}")
    trouble = draw.choice([0.1, 0.3, 0.6, 1.0])
    problem = a_random_problem(seed, jobs, shifts)
    crews = [_richer_shift(draw, shift, problem) if draw.random() < trouble else shift for shift in problem.shifts]
    # Drawn apart, so that the days are what they were in everything else.
    of_people = random.Random(f"people {seed}")
    crews = _lent(of_people, crews) if of_people.random() < trouble else crews
    rules = replace(
        problem.rules,
        name=draw.choice(["normal", "storm"]),
        max_overtime=draw.choice([0, HOUR, 37 * 60, 1234]),
        max_work_in_24h=draw.choice([16, 16, 12, 20]) * HOUR,
        min_rest=draw.choice([8, 8, 10]) * HOUR,
        two_person_volts=draw.choice([600, 600, 13_799, 13_800]),
        two_person_qualification=draw.choice(["LINE", "LINE", "SWITCH"]),
        two_person_exempt_kinds=draw.choice([frozenset({"switching"}), frozenset()]),
        rest_agreement=draw.choice(["", "Local 51, article 16.5"]),
        rest_authority=draw.choice(["", "", MANAGER]),
        rest_override_for_any_work=draw.random() < 0.5,
        speed=draw.choice([13.0, 9.7]),
        circuity=draw.choice([1.3, 1.6]),
        weights=draw.choice([{}, {}, {"travel": -2.0, "continuity": 40.0}]),
        strict_emergencies=draw.random() < 0.7,
    )
    of_breaks = random.Random(f"breaks {seed}")
    rules = replace(rules, breaks=_breaks(of_breaks) if of_breaks.random() < 0.5 else ())
    of_rings = random.Random(f"rings {seed}")
    problem = replace(
        problem,
        jobs=tuple(_in_a_ring(of_rings, _a_job(draw, job, trouble)) for job in problem.jobs),
        shifts=tuple(crews),
        rules=rules if draw.random() < 0.7 else RuleData(),
        now=draw.choice([0, problem.now, draw.randrange(0, DAY // 2)]),
        horizon=draw.choice([DAY, 36 * HOUR]),
    )
    return with_random_roads(problem, seed) if draw.random() < 0.3 else problem


def with_breaks(problem: Problem, seed: int) -> Problem:
    """The day, but the agreement gives its crews breaks."""
    return replace(problem, rules=replace(problem.rules, breaks=_breaks(random.Random(f"with breaks {seed}"))))


def _breaks(draw: random.Random) -> tuple[Break, ...]:
    return tuple(_a_break(draw, number) for number in range(draw.choice([1, 1, 1, 2, 2, 3])))


def _a_break(draw: random.Random, number: int) -> Break:
    step = draw.choice([1, 900])
    earliest = draw.randrange(0, 8 * HOUR, step)
    return Break(
        name=f"break {number}",
        length=draw.choice([15 * 60, 30 * 60, HOUR, 1234]),
        earliest=earliest,
        latest=earliest + draw.choice([0, HOUR, 2 * HOUR, 3 * HOUR + 7]),
        after=draw.choice([0, 0, 5 * HOUR, 9 * HOUR]),
        paid=draw.random() < 0.5,
        at_base=draw.random() < 0.3,
    )


def with_parts(problem: Problem, seed: int) -> Problem:
    """The day, but some crews have two shifts, and some jobs are parts of longer work for one crew."""
    draw = random.Random(f"parts {seed}")
    shifts, jobs = list(problem.shifts), list(problem.jobs)
    for at in range(1, len(shifts)):
        if draw.random() < 0.4:
            shifts[at] = replace(shifts[at], crew_id=shifts[at - 1].crew_id, crew=shifts[at - 1].crew)
    for at, job in enumerate(jobs):
        crew = draw.choice([(shift.crew_id, shift.crew) for shift in shifts] or [(900, "Crew 900")])
        if draw.random() < 0.15:
            jobs[at] = replace(job, bound=Binding(*crew, f"WO-{job.id}.0"))
        elif at and not job.ring and draw.random() < 0.35:
            before = replace(jobs[at - 1], part_of=jobs[at - 1].part_of or 5000 + at)
            jobs[at - 1] = before
            waits = (*job.prerequisites, *([] if before.ring else [Prerequisite(before.id, before.number)]))
            jobs[at] = replace(job, part_of=before.part_of, prerequisites=waits)
    return replace(problem, shifts=tuple(shifts), jobs=tuple(jobs))


def with_teams(problem: Problem, seed: int) -> Problem:
    """The day, but some of its jobs need further crews, a manager has rejected some pairs, and people may see a plan
    already."""
    draw = random.Random(f"teams {seed}")

    def need(number: int) -> CrewNeed:
        return CrewNeed(
            f"crew {number}",
            (QualificationNeed(draw.choice(CODES), draw.choice(list(Level))),) if draw.random() < 0.8 else (),
            draw.choice([1, 1, 2]),
            frozenset({"BUCKET"}) if draw.random() < 0.2 else frozenset(),
        )

    several = tuple(
        replace(job, further_crews=tuple(need(number) for number in range(draw.choice([1, 1, 1, 2]))))
        if draw.random() < 0.4
        else job
        for job in problem.jobs
    )
    pairs = [(job.id, shift.id) for job in problem.jobs for shift in problem.shifts]
    problem = replace(problem, jobs=several, rejected=frozenset(pair for pair in pairs if draw.random() < 0.1))
    return with_random_shown(problem, seed) if draw.random() < 0.3 else problem


def _in_a_ring(draw: random.Random, job: Job) -> Job:
    if draw.random() > 0.03:
        return job
    others = (Prerequisite(998, "WO-998"),) if draw.random() < 0.5 else ()
    numbers = (job.number, *(one.number for one in others))
    return replace(job, ring=numbers, prerequisites=others)


def _a_job(draw: random.Random, job: Job, trouble: float) -> Job:
    plain = replace(job, needs=job.needs[:1], crew_size=1) if draw.random() < 0.5 else job
    return _richer_job(draw, plain) if draw.random() < trouble else plain


def _near(draw: random.Random, window: Window, *, around: int = 3 * HOUR) -> int:
    # Odd seconds half of the time, quarters of an hour else.
    step = draw.choice([1, 900])
    return draw.randrange(window.start - around, window.end + around, step)


def _period(draw: random.Random, window: Window, longest: int = 5 * HOUR) -> Window:
    start = _near(draw, window)
    return Window(start, start + draw.randrange(1, longest))


def _richer_shift(draw: random.Random, shift: CrewShift, problem: Problem) -> CrewShift:
    begin = shift.window.start + draw.choice([0, 0, 137, -600])
    window = Window(begin, shift.window.end + draw.choice([0, 0, 61, 6 * HOUR]))
    members = tuple(_richer_member(draw, member, window) for member in shift.members)
    equipment = tuple(
        replace(item, out_of_service=tuple(_period(draw, window) for _ in range(draw.choice([0, 0, 1, 2]))))
        for item in (*shift.equipment, *([Equipment("BUCKET", "Second")] if draw.random() < 0.3 else []))
    )
    return replace(
        shift,
        window=window,
        members=members if draw.random() < 0.97 else (),
        equipment=equipment,
        territories=frozenset({"NORTH", "SOUTH"}) if draw.random() < 0.1 else shift.territories,
        commitments=_richer_commitments(draw, shift, window, problem),
        on_call=draw.random() < 0.15,
    )


def _lent(draw: random.Random, crews: list[CrewShift]) -> list[CrewShift]:
    """The crews, some people of which have work with others, and some are in another one of these."""
    people = [member for crew in crews for member in crew.members]
    lent_to = []
    for crew in crews:
        members = tuple(replace(member, booked=_booked(draw, crew.window)) for member in crew.members)
        if people and draw.random() < 0.4:
            lent = draw.choice(people)
            away = tuple(_period(draw, crew.window) for _ in range(draw.choice([0, 0, 1])))
            also = replace(lent, absences=tuple(sorted((*lent.absences, *away))))
            members += (also,) if lent.id not in {member.id for member in members} else ()
        lent_to.append(replace(crew, members=members))
    return lent_to


def _booked(draw: random.Random, shift: Window) -> tuple[Booking, ...]:
    found = []
    for number in range(draw.choice([0] * 8 + [1, 1, 2])):
        place = Place(40 + draw.uniform(-0.2, 0.2), -75 + draw.uniform(-0.2, 0.2))
        job_id = draw.choice([1, 20_000 + number])
        found.append(Booking(job_id, f"WO-{job_id}", f"Crew {number + 30}", _period(draw, shift, 2 * HOUR), place))
    return tuple(found)


def _richer_commitments(
    draw: random.Random, shift: CrewShift, window: Window, problem: Problem
) -> tuple[Commitment, ...]:
    found = [
        replace(
            one,
            window=Window(one.window.start + odd, one.window.end + odd + draw.choice([0, 0, 59])),
            feeder=draw.choice([one.feeder, "F2", ""]),
            movable=draw.random() < 0.5,
        )
        for one in shift.commitments
        for odd in [draw.choice([0, 0, 17, -1])]
    ]
    # Work that was approved before the rules changed: outside the shift, or two jobs at once.
    if found and draw.random() < 0.1:
        found.append(replace(found[0], job_id=found[0].job_id + 5, window=_period(draw, window, 2 * HOUR)))
    if draw.random() < 0.05:
        job = draw.choice(problem.jobs)
        taken = Window(window.start + HOUR, window.start + HOUR + job.duration)
        found.append(Commitment(job.id, job.number, taken, job.place, job.feeder))
    return tuple(sorted(found, key=lambda one: one.window.start))


def _richer_member(draw: random.Random, member: Member, shift: Window) -> Member:
    held = list(member.qualifications)
    for _ in range(draw.choice([0, 0, 0, 1, 2])):
        # A renewed certificate beside the old one, with or without a day between.
        dates = {"issued": _near(draw, shift)} if draw.random() < 0.5 else {"expires": _near(draw, shift)}
        held.append(HeldQualification(draw.choice(CODES), draw.choice(list(Level)), **dates))
    absences = tuple(sorted(_period(draw, shift) for _ in range(draw.choice([0] * 6 + [1, 1, 2]))))
    return replace(member, qualifications=tuple(held), absences=absences, worked=_duty(draw, shift))


def _duty(draw: random.Random, shift: Window) -> tuple[Window, ...]:
    found, until = [], shift.start
    for _ in range(draw.choice([0, 0, 0, 0, 0, 0, 1, 2, 3])):
        until -= draw.choice([0, 1, 3 * HOUR, 8 * HOUR - 1, 8 * HOUR, 8 * HOUR + 1, draw.randrange(12 * HOUR)])
        start = until - draw.randrange(HOUR, 14 * HOUR)
        found.append(Window(start, until))
        until = start
    if draw.random() < 0.05:
        found.append(_period(draw, shift))
    return tuple(sorted(found))


def _richer_job(draw: random.Random, job: Job) -> Job:
    day = Window(6 * HOUR, 20 * HOUR)
    required = frozenset(kind for kind in KINDS if draw.random() < 0.2)
    wanted = [kind for kind in sorted(required) for _ in range(draw.choice([0, 1, 2, 2, 3]))]
    permits = tuple(_a_permit(draw, number, kind, day) for number, kind in enumerate(wanted))
    done = draw.choice([None, _near(draw, day, around=0)])
    return replace(
        job,
        needs=tuple(replace(need, level=draw.choice([need.level, need.level, Level.MASTER])) for need in job.needs),
        priority=draw.choice([job.priority, job.priority, PriorityClass.EMERGENCY]),
        duration=job.duration + draw.choice([0, 0, 1, -1, 59]),
        territory="SOUTH" if draw.random() < 0.04 else job.territory,
        feeder=draw.choice([job.feeder, job.feeder, ""]),
        kind="switching" if draw.random() < 0.1 else job.kind,
        voltage=draw.choice([job.voltage, 600, 601]),
        earliest=draw.choice([job.earliest, _near(draw, day)]) if draw.random() < 0.5 else 0,
        appointment=_period(draw, day, 3 * HOUR) if draw.random() < 0.2 else None,
        materials_at=_near(draw, day) if draw.random() < 0.15 else job.materials_at,
        required_permits=required,
        permits=permits,
        prerequisites=(*job.prerequisites, *([Prerequisite(999, "WO-999", done)] if draw.random() < 0.1 else [])),
    )


def _a_permit(draw: random.Random, number: int, kind: str, day: Window) -> Permit:
    states = [*[PermitState.LIVE] * 3, *[PermitState.PENDING] * 3, PermitState.DEAD]
    window = draw.choice([_period(draw, day, 9 * HOUR), _period(draw, day, 9 * HOUR), day, None])
    state = draw.choice(states)
    begun = _near(draw, day, around=0) if draw.random() < 0.2 else None
    return Permit(number, kind, f"P-{number}", state, window, draw.choice(["", f"said to be {state}"]), begun)
