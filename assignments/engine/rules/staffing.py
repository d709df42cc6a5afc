"""Hard rules about the people of a crew, looked at one by one on the day of the work.

Absence and rest do not condemn a crew of themselves: the crew goes on without the person, and is legal as long as those
who are left are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assignments.engine.domain.problem import CrewShift, Job, Level, Member, QualificationNeed, RuleData, Window
from assignments.engine.domain.wording import Value, listed
from assignments.engine.rules.case import Case, overlaps
from assignments.engine.rules.standing import Heads, Presence

DAY = 24 * 3600

Broken = tuple[str, dict[str, Value]]
"""A sentence's template and values."""


def merged(windows: Sequence[Window]) -> list[Window]:
    """The same seconds as disjoint windows in order of time; touching windows become one."""
    result: list[Window] = []
    for window in sorted(windows):
        if result and window.start <= result[-1].end:
            result[-1] = Window(result[-1].start, max(result[-1].end, window.end))
        else:
            result.append(window)
    return result


def worked_within(duty: Sequence[Window], since: int, until: int) -> int:
    """Seconds of disjoint windows that lie between the two times."""
    return sum(max(0, min(w.end, until) - max(w.start, since)) for w in duty)


def worked_before(member: Member, shift: CrewShift) -> int:
    """Seconds the member worked in the 24 hours before the shift."""
    return worked_within(merged(member.worked), shift.window.start - DAY, shift.window.start)


def is_rested(member: Member, shift: CrewShift, work: Window, on_call_work: int, rules: RuleData) -> bool:
    """Whether the member may work until `work.end`.

    On an ordinary shift a member is on duty from the shift's start, or from the start of work that comes before it, but
    for the breaks that are not paid. At no time may the last 24 hours hold more than `max_work_in_24h` of duty, nor may
    duty without a break of `min_rest` between add up to more than that. On-call hours are no duty until called: there
    the work of the 24 hours before the shift, this work and `on_call_work` (seconds of other work on the shift) are
    added up.
    """
    today, since = work.end - shift.window.start, work.end - DAY
    if not shift.on_call and today > 0 and all(w.end + rules.min_rest <= shift.window.start for w in member.worked):
        # The usual night between: duty that overlaps, counted twice, is only too much.
        lately = sum(w.end - max(w.start, since) for w in member.worked if w.end > since)
        if max(today, min(today, DAY) + lately) <= rules.max_work_in_24h:
            return True
    if shift.on_call:
        return worked_before(member, shift) + on_call_work + work.end - work.start <= rules.max_work_in_24h
    duty = on_duty(shift, min(shift.window.start, work.start), work.end, rules)
    # Duty is longest where it ends, or where a break begins that is none.
    return all(_is_within_limits(member, duty[:number], rules) for number in range(len(duty), 0, -1))


def _is_within_limits(member: Member, today: Sequence[Window], rules: RuleData) -> bool:
    end = today[-1].end
    before = [Window(w.start, min(w.end, end)) for w in member.worked if w.start < end]
    if not before:
        return sum(w.end - w.start for w in today) <= rules.max_work_in_24h
    duty = merged([*before, *today])
    if worked_within(duty, end - DAY, end) > rules.max_work_in_24h:
        return False
    spell, later_start = 0, end
    for period in reversed(duty):
        if later_start - period.end >= rules.min_rest:
            break
        spell, later_start = spell + period.end - period.start, period.start
    return spell <= rules.max_work_in_24h


def on_duty(shift: CrewShift, start: int, end: int, rules: RuleData) -> list[Window]:
    """Duty on an ordinary shift between the two times, without the breaks that are not paid.

    Nobody knows yet when they will be taken, so each counts as begun at its latest time: duty never shrinks when work
    goes on for longer.
    """
    found, begin = [], start
    for one in rules.breaks_of(shift) if rules.breaks else ():
        away = shift.window.start + one.latest
        if not one.paid and away < end:
            found.append(Window(begin, max(begin, away)))
            begin = max(begin, min(away + one.length, end))
    return [window for window in (*found, Window(begin, end)) if window.start < window.end]


def heads(case: Case, code: str | None, level: Level = Level.APPRENTICE) -> Heads:
    """The members who hold `code` at `level` or above; every member when `code` is None."""
    if (code, level) not in case.counted:
        case.counted[code, level] = _heads(case, code, level)
    return case.counted[code, level]


def _heads(case: Case, code: str | None, level: Level) -> Heads:
    holding, valid, absent, tired, available = [], [], [], [], []
    start, end = case.start, case.end
    for member, is_absent, is_tired in _standing(case):
        is_holding = is_valid = code is None
        for held in member.qualifications if code is not None else ():
            if held.code == code and held.level >= level:
                is_holding = True
                is_valid = is_valid or (held.issued <= start and end <= held.expires)
        if is_holding:
            holding.append(member)
        if is_valid:
            valid.append(member)
            if is_absent:
                absent.append(member)
            if is_tired:
                tired.append(member)
            if not is_absent and not is_tired:
                available.append(member)
    return Heads(tuple(holding), tuple(valid), tuple(absent), tuple(tired), tuple(available))


def called_for(case: Case) -> int:
    """Seconds of the other work of an on-call shift, whose duty is the work itself; 0 on an ordinary shift."""
    return sum(c.window.end - c.window.start for c in case.commitments) if case.shift.on_call else 0


def _standing(case: Case) -> list[Presence]:
    if not case.standing:
        work, shift, rules = case.work, case.shift, case.rules
        on_call_work = called_for(case)
        for member in shift.members:
            is_absent = bool(member.absences) and any(overlaps(window, work) for window in member.absences)
            is_tired = not is_rested(member, shift, work, on_call_work, rules)
            case.standing.append((member, is_absent, is_tired))
    return case.standing


def is_two_person(job: Job, rules: RuleData) -> bool:
    """Whether the law wants two qualified people."""
    exempt = job.kind in rules.two_person_exempt_kinds
    return job.energised and job.voltage > rules.two_person_volts and not exempt


def names(members: Sequence[Member]) -> str:
    """The names as the subject of a sentence, whose verb must suit one person and several alike."""
    return listed([member.name for member in members])


def needs(case: Case) -> Iterator[tuple[QualificationNeed, Heads]]:
    """Each need of the job with who counts towards it."""
    for need in case.job.needs:
        yield need, heads(case, need.code, need.level)


def check_qualification(case: Case) -> Broken | None:
    lacking = [need for need, who in needs(case) if not who.holding]
    if not lacking:
        return None
    wanted = ", ".join(f"{need.code} at level {need.level.name.lower()}" for need in lacking)
    return "Nobody in {crew} holds {wanted}.", {"crew": case.shift.crew, "wanted": wanted}


def check_people(case: Case) -> Broken | None:
    for need, who in needs(case):
        if 0 < len(who.holding) < need.people:
            template = "{people} people must hold {code} at level {level}; {crew} has {holding}: {names}."
            return template, {
                "people": need.people,
                "code": need.code,
                "level": need.level.name.lower(),
                "crew": case.shift.crew,
                "holding": len(who.holding),
                "names": names(who.holding),
            }
    return None


def check_expiry(case: Case) -> Broken | None:
    for need, who in needs(case):
        if len(who.valid) < need.people <= len(who.holding):
            lapsed = [member for member in who.holding if member not in who.valid]
            template = "{code} of {names} is not valid for the whole work, {start:time} to {end:time}."
            return template, {"code": need.code, "names": names(lapsed), "start": case.start, "end": case.end}
    return None


def check_two_person(case: Case) -> Broken | None:
    if not is_two_person(case.job, case.rules):
        return None
    code = case.rules.two_person_qualification
    who = heads(case, code)
    if len(who.available) >= 2:
        return None
    template = (
        "Energised work at {volts}\N{NO-BREAK SPACE}V needs two people qualified in {code}; "
        "{crew} has {count} for all of it."
    )
    return template, {"volts": case.job.voltage, "code": code, "crew": case.shift.crew, "count": len(who.available)}


def check_crew_size(case: Case) -> Broken | None:
    """Too few people, on paper or because of those who are away."""
    people = len(case.shift.members)
    who = heads(case, None)
    present = people - len(who.absent)
    if present >= case.job.crew_size:
        return None
    values: dict[str, Value] = {"size": case.job.crew_size, "crew": case.shift.crew, "people": people}
    if not who.absent:
        return "The job needs {size} people; {crew} has {people}.", values
    template = (
        "{names} will be away between {start:time} and {end:time}; the job needs {size} people, {people} can come."
    )
    return template, values | {"people": present, "names": names(who.absent), "start": case.start, "end": case.end}


def _short(case: Case) -> Iterator[tuple[str, int, Heads]]:
    # Enough people on paper, too few once the absent and the tired are taken away.
    for need, who in needs(case):
        if len(who.available) < need.people <= len(who.valid):
            yield need.code, need.people, who


def check_absence(case: Case) -> Broken | None:
    for what, people, who in _short(case):
        if who.absent:
            template = (
                "{names} will be away between {start:time} and {end:time}; {what} needs {people}, {available} can come."
            )
            return template, {
                "names": names(who.absent),
                "start": case.start,
                "end": case.end,
                "what": what,
                "people": people,
                "available": len(who.available),
            }
    return None


def check_rest(case: Case) -> Broken | None:
    everybody = heads(case, None)
    size = case.job.crew_size
    short = [("the crew size", size, everybody)] if len(everybody.available) < size <= len(everybody.valid) else []
    for what, people, who in [*short, *_short(case)]:
        if who.tired:
            template = (
                "{names} would pass {limit:duration} of duty without {rest:duration} of rest by {end:time}; "
                "{what} needs {people}, {available} can come."
            )
            return template, {
                "names": names(who.tired),
                "limit": case.rules.max_work_in_24h,
                "rest": case.rules.min_rest,
                "end": case.end,
                "what": what,
                "people": people,
                "available": len(who.available),
            }
    return None
