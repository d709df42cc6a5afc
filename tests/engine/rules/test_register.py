"""The register in one table: each hard rule kept, at its boundary and a step beyond, who may override it, its fix."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from assignments.engine.domain.problem import (
    Binding,
    Break,
    CrewShift,
    Equipment,
    HeldQualification,
    Job,
    Level,
    Member,
    Prerequisite,
    PriorityClass,
    QualificationNeed,
    RuleData,
    Window,
)
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import explain
from assignments.engine.rules import checker, register
from assignments.engine.rules.case import Case
from assignments.engine.rules.rule import MANAGER
from tests.builders import (
    DEPOT,
    HOUR,
    MINUTE,
    NEARBY,
    a_booking,
    a_commitment,
    a_job,
    a_member,
    a_permit,
    a_problem,
    a_shift,
)

NINE, TEN = 9 * HOUR, 10 * HOUR
DRIVE = Travel.of(a_problem()).seconds(DEPOT, NEARBY)
SECOND = 1
COFFEE = 15 * MINUTE

Pair = tuple[Job, CrewShift]


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of the register with an hour of work from 09:00 on three pairs."""

    authority: str | None
    fix: str | None
    kept: Pair
    boundary: Pair
    """Kept as well, and just so."""
    broken: Pair
    """A step beyond the boundary."""
    beside: tuple[CrewShift, ...] = ()
    """The other crews of a team."""
    rules: RuleData = field(default_factory=RuleData)


def _holding(level=Level.STANDARD, **dates):
    return Member(1, "Ada", (HeldQualification("LINE", level, **dates),))


def _alone(*members, **fields):
    return a_job(), a_shift(members=members, **fields)


def _volts(volts, *members):
    return a_job(energised=True, voltage=volts), a_shift(members=members)


def _two_hold(*members):
    return a_job(needs=(QualificationNeed("LINE", people=2),)), a_shift(members=members)


def _size(people):
    return a_job(crew_size=people), a_shift()


def _away_from(time):
    return a_job(), a_shift(members=(a_member(1, "GAS"), a_member(2, absences=(Window(time, time + HOUR),))))


def _with_permit(kind, until):
    held = a_permit(kind, window=Window(NINE, until))
    return a_job(required_permits=frozenset({kind}), permits=(held,)), a_shift()


def _out_from(time):
    bucket = Equipment("BUCKET", out_of_service=(Window(time, time + HOUR),))
    return a_job(equipment=frozenset({"BUCKET"})), a_shift(equipment=(bucket,))


def _busy_from(time):
    return a_job(), a_shift(commitments=(a_commitment(7, time, time + HOUR),))


def _booked_from(time):
    return _alone(a_member(1, booked=(a_booking(7, time, time + HOUR),)))


def _after(time):
    return a_job(prerequisites=(Prerequisite(7, "WO-7", done=time),)), a_shift()


def _bound_to(crew_id):
    return a_job(bound=Binding(crew_id, f"Crew {crew_id}", "WO-1.1")), a_shift()


def _on_call(priority):
    return a_job(priority=priority), a_shift(on_call=True)


def _works_in(*territories):
    return a_job(), a_shift(territories=frozenset(territories))


def _after_duty(seconds):
    return _alone(a_member(1, worked=(Window(7 * HOUR - seconds, 7 * HOUR),)))


ONE, TWO, OTHER, BESIDE = a_member(1), a_member(2), a_member(3, "GAS"), a_member(8)
# Sixteen hours in all: this many before the shift, three from its start until the work ends.
BEFORE = 13 * HOUR
REGISTER = {
    "two-person": Entry(None, "add-member", _volts(13_800, ONE, TWO), _volts(600, ONE, OTHER), _volts(601, ONE, OTHER)),
    "qualification": Entry(
        None, "add-member", _alone(_holding(Level.MASTER)), _alone(_holding()), _alone(_holding(Level.APPRENTICE))
    ),
    "qualified-people": Entry(
        None, "add-member", _two_hold(ONE, TWO, a_member(4)), _two_hold(ONE, TWO), _two_hold(ONE, OTHER)
    ),
    "qualification-expiry": Entry(
        None,
        "renew-qualification",
        _alone(_holding()),
        _alone(_holding(issued=NINE, expires=TEN)),
        _alone(_holding(issued=NINE, expires=TEN - SECOND)),
    ),
    "rest": Entry(None, "add-member", _alone(ONE), _after_duty(BEFORE), _after_duty(BEFORE + SECOND)),
    "clearance": Entry(
        None,
        "extend-permit",
        _with_permit("clearance", TEN + HOUR),
        _with_permit("clearance", TEN),
        _with_permit("clearance", TEN - SECOND),
    ),
    "permit": Entry(
        None,
        "extend-permit",
        _with_permit("excavation", TEN + HOUR),
        _with_permit("excavation", TEN),
        _with_permit("excavation", TEN - SECOND),
    ),
    "absence": Entry(None, "add-member", _away_from(TEN + HOUR), _away_from(TEN), _away_from(TEN - SECOND)),
    "equipment": Entry(None, "lend-equipment", _out_from(TEN + HOUR), _out_from(TEN), _out_from(TEN - SECOND)),
    "team": Entry(
        None, None, _alone(ONE, TWO), _alone(ONE, TWO, crew_id=2), _alone(ONE, BESIDE), (a_shift(8, members=(BESIDE,)),)
    ),
    "elsewhere": Entry(None, "move-work", _booked_from(TEN + HOUR), _booked_from(TEN), _booked_from(TEN - SECOND)),
    "overlap": Entry(None, "move-work", _busy_from(TEN + HOUR), _busy_from(TEN), _busy_from(TEN - SECOND)),
    "crew-size": Entry(MANAGER, "add-member", _size(1), _size(2), _size(3)),
    "prerequisite": Entry(MANAGER, "finish-first", _after(NINE - HOUR), _after(NINE), _after(NINE + SECOND)),
    "same-crew": Entry(MANAGER, "hand-over", (a_job(), a_shift()), _bound_to(1), _bound_to(2)),
    "materials": Entry(
        MANAGER,
        "bring-materials",
        (a_job(materials_at=0), a_shift()),
        (a_job(materials_at=NINE), a_shift()),
        (a_job(materials_at=NINE + SECOND), a_shift()),
    ),
    "earliest-start": Entry(
        MANAGER,
        "allow-earlier",
        (a_job(earliest=0), a_shift()),
        (a_job(earliest=NINE), a_shift()),
        (a_job(earliest=NINE + SECOND), a_shift()),
    ),
    "shift": Entry(
        MANAGER,
        "stretch-shift",
        (a_job(), a_shift()),
        (a_job(), a_shift(window=Window(NINE - DRIVE, TEN + DRIVE))),
        (a_job(), a_shift(window=Window(NINE - DRIVE, TEN + DRIVE - SECOND))),
    ),
    "break": Entry(
        None,
        "move-work",
        _busy_from(TEN + HOUR),
        _busy_from(TEN + COFFEE),
        _busy_from(TEN + COFFEE - SECOND),
        rules=RuleData(breaks=(Break("coffee break", COFFEE, earliest=2 * HOUR, latest=3 * HOUR + 30 * MINUTE),)),
    ),
    "appointment": Entry(
        MANAGER,
        "rebook",
        (a_job(appointment=Window(NINE - HOUR, TEN)), a_shift()),
        (a_job(appointment=Window(NINE - HOUR, NINE + SECOND)), a_shift()),
        (a_job(appointment=Window(NINE - HOUR, NINE)), a_shift()),
    ),
    "on-call": Entry(
        MANAGER,
        "call-out",
        (a_job(), a_shift()),
        _on_call(PriorityClass.EMERGENCY),
        _on_call(PriorityClass.URGENT),
    ),
    "territory": Entry(MANAGER, "lend-crew", _works_in("NORTH"), _works_in("NORTH", "SOUTH"), _works_in("SOUTH")),
}

each_rule = pytest.mark.parametrize("code", register.HARD)
each_fix = pytest.mark.parametrize("code", [code for code, rule in register.HARD.items() if rule.fix])


@each_rule
def test_is_kept_and_at_its_boundary_still(code):
    for job, shift in (REGISTER[code].kept, REGISTER[code].boundary):
        assert _violations(code, job, shift) == []


def _violations(code, job, shift):
    return checker.check(_problem(code, job, shift), job, shift, NINE, beside=REGISTER[code].beside)


def _problem(code, job, shift):
    return a_problem(job, shifts=(shift,), rules=REGISTER[code].rules)


@each_rule
def test_alone_is_broken_a_step_beyond_and_says_who_may_override_it(code):
    job, shift = REGISTER[code].broken

    violations = _violations(code, job, shift)

    assert [(v.rule, v.authority) for v in violations] == [(code, REGISTER[code].authority)]


def test_alone_lacks_a_fix_that_is_about_other_shifts():
    assert [code for code in register.HARD if register.HARD[code].fix is None] == ["team"]
    assert [code for code, entry in REGISTER.items() if entry.fix is None] == ["team"]


def _fix(code, problem, job, shift):
    propose = register.HARD[code].fix
    assert propose is not None
    return propose(Case(problem, job, shift, NINE, Travel.of(problem)))


@each_fix
def test_has_a_fix_that_the_checker_passes(code):
    job, shift = REGISTER[code].broken
    problem = _problem(code, job, shift)

    fix = _fix(code, problem, job, shift)

    assert fix is not None
    assert fix.kind == REGISTER[code].fix
    assert checker.check(problem, fix.job, fix.shift, fix.start) == []


@each_fix
def test_gets_the_cheapest_fix_when_asked_why_not(code):
    job, shift = REGISTER[code].broken
    problem = _problem(code, job, shift)

    refusal = explain.why_not(problem, job, shift, start=NINE)

    assert refusal.fix is not None
    assert refusal.fix.cost <= _fix(code, problem, job, shift).cost
    assert checker.check(problem, refusal.fix.job, refusal.fix.shift, refusal.fix.start) == []


def test_the_table_holds_the_register_and_nothing_else():
    assert list(REGISTER) == list(register.HARD)


CONTRACT = {
    *("qualification", "qualified-people", "qualification-expiry", "crew-size", "two-person", "equipment", "territory"),
    *("shift", "absence", "rest", "overlap", "permit", "clearance", "appointment", "prerequisite", "materials"),
    *("team", "break"),
}


def test_the_register_holds_all_that_law_and_trade_ask_for():
    assert set(register.HARD) >= CONTRACT
