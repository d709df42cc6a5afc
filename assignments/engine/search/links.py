"""Shifts whose crews share people, as the search's array of links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assignments.engine.domain import sharing
from assignments.engine.domain.problem import CrewShift, Member, RuleData
from assignments.engine.rules import crew_day
from assignments.engine.search.kernel import Ints
from assignments.engine.search.linking import LINK


def between(shifts: Sequence[CrewShift], rules: RuleData, longest_drive: int) -> Ints:
    """The links of all shifts that the drive between their work, at most the longest one, lets meet: by shift where its
    links begin, then the links, then the absences, two numbers each. One array, because each one more slows every step
    of the search."""
    column = {shift.id: at for at, shift in enumerate(shifts)}
    found: list[list[tuple[int, Member, Member]]] = [[] for _ in shifts]
    for one in sharing.shared(shifts):
        ends = [crew_day.latest_return(shift, rules) + longest_drive for shift in (one.shift, one.other)]
        if one.shift.window.start < ends[1] and one.other.window.start < ends[0]:
            found[column[one.shift.id]].append((column[one.other.id], one.here, one.there))
    pointer = [len(shifts) + 1]
    for links_of_one in found:
        pointer.append(pointer[-1] + LINK * len(links_of_one))
    rows: list[int] = []
    away: list[int] = []
    for other, *members in (link for of_one in found for link in of_one):
        rows.append(other)
        for member in members:
            rows.append(pointer[-1] + len(away))
            away += [time for window in member.absences for time in (window.start, window.end)]
            rows.append(pointer[-1] + len(away))
    return np.array([*pointer, *rows, *away], dtype=np.int64)
