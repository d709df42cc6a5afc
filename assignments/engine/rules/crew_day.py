"""Hard rules about the crew's day: its shift, its other work, where it may go and with what."""

from __future__ import annotations

from collections.abc import Hashable

from assignments.engine.domain.problem import Commitment, CrewShift, Job, PriorityClass, RuleData, Window
from assignments.engine.domain.wording import Value, listed
from assignments.engine.rules.case import Case, overlaps
from assignments.engine.rules.staffing import Broken


def is_on_hand(shift: CrewShift, code: str, work: Window) -> bool:
    """Whether the crew has one piece of the equipment in service for the whole work."""
    return any(
        not any(overlaps(window, work) for window in item.out_of_service)
        for item in shift.equipment
        if item.code == code
    )


def check_equipment(case: Case) -> Broken | None:
    missing = sorted(code for code in case.job.equipment if not is_on_hand(case.shift, code, case.work))
    if not missing:
        return None
    broken = [code for code in missing if any(item.code == code for item in case.shift.equipment)]
    if broken:
        template = "{crew} cannot use its {code}, out of service between {start:time} and {end:time}."
        return template, {"code": listed(broken), "crew": case.shift.crew, "start": case.start, "end": case.end}
    return "{crew} has no {code}.", {"crew": case.shift.crew, "code": " or ".join(missing)}


def check_territory(case: Case) -> Broken | None:
    if case.job.territory in case.shift.territories:
        return None
    return "{crew} does not work in {territory}.", {"crew": case.shift.crew, "territory": case.job.territory}


def is_emergency(job: Job) -> bool:
    return job.priority is PriorityClass.EMERGENCY


def takes(emergency: Hashable, shift: CrewShift) -> bool:
    """Whether the shift takes work that is, or is not, an emergency."""
    return bool(emergency) or not shift.on_call


def check_on_call(case: Case) -> Broken | None:
    if not case.shift.on_call or case.job.priority is PriorityClass.EMERGENCY:
        return None
    return "{crew} is on call and takes emergencies only.", {"crew": case.shift.crew}


def latest_return(shift: CrewShift, rules: RuleData) -> int:
    """When the crew must be back at its base."""
    return shift.window.end + rules.max_overtime


def back(case: Case) -> int:
    """When the work, and the drive to the base if it is the last of the shift, is over."""
    return case.end + (case.drive_out if case.after is None else 0)


def out(case: Case) -> int:
    """When the shift must have begun for the work: its start, or the drive from the base if it is the first."""
    return case.leaves if case.before is None else case.start


def check_shift(case: Case) -> Broken | None:
    window = case.shift.window
    if out(case) < window.start:
        template = "{crew} starts at {from:time}; to begin at {start:time} it would leave its base at {out:time}."
        return template, {"crew": case.shift.crew, "from": window.start, "start": case.start, "out": out(case)}
    if back(case) > latest_return(case.shift, case.rules):
        template = "{crew} ends at {until:time}; work until {end:time} brings it back at {back:time}."
        return template, {"crew": case.shift.crew, "until": window.end, "end": case.end, "back": back(case)}
    return None


def in_the_way(case: Case) -> Commitment | None:
    """The first other work that is under way at the same time, or too near to drive from or to."""
    before, after = case.before, case.after
    at_once = [other for other in case.commitments if overlaps(other.window, case.work)]
    if at_once:
        return at_once[0]
    if before is not None and before.window.end + case.drive_in > case.start:
        return before
    if after is not None and case.end + case.drive_out > after.window.start:
        return after
    return None


def check_overlap(case: Case) -> Broken | None:
    """No two jobs at once, and time to drive from the job before and to the job after."""
    other = in_the_way(case)
    if other is None:
        return None
    values: dict[str, Value] = {"crew": case.shift.crew, "number": other.number}
    values |= {"from": other.window.start, "until": other.window.end}
    if overlaps(other.window, case.work):
        return "{crew} works on {number} from {from:time} to {until:time}.", values
    if other is case.before:
        template = "{crew} finishes {number} at {until:time} and needs {drive:duration} to drive from there."
        return template, values | {"drive": case.drive_in}
    template = "{crew} starts {number} at {from:time} and needs {drive:duration} to drive there."
    return template, values | {"drive": case.drive_out}
