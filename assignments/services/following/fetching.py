"""One source read over HTTP in threads of their own, which touch no database: what they find goes into a queue."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from django.conf import settings

from assignments import models
from assignments.downstream import bodies, client, messages, seam, trouble
from assignments.services.writebacks import connecting

ABREAST = 3
"""Requests at once to one system: a slow answer is waited for beside others, and no system is stormed."""
PATIENCE = 3.0
"""Request timeouts that a source has for each page, attempts and waits included."""
AHEAD = 3
"""Chunks read before the first of them is stored: memory holds these and a page for each thread."""
MOST_FAILING = 2
"""Districts for which a system may fail before it counts as down."""
_LOOK = 0.1

Key = tuple[messages.Resource, str]
"""A collection, and the district whose part of it is meant; empty for all."""


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """A chunk of a collection."""

    key: Key
    chunk: seam.Chunk


@dataclass(frozen=True, slots=True)
class Over:
    """The threads are done; without an error everything was read."""

    error: Exception | None = None


Word = ReadChunk | client.Progress | Over


def limits(*, seconds: float, stop: Callable[[], bool] = lambda: False) -> client.ReadingLimits:
    """The limits of an answer of a source that may take so long from now on."""
    return client.ReadingLimits(
        time.monotonic() + seconds,
        stop,
        travelling=int(settings.SOURCE_ANSWER_MB * bodies.MEGABYTE),
        unpacked=int(settings.SOURCE_UNPACKED_MB * bodies.MEGABYTE),
    )


@dataclass(slots=True)
class SourceReading:
    """The reading of a source that is under way in this process.

    `size` is how many records a chunk may have, and can be changed at any time; `stop` ends it.
    """

    system: models.DownstreamSystem
    marks: Mapping[Key, seam.Mark]
    wake: Callable[[], None]
    size: int = 200
    stopped: threading.Event = field(default_factory=threading.Event)
    _words: queue.Queue[Word] = field(default_factory=lambda: queue.Queue(maxsize=AHEAD))
    _to_read: deque[Key] = field(default_factory=deque)
    _errors: list[Exception] = field(default_factory=list)
    _failing: set[str] = field(default_factory=set)
    """Districts for which it could not answer."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, keys: Sequence[Key]) -> None:
        """Begins to read these, in their order when any of them is read for the first time: crews name employees."""
        self._to_read.extend(keys)
        is_first = any(not self.marks.get(key) for key in keys)
        self._threads = [
            # Daemons, because nobody waits for a source that hangs.
            threading.Thread(target=self._read, name=f"reading-{self.system.code}", daemon=True)
            for _ in range(1 if is_first else min(ABREAST, len(keys)))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_hanging(self) -> bool:
        """Whether a thread of it has not come to its end."""
        return any(thread.is_alive() for thread in self._threads)

    def next(self) -> Word | None:
        """The next word, if there is one; `Over` comes last."""
        try:
            return self._words.get_nowait()
        except queue.Empty:
            pass
        if self.is_hanging:
            return None
        # Between the two looks the last word may have come.
        return Over(self._errors[0] if self._errors else None) if self._words.empty() else self._words.get_nowait()

    def _read(self) -> None:
        try:
            with closing(connecting.adapter(system=self.system)) as adapter:
                while self._to_read and not self.stopped.is_set():
                    key = self._to_read.popleft()
                    if key[1] not in self._failing:
                        self._read_one(adapter, key)
        except Exception as error:  # noqa: BLE001 - the reader of the words says whose fault it is
            self._errors.append(error)
            self._to_read.clear()
        finally:
            self.wake()

    def _read_one(self, adapter: seam.Adapter, key: Key) -> None:
        resource, scope = key
        asked = seam.PassLimits(self._limits, lambda: self.size, self._put)
        try:
            for chunk in adapter.read(resource, scope=scope, mark=self.marks.get(key, {}), limits=asked):
                self._put(ReadChunk(key, chunk))
        except trouble.SystemUnavailable as error:
            if not error.permanent and (not scope or self._is_down()):
                raise
            # A collection that it does not have is no reason to leave out the others, nor is a district that it cannot
            # answer for one to leave out the other districts.
            self._errors.append(error)
            if not error.permanent:
                self._failing.add(scope)

    def _is_down(self) -> bool:
        """Whether it has failed for so many districts that it is not asked for the rest."""
        return len(self._failing) >= MOST_FAILING

    def _limits(self) -> client.ReadingLimits:
        return limits(seconds=self.system.timeout_seconds * PATIENCE, stop=self.stopped.is_set)

    def _put(self, word: Word) -> None:
        while not self.stopped.is_set():
            try:
                self._words.put(word, timeout=_LOOK)
            except queue.Full:
                continue
            self.wake()
            return
        raise client.Stopped
