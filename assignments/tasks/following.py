"""Following downstream systems: every source is read at its interval, and what it says is stored as it comes.

One thread reads and writes rows, for all sources in turn; each source is read in threads of its own that touch no
database. So a source that hangs holds up neither the others nor anything else.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from assignments import models
from assignments.downstream import client, tracing
from assignments.queries import sources
from assignments.services import following
from assignments.services.following import closing, fetching, leasing, remarks, storing, waiting
from assignments.tasks import process
from assignments.tasks.in_hand import SourceInHand
from notifications.services import connections

logger = logging.getLogger(__name__)

Kind = models.DownstreamSystem.Kind

LOOK_EVERY, IDLE_EVERY = 1.0, 5.0
"""Seconds between two looks for sources that are due, and while none is read or due soon."""
RENEW_EVERY = leasing.LEASE.total_seconds() / 4
TELL_EVERY = 0.5
"""Seconds between two words on how far a reading is, for people who watch a run."""
TARGET_SECONDS, SIZES, STEP = {"sqlite": 0.12}, (100, 500), 50
"""Seconds for storing a chunk where others wait to write meanwhile, and the numbers of records that it may have for
that. A transaction that is twice as long as meant is still short for somebody who waits for it."""
ELSEWHERE_SECONDS = 1.0
"""The same where others write beside: they wait for the orders of the chunk alone."""
MOST_RETRIED = 1000
"""Records of a collection that are tried again at once, of those that wait for others."""
_TURN_SECONDS = 0.03
"""Of a pause after each chunk, for a manager's decision."""


@functools.cache
def follower() -> SourceFollower:
    """The one of this process."""
    return SourceFollower(owner=process.owner(), now_fn=process.now)


def look() -> None:
    """Lets it look at once; from any thread."""
    follower().look()


def nudge() -> None:
    """Lets it look soon, because something has changed; from any thread."""
    follower().nudge()


class SourceFollower:
    """Claims, reads and stores the sources that are due."""

    def __init__(self, *, owner: str, now_fn: Callable[[], datetime]) -> None:
        self._owner, self._now_fn = owner, now_fn
        self._wake = threading.Event()
        self._sources: dict[int, SourceInHand] = {}
        self._seen: dict[int, closing.Seen] = {}
        self._left: dict[int, fetching.SourceReading] = {}
        self._looked = 0.0
        self._size = 200
        self._is_news = self._is_retry_due = True
        self._has_written = False
        self._pushed_at: datetime | None = None
        self._failures = 0

    def look(self) -> None:
        self._looked = 0.0
        self._wake.set()

    def nudge(self) -> None:
        self._wake.set()

    def run(self) -> None:
        """Until the process is asked to stop; outlives its errors."""
        while not process.is_stopping():
            try:
                self.turn()
                rest, self._failures = self._rest(), 0
                connections.give_back()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next turn may go well
                self._failures += 1
                rest = process.failed("cannot follow", self._failures, error)
            self._wake.wait(rest)
            self._wake.clear()
        self._leave()
        connection.close()

    def _rest(self) -> float:
        """Seconds until the next turn, if nothing is heard before."""
        since = time.monotonic() - self._looked
        if self._sources or since > LOOK_EVERY / 10:
            # Being read, or nudged too soon after the last look.
            return max(0.05, LOOK_EVERY - since)
        due_at = leasing.next_due_at()
        seconds = (due_at - self._now_fn()).total_seconds() if due_at else IDLE_EVERY
        return min(IDLE_EVERY, max(LOOK_EVERY, seconds))

    def turn(self) -> None:
        """Claims what is due, stores what has come."""
        self._claim()
        while self._store_some() and not process.is_stopping():
            if self._has_written:
                _let_others_write()
        self._retry_what_waits()

    def finish(self, seconds: float) -> bool:
        """Whether all that is due now was read within `seconds`; called instead of `run`."""
        deadline = time.monotonic() + seconds
        self.look()
        self.turn()
        while self._sources and time.monotonic() < deadline and not process.is_stopping():
            self._wake.wait(0.1)
            self._wake.clear()
            self.turn()
        is_over = not self._sources
        self._leave()
        return is_over

    def _claim(self) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        if (pushed_at := leasing.pushed_at()) != self._pushed_at:
            self._pushed_at, self._is_retry_due = pushed_at, True
        self._left = {pk: one for pk, one in self._left.items() if one.is_hanging}
        busy = self._sources.keys() | self._left.keys()
        free = sources.followed().exclude(pk__in=busy).values_list("pk", flat=True)
        for row in leasing.claim(owner=self._owner, now=self._now_fn(), among=list(free)):
            keys = leasing.keys(row.system)
            begun = fetching.SourceReading(row.system, leasing.marks(row.system, keys), self._wake.set, self._size)
            begun.start(keys)
            is_first = any(not begun.marks.get(key) for key in keys)
            self._sources[row.pk] = SourceInHand(row, begun, renewed=time.monotonic(), is_first=is_first)

    def _store_some(self) -> bool:
        """Takes the next word of each source in turn; whether there was any."""
        was_any = self._has_written = False
        for source in sorted(self._sources.values(), key=lambda one: one.place):
            if process.is_stopping():
                return False
            if source.is_first and any(one.place < source.place and one.is_awaited for one in self._sources.values()):
                continue
            try:
                was_any |= self._hear(source)
            except leasing.SourceLost as lost:
                process.say(f"source {source.row.system.code}: {lost}")
                self._drop(source)
            except Exception:
                # Its mark is where it was: what could not be stored comes again.
                logger.exception("Source %s could not be stored", source.row.system.code)
                self._drop(source)
                detail = "an error in Lineup; tell an administrator"
                leasing.end(following=source.row, owner=self._owner, now=self._now_fn(), failed=True, detail=detail)
        return was_any

    def _hear(self, source: SourceInHand) -> bool:
        word = source.reading.next()
        if word is not None:
            source.heard = time.monotonic()
        if isinstance(word, fetching.ReadChunk) and self._says_nothing(source, word):
            source.unchanged.append(word.key)
        elif isinstance(word, fetching.ReadChunk):
            with tracing.within(tracing.begun()):
                self._store(source, word)
        elif isinstance(word, client.Progress):
            source.records += word.records
            source.attempts += word.attempts
            source.detail = word.detail
        elif word is not None:
            self._end(source, word.error)
            return True
        self._keep(source)
        return word is not None

    @staticmethod
    def _says_nothing(source: SourceInHand, came: fetching.ReadChunk) -> bool:
        return following.says_nothing(chunk=came.chunk, mark=source.reading.marks.get(came.key))

    def _store(self, source: SourceInHand, came: fetching.ReadChunk) -> None:
        seen = self._seen.setdefault(source.row.pk, closing.Seen())
        began = time.monotonic()
        stored = following.take(
            following=source.row, owner=self._owner, came=came, seen=seen, now=self._now_fn(),
            pause=_let_others_write,
        )  # fmt: skip
        source.renewed = time.monotonic()
        self._has_written = True
        self._pace(len(came.chunk.records), source.renewed - began)
        source.refused += stored.refused
        source.questioned += stored.questioned
        self._is_news |= stored.is_news

    def _pace(self, records: int, seconds: float) -> None:
        """Chunks become larger or smaller with the time that storing takes here and now."""
        if records < min(self._size, SIZES[0]):
            return
        fitting = records * TARGET_SECONDS.get(connection.vendor, ELSEWHERE_SECONDS) / max(seconds, 0.001)
        # In steps: a statement for as many rows as one before need not be prepared again.
        self._size = int(max(SIZES[0], min(SIZES[1], 2 * self._size, fitting))) // STEP * STEP
        for source in self._sources.values():
            source.reading.size = self._size

    def _keep(self, source: SourceInHand) -> None:
        at = time.monotonic()
        counted = source.records or source.attempts or source.detail != source.row.detail
        if at - source.renewed < RENEW_EVERY and not (counted and at - source.told >= TELL_EVERY):
            return
        leasing.progressed(
            following=source.row, owner=self._owner, now=self._now_fn(),
            records=source.records, attempts=source.attempts, detail=source.detail,
        )  # fmt: skip
        source.row.detail = source.detail[:300]
        source.records = source.attempts = 0
        source.renewed = source.told = at

    def _end(self, source: SourceInHand, error: Exception | None) -> None:
        system = source.row.system
        if isinstance(error, client.Stopped):
            self._drop(source)
            return
        failed = error is not None
        # Others may still be taken, together with what another system says at this moment.
        waits = waiting.remark(system=system, before=source.row.begun_at or self._now_fn())
        detail = remarks.words(error) if error else remarks.remark(source.refused + waits, source.questioned)
        row = leasing.end(
            following=source.row, owner=self._owner, now=self._now_fn(), failed=failed, detail=detail,
            records=source.records, attempts=source.attempts, unchanged=source.unchanged,
        )  # fmt: skip
        self._is_retry_due |= self._is_news
        self._drop(source)
        if failed or row.records:
            took = f"{row.records:,} records, {time.monotonic() - source.began:.1f} s"
            process.say(f"source {system.code}: {'read' if not failed else 'not read'}, {took}. {detail}".rstrip(". "))

    def _drop(self, source: SourceInHand) -> None:
        source.reading.stopped.set()
        if source.reading.is_hanging:
            self._left[source.row.pk] = source.reading
        self._sources.pop(source.row.pk, None)

    def _leave(self) -> None:
        """Gives back what is being read: another worker goes on where this one stopped."""
        for source in list(self._sources.values()):
            self._drop(source)
            leasing.release(following=source.row, owner=self._owner)

    def _retry_what_waits(self) -> None:
        """Tries again what waited for other records, once some have come."""
        if not self._is_retry_due:
            return
        self._is_retry_due = self._is_news = False
        for system, resource, count in waiting.groups():
            left = min(count, MOST_RETRIED)
            while left > 0 and not process.is_stopping():
                size, at = min(left, self._size), time.monotonic()
                stored = storing.retry(system=system, resource=resource, limit=size, now=self._now_fn())
                self._pace(size, time.monotonic() - at)
                self._is_news |= stored.is_news
                left -= size
                _let_others_write()


def _let_others_write() -> None:
    process.let_others_write(_TURN_SECONDS)
