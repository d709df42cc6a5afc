"""Publishes committed events to the GRIP proxy in the order of their commits, from one process at a time.

At least once: what was published is noted afterwards, so that a successor may repeat the last of it, which the proxy
notices by the chain of ids. A proxy that is away costs latency; nothing but this thread ever waits for it.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable

from django.db import connection

from notifications.models import LogEpoch
from notifications.services import connections, database_clock, reading, relaying
from notifications.services.backoff import Backoff
from notifications.streams.fanout import limits
from notifications.streams.fanout.frames import Frame
from notifications.streams.proxy import items, publishing

logger = logging.getLogger(__name__)

_BATCH = 200
# Seconds between two looks whether the process is asked to stop.
_TICK = 0.2
# Seconds since the lease was taken. A request that begins then ends within the lease.
_RENEW = relaying.LEASE.total_seconds() / 3
# Between two attempts to reach a proxy that does not answer.
_WAITS = Backoff(first=0.2, longest=2.0, least=0.1)


class LeaseLost(RuntimeError):
    """Another process publishes now."""


class RelayThread:
    """This process's part in it: publishes while it holds the relay, stands by otherwise."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{random.getrandbits(32):08x}"
        self._publisher = publishing.Publisher()
        self._epoch = ""
        # The last position that is known to be published; it counts only where the log has no relay yet.
        self._position: int | None = None
        # By the monotonic clock; None while another process holds the relay.
        self._claimed_at: float | None = None
        self._failures = 0
        # The second, since 1970, of the last turn at which streams were reviewed.
        self._reviewed = int(time.time())

    def run(self, is_over: Callable[[], bool]) -> None:
        connections.keep_own()
        next_look = 0.0
        while not is_over():
            woken = self.woken.wait(_TICK)
            self.woken.clear()
            # Whoever stands by, or waits for the proxy, looks at its own pace.
            is_asked = woken and self._claimed_at is not None and not self._failures
            if not is_asked and time.monotonic() < next_look:
                continue
            next_look = time.monotonic() + self._attempt()
        self._release()

    def turn(self) -> None:
        """Publishes everything that has committed, if the relay is or becomes ours."""
        if not self._holds():
            return
        self._follow_epoch()
        self._review()
        while self._publish_batch() == _BATCH and self._holds():
            pass

    def _attempt(self) -> float:
        """One turn; the seconds until the next one that nobody asks for."""
        try:
            self.turn()
        except publishing.ProxyUnreachable as error:
            self._failures += 1
            if self._failures == 1:
                logger.warning("The GRIP proxy did not take events and will be asked again: %s", error)
            return _WAITS.seconds(self._failures)
        except LeaseLost:
            # Asked for again at once: nobody else may have it.
            self._claimed_at = None
            return 0.0
        except Exception:
            logger.warning("The relay to the GRIP proxy failed and will go on.", exc_info=True)
            connection.close()
        else:
            if self._failures:
                logger.warning("The GRIP proxy takes events again.")
            self._failures = 0
        return limits.current().fallback_poll

    def _holds(self) -> bool:
        """Whether the relay is ours for long enough to publish something; asked of its row now and then."""
        if self._claimed_at is not None and time.monotonic() < self._claimed_at + _RENEW:
            return True
        asked_at = time.monotonic()
        held = relaying.claim(by=self.name, now=database_clock.now(), position=self._position)
        if held is None:
            self._claimed_at = None
            # Whoever stands by needs no connection until the next look.
            connection.close()
            return False
        self._claimed_at, self._position, self._epoch = asked_at, held.position, held.epoch
        return True

    def _follow_epoch(self) -> None:
        current = LogEpoch.objects.filter(pk=LogEpoch.ONLY).values_list("value", flat=True).first()
        if current is not None and current != self._epoch:
            self._publish(items.end_of_epoch(self._epoch), self._position)
            relaying.enter_epoch(by=self.name, epoch=current)
            self._epoch = current

    def _review(self) -> None:
        second = int(time.time())
        # Who missed a turn long ago waits for the next one.
        passed = range(max(self._reviewed, second - round(limits.current().grip_link)) + 1, second + 1)
        self._publish(items.reviews(passed), self._position)
        self._reviewed = second

    def _publish_batch(self) -> int:
        begun = self._position or 0
        rows = reading.committed_after(begun, limit=_BATCH)
        if not rows:
            return 0
        told = [Frame.read(row, self._epoch) for row in rows]
        last = relaying.last_positions(channels={frame.channel for frame in told}, through=begun)
        self._publish(items.items_of(told, last, self._epoch), begun)
        noted_at = time.monotonic()
        through = self._position = told[-1].position
        if not relaying.advance(by=self.name, begun=begun, through=through, now=database_clock.now()):
            raise LeaseLost
        self._claimed_at = noted_at
        return len(rows)

    def _publish(self, made: Iterable[items.Exported], begun: int | None) -> None:
        for parcel in items.parcels(made):
            # Rendering and publishing take their time, and a process may be put to sleep: another may have taken over.
            if not self._holds() or self._position != begun:
                raise LeaseLost
            self._publisher.publish(parcel)

    def _release(self) -> None:
        try:
            relaying.release(by=self.name)
        except Exception:
            logger.warning("The relay's lease was not given back; it ends by itself.", exc_info=True)
        connection.close()
