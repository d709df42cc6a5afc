"""Messages to the connected systems by decision: one line for each decision, with every system in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.presenters.registers import write_backs
from assignments.presenters.shared import states, words
from assignments.queries import days, deliveries
from assignments.services.records import refusals

Status = models.WriteBack.Status
_RANKS = {status: rank for rank, statuses in enumerate(deliveries.STATES.values()) for status in statuses}
_OPEN = (Status.DEAD, Status.FAILED, Status.PENDING, Status.SENDING)
_DID = {
    "ASSIGN": "Crew assigned",
    "CONFIRM": "Now firm",
    "REVOKE": "Taken back",
    "PIN": "Pinned or unpinned",
    "ETR": "Customers back",
}


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message to one system."""

    id: int
    target: str
    did: str
    mark: words.Mark
    at: words.ShownTime
    reference: str
    attempts: str


@dataclass(frozen=True, slots=True)
class SentTarget:
    """A system with how it stands with the decision: by its most urgent message, else its last one."""

    name: str
    mark: words.Mark
    when: write_backs.When
    trouble: str
    """Its answer, while it has not taken the message."""
    written_off: str
    retry: int | None
    """Id of the message to be sent again at once."""
    correct: int | None
    did: str


@dataclass(frozen=True, slots=True)
class SentLine:
    key: str
    order_number: str
    title: str
    mark: words.Mark
    """The worst of its systems."""
    decided: words.Mark
    """How the decision stands; what it is about, of restoration times."""
    crew: str
    when: words.Span | None
    by: str
    at: words.ShownTime
    targets: tuple[SentTarget, ...]
    messages: tuple[SentMessage, ...]


def lines(found: Iterable[deliveries.ToldDecision], *, district: models.District, now: datetime) -> list[SentLine]:
    """The lines as they are listed."""
    zone, today = district.zone, days.today(district, now)
    return [_line(one, zone, today, now) for one in found]


def _line(one: deliveries.ToldDecision, zone: ZoneInfo, today: date, now: datetime) -> SentLine:
    order, assignment = one.order, one.assignment
    by, at = _whose(one)
    when = words.span(assignment.starts_at, assignment.ends_at, zone, today) if assignment else None
    worst = min((_standing(messages) for messages in _by_target(one)), key=lambda row: _RANKS[row.status])
    return SentLine(
        key=one.key,
        order_number=order.number,
        title=order.title,
        mark=states.of_write_back_status(worst.status),
        decided=states.of_assignment(assignment) if assignment else words.Mark("none", "bolt", _DID["ETR"]),
        crew=assignment.crew_names if assignment else "",
        when=when,
        by=by,
        at=words.moment(at, zone, today),
        targets=tuple(_target(messages, zone, today, now) for messages in _by_target(one)),
        messages=tuple(_message(row, zone, today) for row in one.messages),
    )


def _whose(one: deliveries.ToldDecision) -> tuple[str, datetime]:
    """The person who decided last, and when; nobody of restoration times, which are reckoned."""
    assignment = one.assignment
    if assignment is None:
        return "", one.messages[-1].created_at
    if assignment.revoked_by and assignment.revoked_at:
        return refusals.person(assignment.revoked_by), assignment.revoked_at
    return refusals.person(assignment.approved_by), assignment.approved_at


def _by_target(one: deliveries.ToldDecision) -> list[list[models.WriteBack]]:
    found: dict[tuple[str, int], list[models.WriteBack]] = {}
    for row in one.messages:
        found.setdefault((row.target.name, row.target_id), []).append(row)
    return [messages for _, messages in sorted(found.items())]


def _standing(messages: Sequence[models.WriteBack]) -> models.WriteBack:
    """The message that says how the system stands with the decision: the most urgent open one, else the last."""
    is_open = [row for row in messages if row.status in _OPEN]
    return min(is_open, key=lambda row: _RANKS[row.status]) if is_open else messages[-1]


def _target(messages: Sequence[models.WriteBack], zone: ZoneInfo, today: date, now: datetime) -> SentTarget:
    row = _standing(messages)
    is_open = row.status in _OPEN
    return SentTarget(
        name=row.target.name,
        mark=states.of_write_back_status(row.status),
        when=write_backs.when(row, zone, today, now),
        trouble=row.last_error if is_open else "",
        written_off=write_backs.written_off(row),
        retry=row.pk if row.status in {Status.DEAD, Status.FAILED} else None,
        correct=row.pk if row.status == Status.DEAD else None,
        did=_DID[row.action],
    )


def _message(row: models.WriteBack, zone: ZoneInfo, today: date) -> SentMessage:
    return SentMessage(
        id=row.pk,
        target=row.target.name,
        did=_DID[row.action],
        mark=states.of_write_back_status(row.status),
        at=words.moment(row.created_at, zone, today),
        reference=row.reference,
        attempts=words.count(row.attempts, "attempt") if row.attempts > 1 else "",
    )
