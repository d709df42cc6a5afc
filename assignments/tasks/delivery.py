"""Sending write-backs and events beside everything else: a slow target holds up neither the others nor a planning run.

One thread reads and writes rows, for many write-backs at a time; each exchange has a thread of its own that touches no
database. As soon as one ends, its slot is filled again.
"""

from __future__ import annotations

import functools
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, connection

from assignments.services.subscriptions import posting
from assignments.services.writebacks import breaking, delivering, exchanging, leasing
from assignments.tasks import process
from notifications.services import connections, held_rows

SLOTS, MOST_SLOTS = 8, 32
"""Exchanges with one target at the same time; the most with one that answers quickly, so that while the rows of what
has ended are written, others go on."""
QUICK = 0.25
"""Seconds of an exchange with a target that may have more at the same time."""
LOOK_EVERY, IDLE_EVERY = 1.0, 5.0
"""Seconds between two looks at the rows without a hint, and while nothing waits."""
HELD_SECONDS = 1.0
"""After which exchanges are settled whose rows somebody else held."""
_SPARE = 5.0
"""Seconds of a lease that are left when its exchange must have ended."""
_DATABASE_AWAY = (OperationalError, InterfaceError)


class Addressees(Protocol):
    """Module that knows who is told."""

    def tellable(self, *, now: datetime) -> Sequence[Any]: ...
    def is_anything_open(self) -> bool: ...


class Ledger(Protocol):
    """Module that leases and settles what is told."""

    def claim(self, *, target: Any, owner: str, now: datetime, limit: int) -> Sequence[Any]: ...
    def settle(
        self, *, target: Any, exchanges: Sequence[exchanging.Exchange[Any]], owner: str, now: datetime
    ) -> None: ...


class Wire(Protocol):
    """Module that exchanges, and touches no database."""

    def tell(self, *, row: Any, seconds: float) -> exchanging.Exchange[Any]: ...


@dataclass(frozen=True, slots=True)
class Post:
    """A kind of rows that are told, and the modules that do it."""

    word: str
    systems: Addressees
    rows: Ledger
    wire: Wire


WRITE_BACKS = Post("write-back", breaking, delivering, exchanging)
EVENTS = Post("event", posting, posting, posting)


@functools.cache
def teller() -> Teller:
    """The one of this process."""
    return Teller(owner=process.owner(), now_fn=process.now)


@functools.cache
def poster() -> Teller:
    """The one of this process for subscriptions: none of them holds up a decision."""
    return Teller(owner=process.owner(), now_fn=process.now, post=EVENTS)


def look() -> None:
    """Lets both look at once."""
    teller().look()
    poster().look()


class Teller:
    """Claims, sends and settles the write-backs of this process, or its events for subscriptions."""

    def __init__(self, *, owner: str, now_fn: Callable[[], datetime], post: Post = WRITE_BACKS) -> None:
        self._owner, self._now_fn, self._post = owner, now_fn, post
        self._wake = threading.Event()
        self._ended: queue.SimpleQueue[exchanging.Exchange[Any]] = queue.SimpleQueue()
        self._unsettled: list[exchanging.Exchange[Any]] = []
        self._sending: Counter[int] = Counter()
        self._slots: defaultdict[int, int] = defaultdict(lambda: SLOTS)
        self._seconds: dict[int, float] = {}
        self._failures: Counter[int | None] = Counter()
        """In a row, of each target; of the database under None."""
        self._rests: dict[int | None, float] = {}
        """When each may be tried again, by the monotonic clock."""

    def look(self) -> None:
        """Lets the thread look at once; from any thread."""
        self._wake.set()

    def run(self) -> None:
        """Until the process is asked to stop; outlives its errors."""
        while not process.is_stopping():
            self._wake.wait(self.turn())
            self._wake.clear()
        connection.close()

    def slots(self, target: Any) -> int:
        """Exchanges with the target that there may be at the same time."""
        return self._slots[target.pk]

    def turn(self) -> float:
        """Settles what has ended and sends what is due; the seconds until the next turn, if nothing ends before."""
        try:
            self._settle()
            is_busy = bool(self._sending) or self._post.systems.is_anything_open()
            if is_busy:
                self._send()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next turn may go well
            self._fail(None, error)
            return max(0.0, self._rests[None] - time.monotonic())
        self._failures.pop(None, None)
        connections.give_back()
        return LOOK_EVERY if is_busy else IDLE_EVERY

    def _fail(self, target: int | None, error: Exception) -> None:
        """Leaves the target alone for a while: it must not hold up the others."""
        self._failures[target] += 1
        self._rests[target] = time.monotonic() + process.failed("cannot tell", self._failures[target], error)

    def _rests_now(self, target: int) -> bool:
        return time.monotonic() < self._rests.get(target, 0.0)

    def finish(self, seconds: float) -> bool:
        """Whether all that is due now was told within `seconds`; called instead of `run`."""
        deadline = time.monotonic() + seconds
        self.turn()
        while self._sending and time.monotonic() < deadline:
            self._wake.wait(0.1)
            self._wake.clear()
            self.turn()
        return not self._sending

    def _settle(self) -> None:
        """Stores what has ended, of each target by itself; what cannot be stored is kept for the next time."""
        while not self._ended.empty():
            self._unsettled.append(self._ended.get())
        by_target: dict[Any, list[exchanging.Exchange[Any]]] = defaultdict(list)
        for exchange in self._unsettled:
            by_target[exchange.row.target].append(exchange)
        for target, exchanges in by_target.items():
            if self._rests_now(target.pk):
                continue
            try:
                settled = self._store(target, exchanges)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next time may go well
                self._fail(target.pk, error)
                continue
            self._failures.pop(target.pk, None)
            if len(settled) < len(exchanges):
                self._rests[target.pk] = time.monotonic() + HELD_SECONDS
            if settled:
                self._sending -= Counter({target.pk: len(settled)})
                self._slots[target.pk] = self._next_slots(target.pk, settled)
                done = {one.row.pk for one in settled}
                self._unsettled = [one for one in self._unsettled if one.row.pk not in done]
                self._say(target, settled)

    def _store(self, target: Any, exchanges: Sequence[exchanging.Exchange[Any]]) -> list[exchanging.Exchange[Any]]:
        """The exchanges that were settled: all but those whose rows somebody else holds."""

        def settle(exchanges: Sequence[exchanging.Exchange[Any]]) -> None:
            with held_rows.brief():
                self._post.rows.settle(target=target, exchanges=exchanges, owner=self._owner, now=self._now_fn())

        def store(some: Sequence[exchanging.Exchange[Any]]) -> None:
            try:
                settle(some)
            except _DATABASE_AWAY:
                raise
            except Exception:  # noqa: BLE001 - one answer that cannot be stored would come back with every turn
                for one in some:
                    _settle_alone(settle, one)

        done = held_rows.together_or_each(exchanges, store, name=f"Answer of {target} to {self._post.word}")
        return [one for some, _ in done for one in some]

    def _next_slots(self, target: int, exchanges: Sequence[exchanging.Exchange[Any]]) -> int:
        """More of them, as long as each answer comes quickly and is a good one."""
        slowest = max(self._seconds.pop(exchange.row.pk, 0.0) for exchange in exchanges)
        is_well = slowest <= QUICK and all(exchange.came == exchanging.Came.DONE for exchange in exchanges)
        return min(2 * self._slots[target], MOST_SLOTS) if is_well else SLOTS

    def _send(self) -> None:
        for target in self._post.systems.tellable(now=self._now_fn()):
            if self._rests_now(target.pk):
                continue
            try:
                self._send_to(target)
            except Exception as error:  # noqa: BLE001 - as above
                self._fail(target.pk, error)

    def _send_to(self, target: Any) -> None:
        if process.is_stopping():
            return
        free = self.slots(target) - self._sending[target.pk]
        for row in self._post.rows.claim(target=target, owner=self._owner, now=self._now_fn(), limit=free):
            self._sending[target.pk] += 1
            ends = time.monotonic() + leasing.lease(target).total_seconds() - _SPARE
            # Daemons: a process that must end does not wait for a target that does not answer. The lease of what
            # was not finished ends, and it is sent again under the same idempotency key.
            threading.Thread(target=self._tell, args=(row, ends), name=self._post.word, daemon=True).start()

    def _tell(self, row: Any, ends: float) -> None:
        began = time.monotonic()
        seconds = min(float(row.target.timeout_seconds), ends - began)
        if seconds > 0:
            try:
                exchange = self._post.wire.tell(row=row, seconds=seconds)
            except Exception as error:  # noqa: BLE001 - nothing here may cost the slot
                detail = f"could not be told: {type(error).__name__}"
                exchange = exchanging.Exchange(row, exchanging.Came.AGAIN, detail=detail)
            finally:
                # It should have opened none; one that ends with its thread would be lost to the pool.
                connection.close()
        else:
            # The process was stopped for longer than its lease: another worker may have it by now.
            detail = "was not told: the worker was held up"
            exchange = exchanging.Exchange(row, exchanging.Came.AGAIN, detail=detail, is_reached=False)
        self._seconds[row.pk] = time.monotonic() - began
        self._ended.put(exchange)
        self._wake.set()

    def _say(self, target: Any, exchanges: Iterable[exchanging.Exchange[Any]]) -> None:
        for exchange in exchanges:
            detail = f": {exchange.detail}" if exchange.detail else ""
            row, word = exchange.row, self._post.word
            process.say(f"{word} {row.pk} to {target}: {exchange.came}{detail} [{row.trace_id}]")


def _settle_alone(settle: Callable[..., None], exchange: exchanging.Exchange[Any]) -> None:
    """Settles the exchange, without its answer where that cannot be stored."""
    try:
        settle([exchange])
    except _DATABASE_AWAY:
        raise
    except Exception:  # noqa: BLE001 - it is sent again, and may be answered otherwise
        detail = "gave an answer that cannot be kept"
        settle([exchanging.Exchange(exchange.row, exchanging.Came.AGAIN, detail=detail)])
