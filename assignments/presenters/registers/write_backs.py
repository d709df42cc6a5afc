"""Messages to the connected systems: how many each has taken, and one by one what it answered."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.shared import away, states, words
from assignments.presenters.shared.pages import Tab
from assignments.queries import days, deliveries
from assignments.services.records import refusals

_TABS = {
    "dead": "Needs you",
    "failed": "Will retry",
    "pending": "On its way",
    "acknowledged": "Received",
    "compensated": "Taken back",
    "written-off": "Written off",
}
_TONES = {"dead": "bad", "failed": "pending", "pending": "pending", "acknowledged": "ok"}
"""None of the others."""
_ICONS = {
    "dead": "alert", "failed": "retry", "pending": "clock", "acknowledged": "check", "compensated": "undo",
    "written-off": "minus",
}  # fmt: skip

_NAMED = 40
"""Orders that one sentence names; a manager reads no more."""

Status = models.WriteBack.Status


@dataclass(frozen=True, slots=True)
class StateCount:
    state: str
    mark: words.Mark
    count: int


@dataclass(frozen=True, slots=True)
class Target:
    """One system with how much it has taken and not taken."""

    code: str
    name: str
    is_enabled: bool
    away: away.AwaySystem | None
    """None while it takes decisions, or is disabled."""
    waiting: int
    dead: int
    states: tuple[StateCount, ...]


@dataclass(frozen=True, slots=True)
class When:
    """The last or the next step of the write-back, with its time."""

    word: str
    at: words.ShownTime
    relative: str


@dataclass(frozen=True, slots=True)
class WriteBackRow:
    id: int
    order_number: str
    title: str
    crew: str
    action: str
    target: str
    mark: words.Mark
    attempts: int
    last_error: str
    reference: str
    written: words.ShownTime
    when: When
    trace: str
    payload: str
    """Pretty JSON."""
    can_be_retried: bool
    can_be_settled: bool
    """Corrected or written off."""
    written_off: str
    """By whom and why; empty unless it is written off."""


def targets(counts: Iterable[deliveries.TargetCounts], *, district: models.District, now: datetime) -> list[Target]:
    return [
        Target(
            code=one.target.code,
            name=one.target.name,
            is_enabled=one.target.enabled,
            away=_away(one.target, district, now),
            waiting=one.counts["failed"] + one.counts["pending"],
            dead=one.counts["dead"],
            states=tuple(_count(state, one.counts[state]) for state in _TABS),
        )
        for one in counts
    ]


def _count(state: str, number: int) -> StateCount:
    tone = _TONES.get(state, "none") if number else "none"
    return StateCount(state, words.Mark(tone, _ICONS[state], _TABS[state]), number)


def _away(target: models.DownstreamSystem, district: models.District, now: datetime) -> away.AwaySystem | None:
    return away.shown([target], district, now)[0] if target.is_away and target.enabled else None


def tabs(counts: Mapping[str, int], current: str) -> tuple[Tab, ...]:
    """The states with how many decisions have a message in each, to any system; all of them under an empty name."""
    parts = (Tab(state, label, counts[state], state == current) for state, label in _TABS.items())
    return (Tab("", "All", counts[""], not current), *parts)


def rows(found: Iterable[models.WriteBack], *, district: models.District, now: datetime) -> list[WriteBackRow]:
    """The rows as they are listed."""
    zone, today = district.zone, days.today(district, now)
    return [_row(one, zone, today, now) for one in found]


def named(found: Collection[models.WriteBack]) -> str:
    """`assign WO-1, WO-2; revoke WO-3`: which decisions these are about."""
    parts = []
    for action in models.WriteBack.Action:
        numbers = [one.about.number for one in found if one.action == action]
        more = len(numbers) - _NAMED
        shown = [*numbers[:_NAMED], f"{more} more"] if more > 0 else numbers
        if numbers:
            parts.append(f"{action.label.lower()} {wording.listed(shown)}")
    return "; ".join(parts)


def still(one: models.WriteBack) -> str:
    """Reason why it was left alone, in words."""
    return f"{one.get_action_display()} {one.about.number} is {states.of_write_back_status(one.status).word}."


def _row(one: models.WriteBack, zone: ZoneInfo, today: date, now: datetime) -> WriteBackRow:
    order = one.about
    return WriteBackRow(
        id=one.pk,
        order_number=order.number,
        title=order.title,
        crew=one.assignment.crew_names if one.assignment else "",
        action=one.get_action_display(),
        target=one.target.name,
        mark=states.of_write_back_status(one.status),
        attempts=one.attempts,
        last_error=one.last_error,
        reference=one.reference,
        written=words.moment(one.created_at, zone, today),
        when=when(one, zone, today, now),
        # PostgreSQL keeps no sequence of keys.
        trace=one.trace_id,
        payload=json.dumps(one.payload, indent=2, ensure_ascii=False, sort_keys=True),
        can_be_retried=one.status in {Status.DEAD, Status.FAILED},
        can_be_settled=one.status == Status.DEAD,
        written_off=written_off(one),
    )


def written_off(one: models.WriteBack) -> str:
    """By whom and why; empty unless it is written off."""
    by = refusals.person(one.written_off_by) if one.written_off_by else ""
    return f"{by}: {one.written_off_because}" if by and one.status == Status.WRITTEN_OFF else ""


def when(one: models.WriteBack, zone: ZoneInfo, today: date, now: datetime) -> When:
    """The next attempt of what waits for one, else when it was acknowledged or written."""
    if one.status == Status.FAILED:
        word, at = "next attempt" if one.next_attempt_at > now else "due", one.next_attempt_at
    elif one.acknowledged_at:
        word, at = "received", one.acknowledged_at
    elif one.status == Status.WRITTEN_OFF and one.written_off_at:
        word, at = "written off", one.written_off_at
    else:
        word, at = "decided", one.created_at
    return When(word, words.moment(at, zone, today), words.relative(at, now))
