"""The hard rule about the crews of a team: nobody can be in two of them."""

from __future__ import annotations

from collections.abc import Sequence

from assignments.engine.domain.problem import CrewShift
from assignments.engine.domain.wording import listed
from assignments.engine.rules.case import Case
from assignments.engine.rules.staffing import Broken


def check_team(case: Case) -> Broken | None:
    """No crew and nobody of it works beside itself."""
    shift = case.shift
    names = sorted({shift.crew for other in case.beside if other.crew_id == shift.crew_id})
    others = [other for other in case.beside if other.crew_id != shift.crew_id]
    busy = {member.id for other in others for member in other.members}
    names += [member.name for member in sorted(shift.members, key=lambda one: one.name) if member.id in busy]
    return ("{names} cannot be two of its crews at once.", {"names": listed(names)}) if names else None


def are_different(shifts: Sequence[CrewShift]) -> bool:
    """Whether no crew and nobody would have to be there twice."""
    people = [member.id for shift in shifts for member in shift.members]
    return len({shift.crew_id for shift in shifts}) == len(shifts) and len(set(people)) == len(people)
