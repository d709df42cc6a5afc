"""The HARD register: every rule that an assignment must keep, in order of severity.

A rule is declared here and nowhere else. The checker runs the checks; screening, crewing, ranking and emergencies
derive from `answer`, sentences from `refusal`, overriding from `authority`, pages and documentation from `source`.
"""

# size: one declaration for each rule, and all of them in one place

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from assignments.engine.domain.problem import PriorityClass
from assignments.engine.rules import access, breaks, crew_day, elsewhere, fixes, same_crew, staffing, together
from assignments.engine.rules.answers import Answer, OfGaps, OfJob, OfNeeds, OfPair, OfPeople, OfRoom, OfTeam
from assignments.engine.rules.case import Case
from assignments.engine.rules.codes import by_code
from assignments.engine.rules.rule import MANAGER, NOBODY, THE_MANAGER, Authority, HardRule

Kind = TypeVar("Kind", bound=Answer)

_TIRED = frozenset({"two-person", "rest", "absence"})
_PEOPLE = _TIRED | {"qualification", "qualified-people", "qualification-expiry", "crew-size"}
_DRIVES = _TIRED | {"shift", "earliest-start"}
_BARGAINED = "Collective bargaining: the rule set can cite it. "

_TRAINING = "29 CFR 1910.269(a)(2)"
_HOUSE = "Work rule of the utility"


def _of_the_agreement(case: Case) -> str | None:
    rules = case.rules
    applies = rules.rest_override_for_any_work or case.job.priority is PriorityClass.EMERGENCY
    return (rules.rest_authority or None) if applies else None


AS_AGREED = Authority("nobody, unless the rule set says who and for which work", _of_the_agreement)
# A manager may allow an earlier start, but not one that has gone by.
UNLESS_PAST = Authority(
    "a manager of the district, unless the time has passed", lambda case: None if case.leaves < case.now else MANAGER
)


_ABOUT_PEOPLE = (
    HardRule(
        code="two-person",
        title="Two qualified people",
        severity=100,
        basis="law",
        source="29 CFR 1910.269(l)(2): two employees where lines or parts above 600 V are energised",
        authority=NOBODY,
        refusal="without two qualified people",
        explain=staffing.check_two_person,
        fix=fixes.add_member,
        also=_PEOPLE,
        answer=OfNeeds(),
    ),
    HardRule(
        code="qualification",
        title="Qualification",
        severity=95,
        basis="law",
        source=f"{_TRAINING}: employees are trained and qualified for the work; the order says in what",
        authority=NOBODY,
        refusal="without a qualification",
        explain=staffing.check_qualification,
        fix=fixes.add_member,
        also=_PEOPLE,
        timeless=True,
        answer=OfNeeds(),
    ),
    HardRule(
        code="qualified-people",
        title="Qualified people",
        severity=90,
        basis="law",
        source=f"{_TRAINING}: employees are trained and qualified for the work; the order says how many",
        authority=NOBODY,
        refusal="with too few qualified people",
        explain=staffing.check_people,
        fix=fixes.add_member,
        also=_PEOPLE,
        timeless=True,
        answer=OfNeeds(),
    ),
    HardRule(
        code="qualification-expiry",
        title="Valid qualification",
        severity=85,
        basis="law",
        source=f"{_TRAINING}: a training that has lapsed qualifies nobody until it is renewed",
        authority=NOBODY,
        refusal="with an expired qualification",
        explain=staffing.check_expiry,
        fix=fixes.renew,
        also=_PEOPLE,
        answer=OfNeeds(),
    ),
    HardRule(
        code="rest",
        title="Rest",
        severity=80,
        basis="agreement",
        source=_BARGAINED + "No federal rule limits the hours of line crews",
        agreed=lambda rules: rules.rest_agreement,
        authority=AS_AGREED,
        refusal="owed rest",
        explain=staffing.check_rest,
        fix=fixes.add_member,
        also=_PEOPLE,
        answer=OfNeeds(),
    ),
)


_ABOUT_PAPERS = (
    HardRule(
        code="clearance",
        title="Switching clearance",
        severity=75,
        basis="law",
        source="29 CFR 1910.269(m); NESC (IEEE C2) rule 444: de-energised for the protection of employees",
        authority=NOBODY,
        refusal="held up by the switching clearance",
        explain=access.check_clearance,
        fix=fixes.clearance,
        may_wait=True,
        answer=OfJob(access.starts_on_clearance),
    ),
    HardRule(
        code="permit",
        title="Permits",
        severity=70,
        basis="law",
        source="State one-call (811) law and 29 CFR 1926.651(b) for digging, 29 CFR 1910.146 for confined spaces, "
        "29 CFR 1910.252(a) for hot work; otherwise the authority that issues the permit",
        authority=NOBODY,
        refusal="held up by a permit",
        explain=access.check_permit,
        fix=fixes.permit,
        may_wait=True,
        answer=OfJob(access.starts_on_permits),
    ),
)


_ABOUT_PHYSICS = (
    HardRule(
        code="absence",
        title="Absence",
        severity=65,
        basis="physics",
        source="",
        authority=NOBODY,
        refusal="short of people who are away",
        explain=staffing.check_absence,
        fix=fixes.add_member,
        also=_PEOPLE,
        answer=OfNeeds(),
    ),
    HardRule(
        code="equipment",
        title="Equipment",
        severity=60,
        basis="physics",
        source="",
        authority=NOBODY,
        refusal="without the equipment",
        explain=crew_day.check_equipment,
        fix=fixes.lend_equipment,
        answer=OfNeeds(),
    ),
    HardRule(
        code="team",
        title="Different crews",
        severity=57,
        basis="physics",
        source="",
        authority=NOBODY,
        refusal="with people who are wanted twice",
        explain=together.check_team,
        timeless=True,
        answer=OfTeam(together.are_different),
    ),
    HardRule(
        code="elsewhere",
        title="People with another crew",
        severity=56,
        basis="physics",
        source="",
        authority=NOBODY,
        refusal="wanting people who work with another crew",
        explain=elsewhere.check_elsewhere,
        fix=fixes.spare,
        answer=OfPeople(elsewhere.is_shared, elsewhere.free_starts),
    ),
    HardRule(
        code="overlap",
        title="Other work and travel",
        severity=55,
        basis="physics",
        source="",
        authority=NOBODY,
        refusal="too busy with approved work",
        explain=crew_day.check_overlap,
        fix=fixes.move_other_work,
        also=_DRIVES | {"break"},
        answer=OfGaps(beside_work=True),
    ),
)


_ABOUT_WORK = (
    HardRule(
        code="crew-size",
        title="Crew size",
        severity=50,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="too small",
        explain=staffing.check_crew_size,
        fix=fixes.add_member,
        also=_PEOPLE,
        answer=OfNeeds(),
    ),
    HardRule(
        code="prerequisite",
        title="Work to be done first",
        severity=45,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="held up by work that must be done first",
        explain=access.check_prerequisite,
        fix=fixes.finish_first,
        answer=OfJob(access.starts_after_work, by_plan=True),
    ),
    HardRule(
        code="same-crew",
        title="Same crew for all parts",
        severity=43,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="not the crew that has the other parts",
        explain=same_crew.check_same_crew,
        fix=fixes.hand_over,
        timeless=True,
        answer=OfPair(same_crew.crew_of, same_crew.is_of),
    ),
    HardRule(
        code="materials",
        title="Materials",
        severity=40,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="held up by materials",
        explain=access.check_materials,
        fix=fixes.bring_materials,
        answer=OfJob(access.starts_with_materials),
    ),
    HardRule(
        code="earliest-start",
        title="Earliest start",
        severity=35,
        basis="policy",
        source=_HOUSE,
        authority=UNLESS_PAST,
        refusal="held up by the earliest start",
        explain=access.check_earliest,
        fix=fixes.allow_earlier,
        answer=OfJob(access.starts_from_earliest),
    ),
)


_ABOUT_THE_SHIFT = (
    HardRule(
        code="shift",
        title="Shift",
        severity=30,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="without enough time in the shift",
        explain=crew_day.check_shift,
        fix=fixes.stretch_shift,
        also=_TIRED | {"break"},
        answer=OfGaps(beside_work=False),
    ),
    HardRule(
        code="break",
        title="Breaks",
        severity=28,
        basis="agreement",
        source=_BARGAINED + "No federal rule gives meal or rest breaks",
        agreed=lambda rules: rules.rest_agreement,
        authority=AS_AGREED,
        refusal="without room for a break",
        explain=breaks.check_break,
        fix=fixes.make_room,
        also=_DRIVES | {"overlap"},
        answer=OfRoom(),
    ),
    HardRule(
        code="appointment",
        title="Appointment",
        severity=25,
        basis="policy",
        source="What was agreed with the customer",
        authority=THE_MANAGER,
        refusal="unable to keep the appointment",
        explain=access.check_appointment,
        fix=fixes.rebook,
        answer=OfJob(access.starts_at_appointment),
    ),
    HardRule(
        code="on-call",
        title="On call",
        severity=20,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="on call for emergencies only",
        explain=crew_day.check_on_call,
        fix=fixes.call_out,
        also=_TIRED,
        timeless=True,
        answer=OfPair(crew_day.is_emergency, crew_day.takes),
    ),
    HardRule(
        code="territory",
        title="Territory",
        severity=15,
        basis="policy",
        source=_HOUSE,
        authority=THE_MANAGER,
        refusal="outside their territory",
        explain=crew_day.check_territory,
        fix=fixes.lend_crew,
        timeless=True,
        answer=OfPair(lambda job: job.territory, lambda territory, shift: territory in shift.territories),
    ),
)


_REGISTER = (*_ABOUT_PEOPLE, *_ABOUT_PAPERS, *_ABOUT_PHYSICS, *_ABOUT_WORK, *_ABOUT_THE_SHIFT)

HARD: Mapping[str, HardRule] = by_code(_REGISTER)


def answered(kind: type[Kind]) -> list[tuple[HardRule, Kind]]:
    """The rules that screening answers in this way, with their answers, the worst first."""
    return [(rule, rule.answer) for rule in HARD.values() if isinstance(rule.answer, kind)]


def short_of_time(*, beside_work: bool) -> str:
    """The code of the rule that a shift breaks which has no time for the work, beside its commitments or at all."""
    return next(rule.code for rule, answer in answered(OfGaps) if answer.beside_work == beside_work)


def short_of_room() -> str:
    """The code of the rule that work breaks which takes the room of something else."""
    return next(rule.code for rule, _ in answered(OfRoom))


def waiting() -> str:
    """The code of the rule that keeps a job until the plan has placed the work before it."""
    return next(rule.code for rule, answer in answered(OfJob) if answer.by_plan)
