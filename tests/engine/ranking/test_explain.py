"""Why a crew may not do a job, and the one change that would let it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assignments.engine import planning
from assignments.engine.domain.problem import (
    FOREVER,
    Equipment,
    HeldQualification,
    Level,
    Member,
    PermitState,
    Prerequisite,
    PriorityClass,
    QualificationNeed,
    Window,
)
from assignments.engine.domain.travel import Travel
from assignments.engine.ranking import explain, shortlist
from assignments.engine.rules import checker, fixes
from assignments.engine.rules.case import Case
from assignments.engine.screening.rows import blames
from assignments.engine.search import solver
from tests.builders import DAY, DEPOT, HOUR, a_commitment, a_job, a_member, a_permit, a_problem, a_shift

NINE, TEN = 9 * HOUR, 10 * HOUR
DIG = frozenset({"excavation"})
EXPIRED = Member(1, "Ada", (HeldQualification("LINE", Level.MASTER, expires=0),))
BUCKET = frozenset({"BUCKET"})
AWAY = (Window(0, DAY),)
FULL_DAY = (a_commitment(7, 7 * HOUR + 1800, 11 * HOUR), a_commitment(8, 11 * HOUR, 14 * HOUR + 1800))


def _clock(seconds):
    return f"{seconds // HOUR:02}:{seconds // 60 % 60:02}"


FIXES = [
    ("add-member", a_job(needs=(QualificationNeed("CABLE"),)), a_shift()),
    ("add-member", a_job(crew_size=3), a_shift()),
    ("add-member", a_job(energised=True, voltage=13_800), a_shift(members=(a_member(1),))),
    ("add-member", a_job(crew_size=2), a_shift(members=(a_member(1), a_member(2, absences=AWAY)))),
    ("renew-qualification", a_job(), a_shift(members=(EXPIRED,))),
    ("lend-equipment", a_job(equipment=BUCKET), a_shift()),
    ("lend-equipment", a_job(equipment=BUCKET), a_shift(equipment=(Equipment("BUCKET", "", AWAY),))),
    ("lend-crew", a_job(territory="SOUTH"), a_shift()),
    ("call-out", a_job(), a_shift(on_call=True)),
    ("stretch-shift", a_job(duration=8 * HOUR), a_shift()),
    ("stretch-shift", a_job(appointment=Window(7 * HOUR, 7 * HOUR + 60)), a_shift()),
    ("move-work", a_job(duration=3 * HOUR), a_shift(commitments=FULL_DAY)),
    ("new-permit", a_job(required_permits=DIG), a_shift()),
    ("renew-permit", a_job(required_permits=DIG, permits=(a_permit(state=PermitState.DEAD),)), a_shift()),
    ("issue-permit", a_job(required_permits=DIG, permits=(a_permit(state=PermitState.PENDING),)), a_shift()),
    (
        "issue-permit",
        a_job(required_permits=DIG, permits=(a_permit(state=PermitState.PENDING, window=Window(NINE, NINE + 60)),)),
        a_shift(),
    ),
    ("extend-permit", a_job(required_permits=DIG, permits=(a_permit(window=Window(NINE, NINE + 60)),)), a_shift()),
    ("new-permit", a_job(required_permits=frozenset({"clearance"})), a_shift()),
    ("rebook", a_job(appointment=Window(HOUR, 2 * HOUR)), a_shift()),
    ("allow-earlier", a_job(earliest=20 * HOUR), a_shift()),
    ("bring-materials", a_job(materials_at=None), a_shift()),
    ("finish-first", a_job(prerequisites=(Prerequisite(7, "WO-7"),)), a_shift()),
]


@pytest.mark.parametrize(("kind", "job", "shift"), FIXES)
def test_the_cheapest_fix(kind, job, shift):
    problem = a_problem(job, shifts=(shift,))

    refusal = explain.why_not(problem, job, shift)

    assert refusal.violations
    assert refusal.fix is not None
    assert refusal.fix.kind == kind
    assert checker.check(problem, refusal.fix.job, refusal.fix.shift, refusal.fix.start) == []
    assert "{" not in refusal.fix.render(_clock)
    assert all("{" not in violation.render(_clock) for violation in refusal.violations)


def test_time_that_has_passed_cannot_be_given_back():
    job = a_job()

    refusal = explain.why_not(a_problem(job, now=14 * HOUR + 1800), job, a_shift())

    assert refusal.fix is not None
    assert refusal.fix.kind == "stretch-shift"


def test_a_start_of_years_ago_is_never_talked_about():
    job = a_job(earliest=-FOREVER)
    years_ago = HeldQualification("LINE", Level.MASTER, issued=-3000 * DAY)
    away = Member(1, "Ada", (years_ago,), absences=AWAY)

    refusal = explain.why_not(a_problem(job), job, a_shift(members=(away,)))

    assert "absence" in [v.rule for v in refusal.violations]
    assert refusal.start >= 0


def test_a_start_that_is_too_early_may_be_moved():
    job = a_job(earliest=NINE)

    refusal = explain.why_not(a_problem(job), job, a_shift(), start=8 * HOUR)

    assert [v.rule for v in refusal.violations] == ["earliest-start"]
    assert refusal.fix is not None
    assert refusal.fix.render(_clock) == "Start at 09:00."


@pytest.mark.parametrize(
    ("asked", "proposed"),
    # Away from 10:00 to 12:00: an hour of work is over before, or begins after.
    [(10 * HOUR + 60, 9 * HOUR), (11 * HOUR + 1800, 12 * HOUR)],
)
def test_the_nearest_start_beside_an_absence_is_proposed(asked, proposed):
    away = a_member(1, absences=(Window(TEN, 12 * HOUR),))
    job = a_job(place=DEPOT)

    refusal = explain.why_not(a_problem(job), job, a_shift(members=(away,)), start=asked)

    assert refusal.fix is not None
    assert (refusal.fix.kind, refusal.fix.start) == ("start-at", proposed)


def test_only_the_crew_that_could_start_first_is_said_to():
    later = a_shift(2, window=Window(NINE, 17 * HOUR))

    [ranked] = shortlist.rank(a_problem(a_job(), shifts=(a_shift(1), later)))

    first, second = ([reason.code for reason in candidate.reasons] for candidate in ranked.candidates)
    assert ("soonest" in first, "soonest" in second) == (True, False)
    assert "soonest" not in [reason.code for reason in explain.reasons(a_problem(a_job()), ranked.candidates[0])]


def test_a_certificate_that_begins_during_the_shift_is_waited_for():
    new = Member(1, "Ada", (HeldQualification("LINE", Level.MASTER, issued=NINE),))
    shift = a_shift(members=(new,))

    refusal = explain.why_not(a_problem(a_job()), a_job(), shift)

    assert (refusal.start, refusal.violations) == (NINE, ())


def test_nothing_stands_against_a_legal_pair():
    job = a_job()

    refusal = explain.why_not(a_problem(job), job, a_shift())

    assert refusal.violations == ()
    assert refusal.fix is None


def _best(problem):
    [ranked] = shortlist.rank(problem)
    return ranked.candidates[0]


def test_reasons_name_people_and_margins():
    job = a_job(
        feeder="F1",
        due=12 * HOUR,
        place=DEPOT,
        required_permits=DIG,
        permits=(a_permit(window=Window(0, 16 * HOUR)),),
    )
    busy = a_shift(commitments=(a_commitment(7, 8 * HOUR, NINE, place=DEPOT, feeder="F1"),))

    candidate = _best(a_problem(job, shifts=(busy,)))

    assert [reason.render(_clock) for reason in candidate.reasons] == [
        "The only crew that may do it.",
        "0\xa0min to drive.",
        "Done 4\xa0h before it is due.",
        "Already works on feeder F1.",
        "LINE: Member 1 and Member 2.",
        "The excavation permit holds until 16:00.",
    ]
    assert candidate.warnings == ()
    assert explain.reasons(a_problem(job, shifts=(busy,)), candidate)[0].code == "drive"


def test_the_nearest_crew_is_told_so():
    away = a_shift(2, base=a_job().place)

    [ranked] = shortlist.rank(a_problem(a_job(), shifts=(a_shift(1), away)))

    assert [c.shift_id for c in ranked.candidates] == [2, 1]
    assert "Nearest of 2 crews, 0\xa0min away." in [r.render(_clock) for r in ranked.candidates[0].reasons]
    assert ranked.summary.render(_clock) == "2 crews may do it."


WARNINGS = [
    ("permit-pending", a_job(required_permits=DIG, permits=(a_permit(state=PermitState.PENDING),)), a_shift()),
    ("permit-tight", a_job(required_permits=DIG, permits=(a_permit(window=Window(NINE, TEN + 60)),)), a_shift()),
    ("late", a_job(due=7 * HOUR), a_shift()),
    ("short-handed", a_job(), a_shift(members=(a_member(1), a_member(2, absences=AWAY)))),
    (
        "expires-soon",
        a_job(),
        a_shift(members=(Member(1, "Ada", (HeldQualification("LINE", Level.MASTER, expires=2 * DAY),)),)),
    ),
]


@pytest.mark.parametrize(("code", "job", "shift"), WARNINGS)
def test_what_is_legal_but_worth_saying(code, job, shift):
    candidate = _best(a_problem(job, shifts=(shift,)))

    assert [note.code for note in candidate.warnings] == [code]
    assert "{" not in candidate.warnings[0].render(_clock)
    assert candidate.tentative == (code == "permit-pending")


def test_overtime_is_worth_saying():
    problem = a_problem(a_job(duration=8 * HOUR))
    problem = replace(problem, rules=replace(problem.rules, max_overtime=HOUR))

    candidate = _best(problem)

    assert [note.code for note in candidate.warnings] == ["overtime"]
    assert {part.code: part.points for part in candidate.parts}["overtime"] < 0


def test_a_job_that_nobody_may_do_says_why():
    [ranked] = shortlist.rank(a_problem(a_job(territory="SOUTH"), shifts=(a_shift(1), a_shift(2))))

    assert ranked.summary.render(_clock) == "No crew may do it: 2 outside their territory."
    assert ranked.refused == {"territory": 2}


def test_every_ground_of_refusal_can_be_said():
    for code in blames()[1:]:
        assert explain.summary(0, {code: 1}).render(_clock)


def test_a_day_without_crews_says_so():
    [ranked] = shortlist.rank(a_problem(a_job(), shifts=()))

    assert ranked.summary.render(_clock) == "No crew has a shift on this day."


def test_a_planned_job_that_waits_names_what_to_approve_first():
    then = a_job(2, prerequisites=(Prerequisite(1, "WO-1"),))
    batches = list(planning.plan(a_problem(a_job(1), then)))

    [ranked] = [r for batch in batches for r in batch.jobs if r.job_id == 2 and r.candidates]
    assert "Approve WO-1 first; this waits for it." in [n.render(_clock) for n in ranked.candidates[0].warnings]


def test_a_rare_skill_is_not_spent_on_plain_work():
    splicers = a_shift(1, members=(a_member(1, "LINE", "SPLICE"), a_member(2)))
    plain = a_shift(2)

    [ranked] = shortlist.rank(a_problem(a_job(), shifts=(splicers, plain)))

    assert [c.shift_id for c in ranked.candidates] == [2, 1]


def test_customers_out_make_waiting_dearer():
    few, many = (a_job(1, priority=PriorityClass.EMERGENCY, customers_out=n) for n in (0, 5000))

    assert _best(a_problem(few)).score > _best(a_problem(many)).score


def test_weights_are_the_districts():
    problem = a_problem(a_job())
    free = replace(problem, rules=replace(problem.rules, weights={"travel": 0.0}))

    assert {part.code: part.points for part in _best(free).parts}["travel"] == 0
    assert solver.construct(free).figures.planned == 1


def test_other_work_that_is_no_commitment_cannot_be_moved():
    case = Case(a_problem(), a_job(), a_shift(), NINE, Travel.of(a_problem()), (a_commitment(7, NINE, TEN),))

    assert fixes.move_other_work(case) is None
