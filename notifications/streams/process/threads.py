"""The threads (under gevent: greenlets) behind the streams of one server process, and their start and end."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection

from notifications.services import connections, database_clock, event_log, identity, positions
from notifications.streams.fanout import limits, lines
from notifications.streams.fanout.hub import Hub
from notifications.streams.process import bus, painting
from notifications.streams.proxy import grip
from notifications.wire import event_ids

if TYPE_CHECKING:
    from notifications.streams.proxy import relay

logger = logging.getLogger(__name__)

# Seconds between two looks whether the process is asked to stop.
_TICK = 0.2
# Seconds between two looks of the keeper at its clock.
_GLANCE = 1.0


class StreamProcess:
    """One reader of the log, one keeper of rights and retention, and the sources of wake-ups, around one hub."""

    def __init__(self, hub: Hub, witness: identity.Witness | None = None) -> None:
        self.hub = hub
        self.painter = painting.Painter(hub)
        self.pid = os.getpid()
        self._witness = witness
        # Set by a failure: the database that answers again may be another one.
        self._is_doubted = False
        self.looked_at = time.monotonic()
        self._woken = threading.Event()
        self._review_asked = threading.Event()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._relay = _relay() if grip.is_configured() else None

    def start(self) -> None:
        jobs: list[Callable[[], None]] = [self._read_for_ever, self._keep_for_ever]
        jobs.append(partial(self.painter.run, self._stopped.is_set))
        jobs += [partial(bus.supervise, source, self._wake, self._stopped) for source in bus.sources()]
        if self._relay is not None:
            jobs.append(partial(self._relay.run, lambda: self._stopped.is_set() or draining()))
        self._threads = [threading.Thread(target=job, name="streams", daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends every stream, then the threads."""
        self._stopped.set()
        self._woken.set()
        self._review_asked.set()
        self.painter.wake()
        self.hub.end_all("drain")
        for thread in self._threads:
            thread.join(timeout=5)

    def _wake(self) -> None:
        self._woken.set()
        if self._relay is not None:
            self._relay.woken.set()

    def _read_for_ever(self) -> None:
        connections.keep_own()
        next_look = next_check = 0.0
        while not self._stopped.is_set():
            woken = self._woken.wait(_TICK)
            self._woken.clear()
            if draining():
                self.hub.end_all("drain")
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + limits.current().fallback_poll
                self._try(self._check_epoch)
            if woken or time.monotonic() >= next_look:
                next_look = time.monotonic() + limits.current().fallback_poll
                self._try(self._read)
        connection.close()

    def _read(self) -> None:
        if self.hub.read():
            self._review_asked.set()
        self.looked_at = time.monotonic()

    def _keep_for_ever(self) -> None:
        next_review = time.monotonic() + limits.current().review
        next_trim = time.monotonic() + limits.current().trim * _jitter()
        while not self._stopped.is_set():
            self._review_asked.wait(min(_GLANCE, max(0.0, next_review - time.monotonic())))
            bounds = limits.current()
            next_review = min(next_review, time.monotonic() + bounds.review)
            # By the clock alone: those who ask for a review of somebody must not keep the others' from coming.
            is_due = time.monotonic() >= next_review
            if is_due or self._review_asked.is_set():
                self._review_asked.clear()
                is_done = self._try(partial(self.hub.review, everybody=is_due))
                if is_due or not is_done:
                    # Whom a review did not come to is not remembered: after a failure everybody is asked, and soon.
                    next_review = time.monotonic() + (bounds.review if is_done else min(_GLANCE, bounds.review))
            if is_due or self._is_doubted:
                self._is_doubted = not self._try(identity.compare_storage)
            if time.monotonic() >= next_trim:
                next_trim = time.monotonic() + bounds.trim * _jitter()
                self._try(self._trim)
            connection.close()

    def _check_epoch(self) -> None:
        """Continues on a log that began anew; it begins anew when it has lost what this process has read."""
        told = event_ids.Cursor(self.hub.epoch, self.hub.position)
        self._witness = identity.look(known=self._witness, told=told)
        if self._witness is not None and self._witness.epoch != self.hub.epoch:
            self.follow()

    def follow(self) -> None:
        """Continues in the log's epoch. It is looked at again: the caller's look may be older than the hub's."""
        latest = positions.log_state()
        if self.hub.epoch != latest.epoch:
            self.hub.adopt(latest)

    def _trim(self) -> None:
        event_log.trim(now=database_clock.now())

    def _try(self, job: Callable[[], None]) -> bool:
        """Whether it was done. The log is the truth: a failed read is made up by the next one."""
        try:
            job()
        except Exception:
            if not self._is_doubted:
                logger.warning("The event log could not be read and will be tried again.", exc_info=True)
            self._is_doubted = True
            connection.close()
            return False
        return True


def _relay() -> relay.RelayThread:
    # Imported here: it brings an HTTP client that no installation without a proxy needs.
    from notifications.streams.proxy import relay

    return relay.RelayThread()


_lock = threading.Lock()
# At most one; in a list so that a fork's child replaces it instead of sharing it.
_processes: list[StreamProcess] = []
_stopping: list[Callable[[], bool]] = []


def hub(log: positions.LogState) -> Hub:
    """The hub of this process, started if need be, on the log as the caller has just seen it."""
    with _lock:
        # A forked child has its parent's object but none of its threads.
        if not _processes or _processes[0].pid != os.getpid():
            witness = identity.look(known=identity.remembered())
            identity.compare_storage()
            now = positions.log_state()
            fresh = StreamProcess(Hub(log=now), witness)
            fresh.hub.recall(now)
            fresh.start()
            _processes[:] = [fresh]
        if _processes[0].hub.epoch != log.epoch:
            _processes[0].follow()
        return _processes[0].hub


def painter(log: positions.LogState) -> painting.Painter:
    """The painter of this process's open pages; started as `hub` is."""
    hub(log)
    return _processes[0].painter


def seconds_since_look() -> float | None:
    """Since this process last read the log for its streams; None where it never had one."""
    ours = [process for process in _processes if process.pid == os.getpid()]
    return time.monotonic() - ours[0].looked_at if ours else None


def unread(head: int) -> int:
    """Events before `head` that this process has not read for its streams yet; 0 where it has none."""
    ours = [process for process in _processes if process.pid == os.getpid()]
    return max(0, head - ours[0].hub.position) if ours else 0


def begin_relaying() -> None:
    """Has this process take part in publishing to the GRIP proxy, if there is one: no stream may ever open in it."""
    if grip.is_configured():
        threading.Thread(target=_begin_when_possible, name="streams", daemon=True).start()


def _begin_when_possible() -> None:
    while not draining():
        try:
            hub(positions.log_state())
        except Exception:
            logger.warning("The event log could not be read; the relay to the GRIP proxy waits for it.", exc_info=True)
            time.sleep(limits.current().fallback_poll)
        else:
            break
        finally:
            connection.close()


def shut_down() -> None:
    """Stops what runs behind the streams of this process; the next stream starts it again."""
    with _lock:
        while _processes:
            process = _processes.pop()
            if process.pid == os.getpid():
                process.stop()


def drain_when(asked_to_stop: Callable[[], bool]) -> None:
    """Has every stream end politely once `asked_to_stop()`; the web server's worker tells."""
    _stopping[:] = [asked_to_stop]


def say_goodbye() -> None:
    """Ends every stream politely and at once: for a process that ends before its reader of the log notices."""
    for process in _processes:
        if process.pid == os.getpid():
            process.hub.end_all("drain")
            lines.write_now()


def _jitter() -> float:
    """A factor that keeps the processes of an installation from working in step."""
    return random.uniform(0.5, 1.5)  # noqa: S311 - no secret


def draining() -> bool:
    """Whether this process is asked to stop."""
    return any(asked() for asked in _stopping)
