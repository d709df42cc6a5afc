"""Next bytes of an open stream, for either writer: the web server's iteration or the process's own lines."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from notifications.streams.fanout import limits
from notifications.streams.fanout.frames import Frame
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.pages import PageFrame
from notifications.streams.fanout.subscribers import Subscriber
from notifications.wire import event_ids, event_types, sse

Until = Callable[[Frame], bool]
_BEAT = sse.comment("still here")
_HEARD_BEAT = sse.encode(sse.ServerSentEvent(event_types.BEAT.name))


class Telling:
    """The events of one stream from now on, its heartbeats, and its last words; times are of the monotonic clock."""

    __slots__ = ("_beaten", "_epoch", "_heartbeat", "_hub", "_until", "ends_at", "subscriber")

    def __init__(
        self, *, hub: Hub, subscriber: Subscriber, until: Until | None, epoch: str, beats: bool = False
    ) -> None:
        """With `beats` each heartbeat is an event, which scripts of a browser can hear, whatever else is told."""
        self.subscriber = subscriber
        self._beaten = time.monotonic() if beats else None
        self._hub = hub
        self._until = until
        # Of this stream's beginning: should the log begin anew, its reader must come back with the old one.
        self._epoch = epoch
        bounds = limits.current()
        spread = bounds.lifetime * bounds.lifetime_spread
        self.ends_at = time.monotonic() + between(bounds.lifetime - spread, bounds.lifetime + spread)
        self._heartbeat = bounds.heartbeat

    @property
    def due(self) -> float:
        """Time of the next text even if nothing happens."""
        since = self.subscriber.told_at if self._beaten is None else self._beaten
        return min(since + self._heartbeat, self.ends_at)

    def next(self, now: float) -> tuple[bytes, bool]:
        """Text due now, possibly empty, and whether it is the last."""
        subscriber = self.subscriber
        queued, position = self._hub.take(subscriber)
        said = self.encoded(queued) if queued else b""
        if now >= self.ends_at:
            subscriber.end("lifetime")
        if subscriber.ending:
            return said + self._farewell(subscriber.ending, position), True
        if self._beaten is not None and now >= self._beaten + self._heartbeat:
            said += _HEARD_BEAT
            self._beaten = now
        if not said and now >= subscriber.told_at + self._heartbeat:
            said = _BEAT
        if said:
            subscriber.told_at = now
        return said, False

    @property
    def is_finite(self) -> bool:
        """Each event may be the last one, so each has to be looked at."""
        return self._until is not None

    def encoded(self, told: Sequence[Frame | PageFrame]) -> bytes:
        """The frames' bytes up to the one that is the last of this stream, and then `done` under the same id."""
        said = []
        for frame in told:
            said.append(frame.encoded(self.subscriber.flavour))
            if self._until is not None and isinstance(frame, Frame) and self._until(frame):
                self.subscriber.end("done")
                said.append(sse.encode(sse.ServerSentEvent(event_types.DONE.name, {}, frame.id)))
                break
        return b"".join(said)

    def leave(self) -> None:
        """Gives back the stream's place in the hub."""
        self._hub.unsubscribe(self.subscriber)

    def _farewell(self, reason: str, position: int) -> bytes:
        if reason == "done":
            return b""
        # A fresh id moves a quiet reader on, so that its cursor does not age beyond the retention. After a change of
        # rights nothing may be skipped: what this reader was not told must be told when the rights are back.
        identity = str(event_ids.Cursor(self._epoch, position)) if reason in ("lifetime", "drain") else None
        return sse.encode(sse.ServerSentEvent(event_types.BYE.name, {"reason": reason}, identity))


def between(least: float, most: float) -> float:
    """Random, so that readers who left together do not come back together."""
    return random.uniform(least, most)  # noqa: S311 - no secret
