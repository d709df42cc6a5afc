"""One open stream as the hub sees it: its channels, a bounded queue, and why it has to end."""

from __future__ import annotations

from collections.abc import Callable

from notifications.streams import limits
from notifications.streams.frames import Flavour, Frame
from notifications.streams.viewers import Viewer


class Subscriber:
    """Filled by the hub's thread, emptied by the stream's; `ending` is the reason of the `bye`, or empty.

    `cut` streams end without a word: their reader is gone or does not read, and resumes by its cursor.
    """

    __slots__ = ("_bytes", "_queue", "address", "cut", "ending", "flavour", "on_cut", "on_wake", "position", "viewer")

    def __init__(self, *, viewer: Viewer, flavour: Flavour, address: str, position: int) -> None:
        self.viewer = viewer
        self.flavour = flavour
        self.address = address
        # Everything up to here was either queued, or is not for this stream.
        self.position = position
        self.ending = ""
        self.cut = False
        self.on_cut: Callable[[], None] | None = None
        # Called from any thread, often: it may only note that there is something to do.
        self.on_wake: Callable[[], None] | None = None
        # Made by the first frame that waits: most streams are quiet most of the time.
        self._queue: list[Frame] | None = None
        self._bytes = 0

    def offer(self, frame: Frame) -> None:
        """Queues the frame; a reader that has fallen too far behind is cut instead."""
        # What commits after the rights have ended is not for this reader any more.
        if self.cut or self.ending == "access" or frame.position <= self.position:
            return
        self.position = frame.position
        queue = self._queue
        if queue is None:
            queue = self._queue = []
        queue.append(frame)
        self._bytes += len(frame.encoded(self.flavour))
        bounds = limits.current()
        if self._bytes > bounds.queue_bytes or len(queue) > bounds.queue_items:
            self.end_unheard()

    def take(self) -> list[Frame]:
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
        self.wake()

    def end_unheard(self) -> None:
        """The stream ends at once. Safe to call from any thread, more than once."""
        if not self.cut:
            self.cut = True
            self._queue, self._bytes = None, 0
            if self.on_cut is not None:
                self.on_cut()
        self.wake()
