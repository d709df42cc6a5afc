"""One open stream as the hub sees it: its channels, a bounded queue, and why it has to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from notifications.streams.fanout import limits
from notifications.streams.fanout.frames import Flavour, Frame
from notifications.streams.fanout.pages import PageFrame
from notifications.streams.fanout.viewers import Viewer


class Socket(Protocol):
    """Socket of a stream that this process writes itself."""

    def keep(self, rest: memoryview) -> None:
        """Takes care of what the socket did not take."""

    def close(self) -> None:
        """Ends the stream without a word: its reader is gone."""


class Subscriber:
    """Filled by the hub's thread, emptied by the stream's; `ending` is the reason of the `bye`, or empty.

    `cut` streams end without a word: their reader is gone or does not read, and resumes by its cursor. `direct` sends
    to the socket at once what the next events say; it is None while anything waits before them.
    """

    __slots__ = (
        "_bytes", "_queue", "address", "cut", "direct", "ending", "flavour", "is_chunked", "on_cut", "on_wake",
        "pages", "position", "socket", "told_at", "viewer",
    )  # fmt: skip

    def __init__(self, *, viewer: Viewer, flavour: Flavour, address: str, position: int) -> None:
        self.viewer = viewer
        self.flavour = flavour
        self.address = address
        # Everything up to here was either queued, or is not for this stream.
        self.position = position
        # Names of the pages that it is told of.
        self.pages: frozenset[str] = frozenset()
        self.ending = ""
        self.cut = False
        self.on_cut: Callable[[], None] | None = None
        # Called from any thread, often: it may only note that there is something to do.
        self.on_wake: Callable[[], None] | None = None
        # When the reader last got something, by the monotonic clock.
        self.told_at = time.monotonic()
        self.direct: Callable[[bytes], int] | None = None
        self.is_chunked = False
        self.socket: Socket | None = None
        # Made by the first frame that waits: most streams are quiet most of the time.
        self._queue: list[Frame | PageFrame] | None = None
        self._bytes = 0

    @property
    def is_idle(self) -> bool:
        """Nothing waits, and nothing ends."""
        return not (self._queue or self.ending or self.cut)

    def offer(self, frames: Sequence[Frame | PageFrame]) -> None:
        """Queues the frames; a reader that has fallen too far behind is cut instead."""
        # What commits after the rights have ended is not for this reader any more.
        if self.cut or self.ending == "access":
            return
        self.direct = None
        queue = self._queue
        if queue is None:
            queue = self._queue = []
        for frame in frames:
            if frame.position is not None:
                if frame.position <= self.position:
                    continue
                self.position = frame.position
            queue.append(frame)
            self._bytes += len(frame.encoded(self.flavour))
        bounds = limits.current()
        if self._bytes > bounds.queue_bytes or len(queue) > bounds.queue_items:
            self.end_unheard()

    def take(self) -> list[Frame | PageFrame]:
        """The queued frames, in order. Nobody may queue meanwhile: the hub's lock is held, or threads are greenlets."""
        taken = self._queue
        if taken is None:
            return []
        self._queue, self._bytes = None, 0
        return taken

    def wake(self) -> None:
        """Tells the stream that there is something to do."""
        if self.on_wake is not None:
            self.on_wake()

    def end(self, reason: str) -> None:
        """The stream says `bye` with this reason and ends."""
        self.ending = self.ending or reason
        self.direct = None
        self.wake()

    def end_unheard(self) -> None:
        """The stream ends at once. Safe to call from any thread, more than once."""
        self.direct = None
        if not self.cut:
            self.cut = True
            self._queue, self._bytes = None, 0
            if self.on_cut is not None:
                self.on_cut()
        self.wake()
