"""One open stream as the hub sees it: its channels, a bounded queue, and why it has to end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from notifications.streams import limits
from notifications.streams.frames import Flavour, Frame
from notifications.streams.viewers import Viewer


class Subscriber:
    """Filled by the hub's thread, emptied by the stream's; `ending` is the reason of the `bye`, or empty.

    `cut` streams end without a word: their reader is gone or does not read, and resumes by its cursor.
    """

    __slots__ = ("_bytes", "_queue", "_woken", "address", "cut", "ending", "flavour", "on_cut", "position", "viewer")

    def __init__(self, *, viewer: Viewer, flavour: Flavour, address: str, position: int) -> None:
        self.viewer = viewer
        self.flavour = flavour
        self.address = address
        # Everything up to here was either queued, or is not for this stream.
        self.position = position
        self.ending = ""
        self.cut = False
        self.on_cut: Callable[[], None] | None = None
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._woken = threading.Event()

    def offer(self, frame: Frame) -> None:
        """Queues the frame; a reader that has fallen too far behind is cut instead."""
        # What commits after the rights have ended is not for this reader any more.
        if self.cut or self.ending == "access" or frame.position <= self.position:
            return
        self.position = frame.position
        self._queue.append(frame)
        self._bytes += len(frame.encoded(self.flavour))
        bounds = limits.current()
        if len(self._queue) > bounds.queue_items or self._bytes > bounds.queue_bytes:
            self.end_unheard()

    def take(self) -> list[Frame]:
        """The queued frames, in order."""
        self._woken.clear()
        taken = list(self._queue)
        for frame in taken:
            self._queue.popleft()
            self._bytes -= len(frame.encoded(self.flavour))
        return taken

    def wait(self, seconds: float) -> None:
        """Returns when there is something to do, at the latest after `seconds`."""
        self._woken.wait(seconds)

    def wake(self) -> None:
        self._woken.set()

    def end(self, reason: str) -> None:
        """The stream says `bye` with this reason and ends."""
        self.ending = self.ending or reason
        self.wake()

    def end_unheard(self) -> None:
        """The stream ends at once. Safe to call from any thread, more than once."""
        if not self.cut:
            self.cut = True
            self._queue.clear()
            self._bytes = 0
            if self.on_cut is not None:
                self.on_cut()
        self.wake()
