"""Each hard rule: kept, broken, and at its boundary. An ordinary job on an ordinary crew at 09:00 breaks nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine.domain.problem import (
    Equipment,
    HeldQualification,
    Level,
    Member,
    PermitState,
    Prerequisite,
    PriorityClass,
    QualificationNeed,
    RuleData,
    Window,
)
from assignments.engine.domain.travel import Travel
from assignments.engine.rules import checker, register
from assignments.engine.rules.rule import MANAGER, NOBODY
from tests.builders import DEPOT, HOUR, NEARBY, a_commitment, a_job, a_member, a_permit, a_problem, a_shift

NINE, TEN = 9 * HOUR, 10 * HOUR
DRIVE = Travel.of(a_problem()).seconds(DEPOT, NEARBY)
SECOND = 1


def _broken(job=None, shift=None, start=NINE, *, now=0, data=None, others=(), tentative=False):
    job, shift = job or a_job(), shift or a_shift()
    problem = a_problem(job, shifts=(shift,), now=now, rules=data or RuleData())
    return [v.rule for v in checker.check(problem, job, shift, start, others=others, tentative=tentative)]


def _holding(code, level, **fields):
    return Member(1, "Ada", (HeldQualification(code, level, **fields),))


def test_an_ordinary_assignment_breaks_nothing():
    assert _broken() == []


def test_the_register_is_ordered_by_severity():
    severities = [rule.severity for rule in register.HARD.values()]

    assert severities == sorted(severities, reverse=True)
    assert len(set(severities)) == len(severities)
    assert all(rule.code == code for code, rule in register.HARD.items())


def test_nobody_may_override_the_law():
    assert all(rule.authority is NOBODY for rule in register.HARD.values() if rule.basis in ("law", "physics"))


# Rule, job, shift, whether it is broken at 09:00.
ADA_STANDARD = (_holding("LINE", Level.STANDARD),)
TWO_MASTERS = QualificationNeed("LINE", Level.MASTER, 2)
LIVE_LINE = a_job(energised=True, voltage=601)
OUT = Window(TEN - SECOND, TEN)
LATER = Window(TEN, TEN + HOUR)
QUALIFICATION_CASES = [
    ("qualification", a_job(needs=(QualificationNeed("CABLE"),)), a_shift(), True),
    ("qualification", a_job(), a_shift(members=ADA_STANDARD), False),
    ("qualification", a_job(needs=(QualificationNeed("LINE", Level.MASTER),)), a_shift(members=ADA_STANDARD), True),
    ("qualified-people", a_job(needs=(TWO_MASTERS,)), a_shift(), False),
    ("qualified-people", a_job(needs=(TWO_MASTERS,)), a_shift(members=(a_member(1), a_member(2, "GAS"))), True),
    # Valid until the work ends, to the second.
    ("qualification-expiry", a_job(), a_shift(members=(_holding("LINE", Level.MASTER, expires=TEN),)), False),
    ("qualification-expiry", a_job(), a_shift(members=(_holding("LINE", Level.MASTER, expires=TEN - 1),)), True),
    ("qualification-expiry", a_job(), a_shift(members=(_holding("LINE", Level.MASTER, issued=NINE),)), False),
    ("qualification-expiry", a_job(), a_shift(members=(_holding("LINE", Level.MASTER, issued=NINE + 1),)), True),
    # Above 600 V, energised, and not of an exempt kind.
    ("two-person", LIVE_LINE, a_shift(), False),
    ("two-person", LIVE_LINE, a_shift(members=(a_member(1), a_member(2, "GAS"))), True),
    ("two-person", replace(LIVE_LINE, voltage=600), a_shift(members=(a_member(1),)), False),
    ("two-person", replace(LIVE_LINE, energised=False), a_shift(members=(a_member(1),)), False),
    ("two-person", replace(LIVE_LINE, kind="switching"), a_shift(members=(a_member(1),)), False),
    ("crew-size", a_job(crew_size=2), a_shift(), False),
    ("crew-size", a_job(crew_size=3), a_shift(), True),
    # The crew goes on without the absent, as long as the rest are enough.
    ("absence", a_job(crew_size=1), a_shift(members=(a_member(1), a_member(2, absences=(OUT,)))), False),
    # A crew of two without one of them is a crew of one, and no worse.
    ("crew-size", a_job(crew_size=2), a_shift(members=(a_member(1), a_member(2, absences=(OUT,)))), True),
    ("crew-size", a_job(crew_size=2), a_shift(members=(a_member(1), a_member(2, absences=(LATER,)))), False),
    ("absence", a_job(), a_shift(members=(a_member(1, "GAS"), a_member(2, absences=(OUT,)))), True),
    ("equipment", a_job(equipment=frozenset({"BUCKET"})), a_shift(equipment=(Equipment("BUCKET"),)), False),
    ("equipment", a_job(equipment=frozenset({"BUCKET"})), a_shift(equipment=(Equipment("DIGGER"),)), True),
    ("equipment", a_job(equipment=frozenset({"BUCKET"})), a_shift(equipment=(Equipment("BUCKET", "", (OUT,)),)), True),
    (
        "equipment",
        a_job(equipment=frozenset({"BUCKET"})),
        a_shift(equipment=(Equipment("BUCKET", "", (LATER,)),)),
        False,
    ),
    ("territory", a_job(territory="SOUTH"), a_shift(), True),
    ("territory", a_job(territory="SOUTH"), a_shift(territories=frozenset({"NORTH", "SOUTH"})), False),
    ("on-call", a_job(), a_shift(on_call=True), True),
    ("on-call", a_job(priority=PriorityClass.EMERGENCY), a_shift(on_call=True), False),
    ("on-call", a_job(priority=PriorityClass.URGENT), a_shift(on_call=True), True),
]


@pytest.mark.parametrize(("rule", "job", "shift", "is_broken"), QUALIFICATION_CASES)
def test_people_and_equipment(rule, job, shift, is_broken):
    assert _broken(job, shift) == ([rule] if is_broken else [])


@pytest.mark.parametrize(
    ("start", "is_broken"),
    [
        (7 * HOUR + DRIVE, False),
        (7 * HOUR + DRIVE - SECOND, True),
        (15 * HOUR - HOUR - DRIVE, False),
        (15 * HOUR - HOUR - DRIVE + SECOND, True),
    ],
)
def test_the_crew_leaves_and_returns_within_its_shift(start, is_broken):
    assert _broken(start=start) == (["shift"] if is_broken else [])


def test_overtime_lengthens_the_shift_as_far_as_the_rules_allow():
    latest = 15 * HOUR - HOUR - DRIVE + HOUR // 2

    assert _broken(start=latest, data=RuleData(max_overtime=HOUR // 2)) == []
    assert _broken(start=latest + SECOND, data=RuleData(max_overtime=HOUR // 2)) == ["shift"]


@pytest.mark.parametrize(
    ("hours_worked", "ended_before_shift", "last_legal_hour"),
    [
        (7, 0, 15),  # 7 + 8 hours: the whole shift is legal
        (12, 0, 11),  # 12 hours of night work: 4 left
        (12, 4, 11),  # a break shorter than 8 hours does not start the count anew
        (12, 8, 15),  # 8 hours off do; and each hour on duty lets one of yesterday drop out of the 24
    ],
)
def test_rest(hours_worked, ended_before_shift, last_legal_hour):
    end = 7 * HOUR - ended_before_shift * HOUR
    member = a_member(1, worked=(Window(end - hours_worked * HOUR, end),))
    job, shift = a_job(place=DEPOT), a_shift(members=(member,))

    assert _broken(job, shift, start=last_legal_hour * HOUR - HOUR) == []
    beyond = _broken(job, shift, start=last_legal_hour * HOUR - HOUR + SECOND)
    assert beyond == (["rest"] if last_legal_hour < 15 else ["shift"])


def test_the_storm_rule_set_changes_the_limit():
    member = a_member(1, worked=(Window(-5 * HOUR, 7 * HOUR),))
    storm = RuleData(name="storm", max_work_in_24h=20 * HOUR)

    assert _broken(shift=a_shift(members=(member,)), start=12 * HOUR) == ["rest"]
    assert _broken(shift=a_shift(members=(member,)), start=12 * HOUR, data=storm) == []


def test_on_call_hours_are_no_duty_until_called():
    member = a_member(1, worked=(Window(7 * HOUR, 15 * HOUR),))
    night = a_shift(window=Window(15 * HOUR, 31 * HOUR), members=(member,), on_call=True)
    trouble = a_job(priority=PriorityClass.EMERGENCY, duration=2 * HOUR)

    assert _broken(trouble, night, start=26 * HOUR) == []
    assert _broken(replace(trouble, duration=8 * HOUR), night, start=16 * HOUR) == []
    assert _broken(replace(trouble, duration=8 * HOUR + SECOND), night, start=16 * HOUR) == ["rest"]


@pytest.mark.parametrize(
    ("start", "is_broken"),
    [
        (NINE + HOUR, False),
        (NINE + HOUR - SECOND, True),
        (NINE, True),
        (NINE - HOUR, False),
        (NINE - HOUR + SECOND, True),
    ],
)
def test_no_two_jobs_at_once(start, is_broken):
    busy = a_shift(commitments=(a_commitment(7, NINE, NINE + HOUR),))

    assert _broken(shift=busy, start=start) == (["overlap"] if is_broken else [])


def test_driving_between_jobs_takes_time():
    elsewhere = a_commitment(7, NINE, TEN, place=DEPOT)
    busy = a_shift(commitments=(elsewhere,))

    assert _broken(shift=busy, start=TEN + DRIVE) == []
    assert _broken(shift=busy, start=TEN + DRIVE - SECOND) == ["overlap"]
    assert _broken(shift=busy, start=NINE - HOUR - DRIVE) == []
    assert _broken(shift=busy, start=NINE - HOUR - DRIVE + SECOND) == ["overlap"]


def test_other_work_counts_as_commitments_do():
    assert _broken(others=[a_commitment(7, NINE, TEN)]) == ["overlap"]


def test_a_job_may_move_off_its_own_commitment():
    own = a_shift(commitments=(a_commitment(1, NINE, TEN),))

    assert _broken(shift=own, start=NINE + 60) == []


PERMIT_CASES = [
    ("live for exactly the work", a_permit(window=Window(NINE, TEN)), False),
    ("ends a second early", a_permit(window=Window(NINE, TEN - SECOND)), True),
    ("begins a second late", a_permit(window=Window(NINE + SECOND, TEN)), True),
    ("without limits", a_permit(window=None), False),
    ("suspended", a_permit(state=PermitState.DEAD), True),
    ("only requested", a_permit(state=PermitState.PENDING), True),
    ("of another kind", a_permit("traffic"), True),
]


@pytest.mark.parametrize(("permit", "is_broken"), [case[1:] for case in PERMIT_CASES], ids=[c[0] for c in PERMIT_CASES])
def test_a_permit_covers_the_whole_work(permit, is_broken):
    job = a_job(required_permits=frozenset({"excavation"}), permits=(permit,))

    assert _broken(job) == (["permit"] if is_broken else [])


def test_a_pending_permit_is_enough_for_a_tentative_assignment_inside_its_window():
    pending = a_permit(state=PermitState.PENDING, window=Window(NINE, TEN))
    job = a_job(required_permits=frozenset({"excavation"}), permits=(pending,))

    assert _broken(job, tentative=True) == []
    assert _broken(job, start=NINE + SECOND, tentative=True) == ["permit"]


def test_the_switching_clearance_is_a_rule_of_its_own():
    job = a_job(required_permits=frozenset({"clearance"}))
    cleared = replace(job, permits=(a_permit("clearance", window=Window(NINE, TEN)),))

    assert _broken(job) == ["clearance"]
    assert _broken(cleared) == []
    assert _broken(cleared, start=NINE + SECOND) == ["clearance"]


TIME_CASES = [
    ("appointment", a_job(appointment=Window(NINE, TEN)), NINE, False),
    ("appointment", a_job(appointment=Window(NINE, TEN)), TEN - SECOND, False),
    ("appointment", a_job(appointment=Window(NINE, TEN)), TEN, True),
    ("appointment", a_job(appointment=Window(NINE, TEN)), NINE - SECOND, True),
    ("earliest-start", a_job(earliest=NINE), NINE, False),
    ("earliest-start", a_job(earliest=NINE), NINE - SECOND, True),
    ("materials", a_job(materials_at=NINE), NINE, False),
    ("materials", a_job(materials_at=NINE), NINE - SECOND, True),
    ("materials", a_job(materials_at=None), NINE, True),
    ("prerequisite", a_job(prerequisites=(Prerequisite(7, "WO-7", done=NINE),)), NINE, False),
    ("prerequisite", a_job(prerequisites=(Prerequisite(7, "WO-7", done=NINE),)), NINE - SECOND, True),
    ("prerequisite", a_job(prerequisites=(Prerequisite(7, "WO-7"),)), NINE, True),
]


@pytest.mark.parametrize(("rule", "job", "start", "is_broken"), TIME_CASES)
def test_time(rule, job, start, is_broken):
    assert _broken(job, start=start) == ([rule] if is_broken else [])


def test_nobody_leaves_before_now_and_no_manager_may_say_otherwise():
    job, shift = a_job(), a_shift()
    problem = a_problem(job, now=NINE)

    assert checker.check(problem, job, shift, NINE + DRIVE) == []
    [violation] = checker.check(problem, job, shift, NINE + DRIVE - SECOND)
    assert (violation.rule, violation.authority) == ("earliest-start", None)


def test_an_earlier_start_may_be_allowed_by_the_manager():
    [violation] = checker.check(a_problem(), a_job(earliest=TEN), a_shift(), NINE)

    assert violation.authority == MANAGER


def test_all_broken_rules_are_told_the_worst_first():
    job = a_job(needs=(QualificationNeed("CABLE"),), crew_size=3, territory="SOUTH", materials_at=None)

    assert _broken(job) == ["qualification", "crew-size", "materials", "territory"]


def test_a_violation_is_told_in_local_time():
    busy = a_shift(commitments=(a_commitment(7, NINE, TEN),))

    [violation] = checker.check(a_problem(), a_job(), busy, NINE)

    told = violation.render(lambda seconds: f"{seconds // HOUR:02}:00")
    assert told == "Crew 1 works on WO-7 from 09:00 to 10:00."
    assert violation.values == {"crew": "Crew 1", "number": "WO-7", "from": NINE, "until": TEN}


@pytest.mark.parametrize("size", [2, 4])
def test_several_people_who_are_away_are_told_as_well_as_one(size):
    """Also where the crew is too small anyway."""
    crew = (a_member(1), a_member(2, absences=(OUT,)), a_member(3, absences=(OUT,)))

    [violation] = checker.check(a_problem(a_job(crew_size=size)), a_job(crew_size=size), a_shift(members=crew), NINE)

    told = violation.render(lambda seconds: f"{seconds // HOUR:02}:00")
    assert told.startswith("Member 2 and Member 3 will be away between 09:00 and 10:00; ")
