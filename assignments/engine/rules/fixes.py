"""The one change that would satisfy a broken hard rule, with its trouble in points.

A fix is asked for when its rule is broken, and changes one thing only; whether that is enough, the checker must say.
Costs are rough and only order the choices: a signature is cheaper than a person, a person cheaper than a new permit.
"""

from __future__ import annotations

from dataclasses import replace

from assignments.engine.domain.problem import (
    Commitment,
    Equipment,
    HeldQualification,
    Level,
    Member,
    Permit,
    PermitState,
    QualificationNeed,
    Window,
)
from assignments.engine.domain.wording import Fix, Value
from assignments.engine.rules import access, breaks, crew_day, elsewhere, staffing
from assignments.engine.rules.case import Case


def _fix(case: Case, code: str, cost: int, template: str, values: dict[str, Value], **changes: object) -> Fix:
    # `changes` are fields of the shift or of the job; both have `equipment`, and a fix changes what the shift has.
    shift_fields = {k: v for k, v in changes.items() if k in case.shift.__dataclass_fields__}
    job_fields = {k: v for k, v in changes.items() if k not in shift_fields}
    return Fix(
        code=code,
        template=template,
        values=values,
        cost=cost,
        job=replace(case.job, **job_fields),  # type: ignore[arg-type]
        shift=replace(case.shift, **shift_fields),  # type: ignore[arg-type]
        start=case.start,
    )


def _short_needs(case: Case) -> list[QualificationNeed]:
    short = [need for need, who in staffing.needs(case) if len(who.available) < need.people]
    code = case.rules.two_person_qualification
    if staffing.is_two_person(case.job, case.rules) and len(staffing.heads(case, code).available) < 2:
        short.append(QualificationNeed(code, Level.STANDARD, 2))
    return short


def add_member(case: Case) -> Fix | None:
    """One more person, who holds everything the crew is short of."""
    short = _short_needs(case)
    held = tuple(HeldQualification(need.code, need.level) for need in short)
    person = Member(id=0, name="one more person", qualifications=held)
    codes = ", ".join(f"{need.code} ({need.level.name.lower()})" for need in short)
    template = "Add one person who holds {codes} to {crew}." if codes else "Add one person to {crew}."
    values: dict[str, Value] = {"crew": case.shift.crew, "codes": codes}
    return _fix(case, "add-member", 40, template, values, members=(*case.shift.members, person))


def renew(case: Case) -> Fix | None:
    """The certificate of one member made valid for the whole work."""
    short = ((need, who) for need, who in staffing.needs(case) if len(who.valid) < need.people <= len(who.holding))
    need, who = next(short)
    member = next(m for m in who.holding if m not in who.valid)
    renewed = tuple(
        replace(q, issued=min(q.issued, case.start), expires=max(q.expires, case.end))
        if q.code == need.code and q.level >= need.level
        else q
        for q in member.qualifications
    )
    members = tuple(replace(m, qualifications=renewed) if m is member else m for m in case.shift.members)
    template = "Renew {code} of {name} so that it is valid from {start:time} to {end:time}."
    values: dict[str, Value] = {"code": need.code, "name": member.name, "start": case.start, "end": case.end}
    return _fix(case, "renew-qualification", 30, template, values, members=members)


def lend_equipment(case: Case) -> Fix | None:
    code = min(code for code in case.job.equipment if not crew_day.is_on_hand(case.shift, code, case.work))
    template, values = "Lend {crew} a {code}.", {"crew": case.shift.crew, "code": code}
    return _fix(case, "lend-equipment", 30, template, dict(values), equipment=(*case.shift.equipment, Equipment(code)))


def lend_crew(case: Case) -> Fix | None:
    template, values = "Lend {crew} to {territory}.", {"crew": case.shift.crew, "territory": case.job.territory}
    territories = case.shift.territories | {case.job.territory}
    return _fix(case, "lend-crew", 15, template, dict(values), territories=territories)


def call_out(case: Case) -> Fix | None:
    return _fix(case, "call-out", 50, "Call {crew} out for planned work.", {"crew": case.shift.crew}, on_call=False)


def stretch_shift(case: Case) -> Fix | None:
    """The shift begun earlier or ended later; each minute costs as overtime does."""
    window, crew = case.shift.window, case.shift.crew
    begin, end = min(window.start, crew_day.out(case)), max(window.end, crew_day.back(case) - case.rules.max_overtime)
    longer = window.start - begin + end - window.end
    template = "Let {crew} start at {begin:time}." if begin < window.start else "Let {crew} stay until {until:time}."
    values: dict[str, Value] = {"crew": crew, "begin": begin, "until": crew_day.back(case), "longer": longer}
    return _fix(case, "stretch-shift", 10 + longer // 20, template, values, window=Window(begin, end))


def move_other_work(case: Case) -> Fix | None:
    """One commitment in the way taken off the shift; work that is not a commitment cannot be."""
    other = crew_day.in_the_way(case)
    left = tuple(c for c in case.shift.commitments if c != other)
    if other is None or len(left) == len(case.shift.commitments):
        return None
    return _moved(case, other)


def make_room(case: Case) -> Fix | None:
    """The commitment nearest to the work without which there is room for every break; None where no single one is."""
    others = (c for c in case.shift.commitments if c.job_id != case.job.id)
    for other in sorted(others, key=lambda c: (abs(c.window.start - case.start), c.window.start, c.job_id)):
        fix = _moved(case, other)
        if breaks.first_missing(replace(case, shift=fix.shift)) is None:
            return fix
    return None


def _moved(case: Case, other: Commitment) -> Fix:
    left = tuple(c for c in case.shift.commitments if c != other)
    template = "Move {number} ({crew}, {from:time} to {until:time})."
    values: dict[str, Value] = {"number": other.number, "job": other.job_id, "crew": case.shift.crew}
    values |= {"from": other.window.start, "until": other.window.end}
    return _fix(case, "move-work", 45, template, values, commitments=left)


_OF_PEOPLE = (
    staffing.check_two_person,
    staffing.check_qualification,
    staffing.check_people,
    staffing.check_expiry,
    staffing.check_rest,
    staffing.check_absence,
    staffing.check_crew_size,
)


def spare(case: Case) -> Fix | None:
    """The crew without those who work with another one, if enough are left; else that other work taken off them."""
    found = list(elsewhere.clashes(case))
    wanted = {member.id for member, _ in found}
    left = tuple(m for m in case.shift.members if m.id not in wanted)
    without = replace(case, shift=replace(case.shift, members=left))
    if left and not any(check(without) for check in _OF_PEOPLE):
        names = staffing.names([m for m in case.shift.members if m.id in wanted])
        values: dict[str, Value] = {"crew": case.shift.crew, "names": names}
        return _fix(case, "spare-member", 20, "Let {crew} go without {names}.", values, members=left)
    other = min((booking for _, booking in found), key=lambda one: (one.window, one.number))
    members = tuple(
        replace(m, booked=tuple(b for b in m.booked if b.job_id != other.job_id)) for m in case.shift.members
    )
    values = {"number": other.number, "job": other.job_id, "crew": other.crew}
    values |= {"from": other.window.start, "until": other.window.end}
    template = "Move {number} ({from:time} to {until:time}) away from {crew}."
    return _fix(case, "move-work", 45, template, values, members=members)


def _permit(case: Case, *, clearance: bool) -> Fix | None:
    kind = access.missing_kinds(case, clearance=clearance)[0]
    permit = access.nearest_permit(case.job.permits, kind)
    values: dict[str, Value] = {"kind": kind.replace("_", " "), "start": case.start, "end": case.end}
    if permit is None:
        granted = Permit(id=0, kind=kind, number="", state=PermitState.LIVE, window=case.work)
        template = "Get a {kind} permit for {start:time} to {end:time}."
        return _fix(case, "new-permit", 60, template, values, permits=(*case.job.permits, granted))
    values["number"] = permit.number
    window = permit.window or case.work
    wider = Window(min(window.start, case.start), max(window.end, case.end))
    granted = replace(permit, state=PermitState.LIVE, window=wider, begin_before=None)
    code, cost, template = _permit_change(permit, is_wider=wider != window)
    permits = tuple(granted if p is permit else p for p in case.job.permits)
    return _fix(case, code, cost, template, values, permits=permits)


def _permit_change(permit: Permit, *, is_wider: bool) -> tuple[str, int, str]:
    if permit.state is PermitState.LIVE:
        return "extend-permit", 30, "Extend the {kind} permit {number} to cover {start:time} to {end:time}."
    if permit.state is PermitState.DEAD:
        return "renew-permit", 50, "Renew the {kind} permit {number} for {start:time} to {end:time}."
    if is_wider:
        return "issue-permit", 35, "Have the {kind} permit {number} issued to cover {start:time} to {end:time}."
    return "issue-permit", 20, "Have the {kind} permit {number} issued before {start:time}."


def permit(case: Case) -> Fix | None:
    return _permit(case, clearance=False)


def clearance(case: Case) -> Fix | None:
    return _permit(case, clearance=True)


def rebook(case: Case) -> Fix | None:
    template, values = "Agree with the customer on {start:time}.", {"start": case.start}
    return _fix(case, "rebook", 35, template, dict(values), appointment=Window(case.start, case.end))


def allow_earlier(case: Case) -> Fix | None:
    """Leave to start before the earliest start; nobody can give back time that has passed."""
    if case.leaves < case.now:
        return None
    template, values = "Allow the work to start at {start:time}.", {"start": case.start}
    return _fix(case, "allow-earlier", 25, template, dict(values), earliest=case.start)


def hand_over(case: Case) -> Fix | None:
    """The rest of longer work done by another crew than the one that has its other parts."""
    bound = case.job.bound
    values: dict[str, Value] = {"crew": case.shift.crew, "other": bound.crew if bound else ""}
    return _fix(case, "hand-over", 25, "Let {other} hand the work over to {crew}.", values, bound=None)


def bring_materials(case: Case) -> Fix | None:
    template, values = "Have the materials on hand by {start:time}.", {"start": case.start}
    return _fix(case, "bring-materials", 50, template, dict(values), materials_at=case.start)


def finish_first(case: Case) -> Fix | None:
    """One prerequisite finished in time, or the ring opened in which the work waits for itself."""
    if case.job.ring:
        return _open_ring(case)
    late = next(one for one in case.job.prerequisites if one.done is None or one.done > case.start)
    template = "Plan {number} to be finished by {start:time}."
    values: dict[str, Value] = {"number": late.number, "start": case.start}
    changed = tuple(replace(p, done=case.start) if p is late else p for p in case.job.prerequisites)
    return _fix(case, "finish-first", 45, template, values, prerequisites=changed)


def _open_ring(case: Case) -> Fix:
    number, after = case.job.ring[0], case.job.ring[1 % len(case.job.ring)]
    left = tuple(one for one in case.job.prerequisites if one.number != after)
    values: dict[str, Value] = {"number": number, "after": after}
    template = "Let {number} no longer wait for {after}."
    return _fix(case, "open-ring", 15, template, values, prerequisites=left, ring=())
