"""Accounts of a drill: each record of a page against the log, each decision and write-back against the books."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.drill import boards, managers

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
NEVER_TOLD = "access.changed"


@dataclass(frozen=True)
class Log:
    """Events of each channel in their order, and when each was committed."""

    positions: dict[str, Ints]
    committed: dict[int, float]

    def of(self, channels: Iterable[str]) -> Ints:
        """Positions of the events on any of them."""
        found = [self.positions[one] for one in channels if one in self.positions]
        return np.unique(np.concatenate(found)) if found else np.array([], dtype=np.int64)


def read_log() -> Log:
    """On SQLite, which keeps no times of commits, those at which the transactions began."""
    from django.db import connection
    from django.db.models import DateTimeField
    from django.db.models.expressions import RawSQL

    from notifications.models import Event

    at = "pg_xact_commit_timestamp(xmin)" if connection.vendor == "postgresql" else "created_at"
    rows = Event.objects.filter(position__isnull=False).exclude(type=NEVER_TOLD).order_by("position")
    committed = rows.annotate(committed=RawSQL(at, (), output_field=DateTimeField()))
    found = committed.values_list("position", "channel", "committed")
    by_channel: dict[str, list[int]] = defaultdict(list)
    times: dict[int, float] = {}
    for position, channel, moment in found:
        assert position is not None
        times[position] = moment.timestamp()
        by_channel[channel].append(position)
    positions = {channel: np.array(ours, dtype=np.int64) for channel, ours in by_channel.items()}
    return Log(positions, times)


@dataclass
class Told:
    """All pages together."""

    deliveries: int = 0
    lost: int = 0
    invented: int = 0
    doubled: int = 0
    disordered: int = 0
    outstanding: int = 0
    stopped: int = 0
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Ends:
    """Moments of the end: managers rest, and pages are closed later."""

    rested_at: float
    closed_at: float
    patience: float
    """Seconds behind its commit within which an event must be on every page."""


def told(log: Log, records: Sequence[boards.Record], ends: Ends) -> Told:
    """`outstanding` are the events of the time before the rest that a page had later than `patience` after it."""
    found = Told()
    known: dict[tuple[str, ...], Ints] = {}
    for record in records:
        expected = known.setdefault(record.channels, log.of(record.channels))
        found.doubled += record.doubled
        found.disordered += record.disordered
        found.resets += record.resets
        found.stopped += bool(record.stopped)
        for number, stretch in enumerate(record.stretches):
            _compare(found, log, stretch, expected, ends if number == len(record.stretches) - 1 else None)
    return found


def _compare(found: Told, log: Log, stretch: boards.Stretch, expected: Ints, ends: Ends | None) -> None:
    """`ends` is of a page's last stretch: one that was opened again has asked for what it did not hear of."""
    had = np.array(stretch.positions, dtype=np.int64)
    until = had[-1] if len(had) else stretch.begins
    due = expected[(expected > stretch.begins) & (expected <= until)]
    if ends:
        behind = expected[expected > max(until, stretch.begins)]
        closed = ends.closed_at - ends.patience
        due = np.concatenate([due, _before(log, behind, closed)])
        in_time = had[np.array(stretch.arrivals) <= ends.rested_at + ends.patience]
        found.outstanding += len(np.setdiff1d(_before(log, due, ends.rested_at), in_time))
    found.deliveries += len(had)
    found.lost += len(np.setdiff1d(due, had))
    found.invented += len(np.setdiff1d(had, expected))


def _before(log: Log, positions: Ints, moment: float) -> Ints:
    """Positions of the events that were committed by then."""
    return np.array([one for one in positions if log.committed[int(one)] < moment], dtype=np.int64)


def delays(log: Log, records: Sequence[boards.Record], windows: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Seconds from commit to page, of each event and of each news of a page, where no window lies in between.

    News are as late as the newest event that they show.
    """
    events: list[Floats] = []
    news: list[Floats] = []
    known: dict[tuple[str, ...], tuple[Ints, Floats]] = {}
    for record in records:
        if record.channels not in known:
            positions = log.of(record.channels)
            known[record.channels] = positions, np.array([log.committed[int(one)] for one in positions])
        positions, committed = known[record.channels]
        for stretch in record.stretches:
            events.append(_delays(positions, committed, stretch.positions, stretch.arrivals, windows))
            news.append(_delays(positions, committed, stretch.through, stretch.shown, windows))
    return np.concatenate(events or [np.array([])]), np.concatenate(news or [np.array([])])


def _delays(
    positions: Ints, committed: Floats, told_of: Any, at: Any, windows: Sequence[tuple[float, float]]
) -> Floats:
    if not len(told_of) or not len(positions):
        return np.array([])
    places = np.searchsorted(positions, np.array(told_of, dtype=np.int64), side="right") - 1
    arrivals = np.array(at, dtype=np.float64)[places >= 0]
    begun = committed[places[places >= 0]]
    calm = np.ones(len(begun), dtype=bool)
    for start, end in windows:
        calm &= (begun > end) | (arrivals < start)
    found: Floats = (arrivals - begun)[calm]
    return found


def booked_twice() -> tuple[int, int]:
    """Pairs of live assignments of one crew that overlap, and of one part of one order."""
    from assignments import models

    overlaps = 0
    by_crew: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
    parts: Counter[tuple[int, int]] = Counter()
    live = models.Assignment.objects.live()
    for crew, departs, ends, order, part in live.values_list("crew", "departs_at", "ends_at", "order", "part"):
        by_crew[crew].append((departs, ends))
        parts[order, part] += 1
    for taken in by_crew.values():
        taken.sort()
        overlaps += sum(before[1] > after[0] for before, after in itertools.pairwise(taken))
    return overlaps, sum(count - 1 for count in parts.values())


def runs_failed() -> int:
    from assignments import models

    failed: int = models.SuggestionRun.objects.filter(status="FAILED").count()
    return failed


def decisions(people: Sequence[managers.Done]) -> tuple[int, int]:
    """Confirmed decisions that the record does not have, and entries of it that nobody was answered or cut off from."""
    from assignments import models

    verbs = set(managers.VERBS.values())
    names = [one.name for one in people]
    entries = models.AuditEntry.objects.filter(verb__in=verbs, actor__username__in=names)
    recorded = Counter(entries.order_by().values_list("actor__username", "verb", "order"))
    confirmed: Counter[tuple[str, str, int]] = Counter()
    unanswered: Counter[tuple[str, str]] = Counter()
    for one in people:
        name = one.name
        for act in one.acts:
            verb = managers.VERBS.get(act.kind)
            if verb and act.status == 200:
                confirmed[name, verb, act.order] += 1
            elif verb and (act.status == 0 or act.status >= 500):
                unanswered[name, verb] += 1
    lost = sum((confirmed - recorded).values())
    beyond: Counter[tuple[str, str]] = Counter()
    for (name, verb, _), count in (recorded - confirmed).items():
        beyond[name, verb] += count
    return lost, sum((beyond - unanswered).values())


@dataclass
class Books:
    """Write-backs against what the systems were told, and what they show now."""

    told: int = 0
    open: int = 0
    """Neither taken nor given up."""
    dead: int = 0
    missing: int = 0
    doubled: int = 0
    different: int = 0
    apart: int = 0
    """Bookings that only one side has, or that differ."""


def books(place: Path) -> Books:
    from assignments import models
    from assignments.downstream.outbound import BookingMessage

    found = Books()
    decided = models.WriteBack.objects.exclude(action="ETR").select_related("target")
    found.open = models.WriteBack.objects.open().count()
    found.dead = decided.filter(status="DEAD").count()
    told = {target.code: _told(place, target.code) for target in models.DownstreamSystem.objects.filter(is_target=True)}
    keys: dict[str, set[str]] = defaultdict(set)
    for one in decided.iterator():
        key, book = str(one.idempotency_key), told[one.target.code]
        keys[one.target.code].add(key)
        found.told += key in book
        if one.status == "ACKNOWLEDGED" and key not in book:
            found.missing += 1
        elif key in book and BookingMessage.model_validate(one.payload).model_dump(mode="json") != book[key]:
            found.different += 1
    for code, book in told.items():
        found.doubled += len(book.keys() - keys[code])
        said = Counter((body["assignment"], body["action"], body["pinned"], body["sequence"]) for body in book.values())
        found.doubled += sum(count - 1 for count in said.values())
        found.apart += _apart(book)
    return found


def _told(place: Path, system: str) -> dict[str, dict[str, Any]]:
    """Bodies by key, in the order in which the system took them."""
    with sqlite3.connect(place / f"{system}.sqlite3") as store:
        rows = store.execute("SELECT key, body FROM bookings ORDER BY number").fetchall()
    return {key: json.loads(body) for key, body in rows}


def _apart(book: dict[str, dict[str, Any]]) -> int:
    """Assignments that stand by what the system was told, against ours."""
    from assignments import models

    theirs: dict[str, tuple[str, str, str]] = {}
    for body in book.values():
        period = body["period"]
        if body["action"] == "REVOKE":
            theirs.pop(body["assignment"], None)
        else:
            theirs[body["assignment"]] = (body["crew"], _moment(period["start"]), _moment(period["end"]))
    standing = models.Assignment.objects.exclude(status__in=["REVOKED", "REASSIGNED"]).leads()
    told = standing.filter(write_backs__isnull=False).select_related("crew").distinct()
    ours = {
        str(one.pk): (one.crew.source_reference, one.starts_at.isoformat(), one.ends_at.isoformat()) for one in told
    }
    return sum(theirs.get(pk) != ours.get(pk) for pk in theirs.keys() | ours.keys())


def _moment(text: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).astimezone(UTC).isoformat()
