"""Emergency page: crews by arrival, the work each would displace, and the changes that accepting one would make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from assignments import models
from assignments.engine.domain import wording
from assignments.engine.emergencies import arrivals
from assignments.presenters.shared import states, words
from assignments.queries import days
from assignments.services import emergencies

SHOWN = 8
"""Crews that are shown at once; the others are a click away."""
_KEPT = words.Mark("none", "minus", "Stays")
_NEW = words.Mark("info", "siren", "Emergency")
_LATER = words.Mark("pending", "clock", "Later")
_AWAY = words.Mark("pending", "swap", "Leaves")
_COMES = words.Mark("pending", "swap", "Comes")
_GIVEN_UP = words.Mark("bad", "alert", "Needs a new crew")


@dataclass(frozen=True, slots=True)
class Displaced:
    """One job that gives way."""

    number: str
    title: str
    priority: words.Mark
    was: words.Span
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Way:
    """One choice of a crew."""

    shift: int
    moves: int
    fingerprint: str
    arrives: words.ShownTime
    relative: str
    leaves: words.ShownTime
    done: words.ShownTime
    travel: str
    tentative: bool
    displaced: tuple[Displaced, ...]
    summary: str
    """The displaced work, in one sentence."""
    driving: str
    """Change of all crews' driving together."""


@dataclass(frozen=True, slots=True)
class CrewWays:
    rank: int
    crew: str
    hours: words.Span
    on_call: bool
    ways: tuple[Way, ...]
    """The first to be there first."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """A line of a crew's day before and after."""

    number: str
    title: str
    mark: words.Mark
    before: words.Span | None
    after: words.Span | None
    drive_before: str
    drive_after: str


@dataclass(frozen=True, slots=True)
class LaneChange:
    crew: str
    hours: words.Span
    stops: tuple[DayLine, ...]


def crews(found: emergencies.Offers, *, now: datetime) -> list[CrewWays]:
    """Each crew that may do it, by when it could be there first."""
    by_shift: dict[int, list[emergencies.Offer]] = {}
    for offer in found.offers:
        by_shift.setdefault(offer.choice.shift_id, []).append(offer)
    return [_crew(found, rank, shift, offers, now) for rank, (shift, offers) in enumerate(by_shift.items(), start=1)]


def _crew(
    found: emergencies.Offers, rank: int, shift_id: int, offers: Sequence[emergencies.Offer], now: datetime
) -> CrewWays:
    shift = found.snapshot.shifts[shift_id]
    return CrewWays(
        rank=rank,
        crew=shift.crew.name,
        hours=words.span(shift.starts_at, shift.ends_at, found.snapshot.zone, _day(found)),
        on_call=shift.on_call,
        ways=tuple(way(found, offer, now=now) for offer in offers),
    )


def way(found: emergencies.Offers, offer: emergencies.Offer, *, now: datetime) -> Way:
    choice, snapshot, day = offer.choice, found.snapshot, _day(found)

    def moment(seconds: int) -> words.ShownTime:
        return words.moment(snapshot.at(seconds), snapshot.zone, day)

    return Way(
        shift=choice.shift_id,
        moves=len(choice.moves),
        fingerprint=offer.fingerprint,
        arrives=moment(choice.start),
        relative=words.relative(snapshot.at(choice.start), now),
        leaves=moment(choice.depart),
        done=moment(choice.end),
        travel=words.length(choice.travel // 60),
        tentative=choice.tentative,
        displaced=tuple(_displaced(found, move) for move in choice.moves),
        summary=summary(choice),
        driving=_driving(choice.added_drive // 60),
    )


def summary(choice: arrivals.EmergencyChoice) -> str:
    """The displaced work, in one sentence."""
    if not choice.moves:
        return "Nothing has to give way."
    moved = len(choice.moves) - choice.given_up
    parts = [f"{words.count(moved, 'job')} {'moves' if moved == 1 else 'move'}"] if moved else []
    if choice.given_up:
        verb = "needs" if choice.given_up == 1 else "need"
        parts.append(f"{words.count(choice.given_up, 'job')} {verb} a new crew")
    return f"{wording.listed(parts)}."


def _driving(minutes: int) -> str:
    if not minutes:
        return "No more driving than before."
    return f"{words.length(abs(minutes))} {'more' if minutes > 0 else 'less'} driving in all."


def _displaced(found: emergencies.Offers, move: arrivals.Move) -> Displaced:
    order = found.snapshot.orders[move.job_id]
    text, tone = _destination(found, move)
    return Displaced(
        order.number, order.title, states.of_priority(order), _span(found, move.start, move.end), text, tone
    )


def _destination(found: emergencies.Offers, move: arrivals.Move) -> tuple[str, str]:
    if move.to_shift is None:
        return "needs a new crew: the rules allow it nowhere else today or tomorrow", "bad"
    at = words.moment(found.snapshot.at(move.to_start), found.snapshot.zone, _day(found)).text
    late = ", after it is due" if move.late else ""
    late += ", tentatively" if move.tentative else ""
    tone = "bad" if move.late else "pending"
    if move.to_shift == move.from_shift:
        return f"{words.length((move.to_start - move.start) // 60)} later, at {at}{late}", tone
    return f"to {found.snapshot.shifts[move.to_shift].crew.name} at {at}{late}", tone


def lanes(found: emergencies.Offers, choice: arrivals.EmergencyChoice) -> list[LaneChange]:
    """Every crew whose day changes, stop by stop, before and after."""
    return [
        LaneChange(
            crew=(shift := found.snapshot.shifts[lane.shift_id]).crew.name,
            hours=words.span(shift.starts_at, shift.ends_at, found.snapshot.zone, _day(found)),
            stops=tuple(_stops(found, choice, lane)),
        )
        for lane in choice.lanes
    ]


def _stops(
    found: emergencies.Offers, choice: arrivals.EmergencyChoice, lane: arrivals.ChangedShift
) -> Iterator[DayLine]:
    before, after = ({one.job_id: one for one in visits} for visits in (lane.before, lane.after))
    given_up = {move.job_id for move in choice.moves if move.is_given_up}
    ids = {**before, **after}
    for job_id in sorted(ids, key=lambda one: (after.get(one, before.get(one, ids[one])).start, one)):
        was, becomes = before.get(job_id), after.get(job_id)
        order = found.snapshot.orders.get(job_id)
        yield DayLine(
            number=ids[job_id].number,
            title=order.title if order else "",
            mark=_mark(job_id == choice.job_id, was, becomes, gone=job_id in given_up),
            before=_span(found, was.start, was.end) if was else None,
            after=_span(found, becomes.start, becomes.end) if becomes else None,
            drive_before=words.length(was.drive // 60) if was else "",
            drive_after=words.length(becomes.drive // 60) if becomes else "",
        )


def _mark(
    is_emergency: bool, was: arrivals.DayStop | None, becomes: arrivals.DayStop | None, *, gone: bool
) -> words.Mark:
    if is_emergency:
        return _NEW
    if becomes is None:
        return _GIVEN_UP if gone else _AWAY
    if was is None:
        return _COMES
    return _KEPT if was.start == becomes.start else _LATER


def accepted(done: emergencies.Accepted) -> str:
    """The accepted changes, in one sentence or three."""
    assignment = done.assignment
    zone = assignment.order.district.zone
    at = words.moment(assignment.starts_at, zone, days.local_day(assignment.approved_at, zone)).text
    said = [f"{assignment.crew.name} goes to {assignment.order.number} and is there at {at}."]
    if done.moved:
        verb = "was" if len(done.moved) == 1 else "were"
        said.append(f"{words.count(len(done.moved), 'job')} {verb} moved.")
    if done.given_up:
        numbers = wording.listed([one.order.number for one in done.given_up])
        said.append(f"{numbers} {'needs' if len(done.given_up) == 1 else 'need'} a new crew.")
    return " ".join(said)


def holds_until(found: emergencies.Offers) -> words.ShownTime:
    """Until when what is shown can be accepted."""
    return words.moment(found.seen_at + emergencies.DECIDING, found.snapshot.zone, _day(found))


def _span(found: emergencies.Offers, start: int, end: int) -> words.Span:
    snapshot = found.snapshot
    return words.span(snapshot.at(start), snapshot.at(end), snapshot.zone, _day(found))


def _day(found: emergencies.Offers) -> date:
    return days.local_day(found.seen_at, found.snapshot.zone)


def is_for(order: models.WorkOrder, assignment: models.Assignment | None) -> bool:
    """Whether the order is one for which approved work may give way, and still has no crew."""
    return assignment is None and order.is_assignable and order.urgency_in_force in emergencies.RUSHED
