"""People who are in two crews on duty: what is planned with the one keeps them from the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assignments.engine.domain.problem import Booking, Commitment, CrewShift, Member, Window

Work = Mapping[int, Sequence[Commitment]]
"""By shift."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One person in the crews of two shifts."""

    shift: CrewShift
    other: CrewShift
    here: Member
    """As the crew of `shift` has them: absent while they are not of that crew."""
    there: Member


def is_there(member: Member, work: Window) -> bool:
    """Whether the person is with the crew during the work; one who is away for a part of it is not."""
    return not any(away.start < work.end and work.start < away.end for away in member.absences)


def shared(shifts: Sequence[CrewShift]) -> list[Shared]:
    """Each person of two of the shifts, which are of different crews; once from each side."""
    holding: dict[int, list[tuple[CrewShift, Member]]] = defaultdict(list)
    for shift in shifts:
        for member in shift.members:
            holding[member.id].append((shift, member))
    return [
        Shared(shift, other, here, there)
        for found in holding.values()
        for shift, here in found
        for other, there in found
        if shift.crew_id != other.crew_id
    ]


def told(shifts: Sequence[CrewShift], work: Work) -> tuple[CrewShift, ...]:
    """The shifts, whose people are booked by this work as well where it is another crew's of theirs."""
    booked: dict[tuple[int, int], list[Booking]] = defaultdict(list)
    for one in shared(shifts) if any(work.values()) else ():
        booked[one.shift.id, one.here.id] += [
            booking(c, one.other) for c in work.get(one.other.id, ()) if is_there(one.there, c.window)
        ]
    touched = {shift_id for (shift_id, _), found in booked.items() if found}
    return tuple(_booked(shift, booked) if shift.id in touched else shift for shift in shifts)


def booking(work: Commitment, shift: CrewShift) -> Booking:
    """Work of the shift, as a person of another crew meets it."""
    return Booking(work.job_id, work.number, shift.crew, work.window, work.place)


def beside(shifts: Sequence[CrewShift], work: Work) -> tuple[CrewShift, ...]:
    """The shifts with this work among their commitments, and among what their people are booked for elsewhere."""
    return tuple(with_work(shift, work.get(shift.id, ())) for shift in told(shifts, work))


def with_work(shift: CrewShift, work: Iterable[Commitment]) -> CrewShift:
    """The shift with this work among its commitments."""
    every = sorted((*shift.commitments, *work), key=lambda c: (c.window.start, c.job_id))
    return replace(shift, commitments=tuple(every)) if len(every) > len(shift.commitments) else shift


def _booked(shift: CrewShift, booked: Mapping[tuple[int, int], Sequence[Booking]]) -> CrewShift:
    members = tuple(replace(m, booked=(*m.booked, *booked.get((shift.id, m.id), ()))) for m in shift.members)
    return replace(shift, members=members)
