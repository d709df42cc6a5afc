"""Hands each new event of the log to every stream of this process that listens to its channel."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

from notifications.models import Event
from notifications.services import cursor
from notifications.streams import limits, viewers
from notifications.streams.frames import Frame, Ring
from notifications.streams.subscribers import Subscriber
from notifications.wire import events as wire

# Rows of one look at the log, so that a long absence does not fill the memory.
_BATCH = 500
# Streams whose rights are reviewed in one go, and the seconds that everything else then gets.
_REVIEWED = 20
_BREATH = 0.02


class Hub:
    """The open streams of the process, the recent events, and the position up to which the log was read.

    The lock guards all three; a frame is rendered before it is taken.
    """

    def __init__(self, *, log: cursor.LogState) -> None:
        self.epoch = log.epoch
        self.position = log.head
        self._ring = Ring(floor=log.head, size=limits.current().ring)
        self._lock = threading.RLock()
        self._by_channel: dict[str, set[Subscriber]] = {}
        self._subscribers: set[Subscriber] = set()
        self._suspects: set[Subscriber] = set()
        # Open streams by user and by address, counted as they come and go: each new one asks.
        self._of_user: Counter[int] = Counter()
        self._from_address: Counter[str] = Counter()

    def subscribe(self, subscriber: Subscriber, *, head: int) -> int:
        """The position from which on the subscriber gets everything; what lies before is for the caller to replay.

        `head` is the end of the log as the caller has seen it, which this reader may not have reached yet.
        """
        with self._lock:
            self._subscribers.add(subscriber)
            self._of_user[subscriber.viewer.user_id] += 1
            self._from_address[subscriber.address] += 1
            for channel in subscriber.viewer.channels:
                self._by_channel.setdefault(channel, set()).add(subscriber)
            through = max(self.position, head)
            subscriber.position = max(subscriber.position, through)
            return through

    def unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            if subscriber not in self._subscribers:
                return
            self._subscribers.discard(subscriber)
            self._suspects.discard(subscriber)
            _count_down(self._of_user, subscriber.viewer.user_id)
            _count_down(self._from_address, subscriber.address)
            for channel in subscriber.viewer.channels:
                listening = self._by_channel.get(channel, set())
                listening.discard(subscriber)
                if not listening:
                    self._by_channel.pop(channel, None)

    def recent(self, *, after: int, through: int, channels: Collection[str]) -> list[Frame]:
        """Frames of the channels with positions in (after, through]: from memory, or else from the log."""
        with self._lock:
            found = self._ring.since(after, channels) if through <= self.position else None
        if found is None:
            rows = Event.objects.on(channels).after(after).filter(position__lte=through)
            found = [Frame.of(row, self.epoch) for row in rows.iterator()]
        return [frame for frame in found if frame.position <= through and is_delivered(frame)]

    def take(self, subscriber: Subscriber) -> tuple[list[Frame], int]:
        """The subscriber's queued frames, and the position up to which it has then been told everything."""
        with self._lock:
            return subscriber.take(), max(self.position, subscriber.position)

    def counts(self, *, user_id: int, address: str) -> tuple[int, int, int]:
        """How many streams are open: in this process, of this user, from this address."""
        with self._lock:
            return len(self._subscribers), self._of_user[user_id], self._from_address[address]

    def end_all(self, reason: str) -> None:
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.end(reason)

    def adopt(self, log: cursor.LogState) -> None:
        """Continues on a log that began anew; readers of the old one end, come back, and get a `reset`."""
        with self._lock:
            self.end_all("epoch")
            self.epoch, self.position = log.epoch, log.head
            self._ring = Ring(floor=log.head, size=limits.current().ring)

    def read(self) -> bool:
        """Reads the log to its end and delivers; whether somebody's rights have to be checked again."""
        while True:
            rows = list(Event.objects.after(self.position)[:_BATCH])
            for row in rows:
                self._deliver(Frame.of(row, self.epoch))
            with self._lock:
                channels = {row.channel for row in rows}
                told = set().union(*(self._by_channel.get(channel, ()) for channel in channels))
            # Once per stream and batch, so that a burst leaves in one write.
            for subscriber in told:
                subscriber.wake()
            if len(rows) < _BATCH:
                break
        return bool(self._suspects)

    def review(self, *, everybody: bool) -> None:
        """Ends the streams whose readers may no longer read: of those whose rights changed, or of everybody.

        A few at a time, so that the streams and pages of this process do not wait for the queries of all; whoever's
        rights change meanwhile comes first.
        """
        with self._lock:
            waiting = list(self._subscribers) if everybody else []
        while True:
            with self._lock:
                suspects, self._suspects = self._suspects, set()
            checked = list(suspects) or waiting[-_REVIEWED:]
            if not checked:
                return
            if not suspects:
                del waiting[-_REVIEWED:]
            refused = viewers.refused({subscriber.viewer for subscriber in checked})
            for subscriber in checked:
                if subscriber.viewer in refused:
                    subscriber.end("access")
            if waiting:
                time.sleep(_BREATH)

    def _deliver(self, frame: Frame) -> None:
        self._encode(frame)
        with self._lock:
            self._ring.append(frame)
            self.position = frame.position
            if is_delivered(frame):
                # Looked up again: a stream that came meanwhile was told the old position and waits for this frame.
                for subscriber in self._by_channel.get(frame.channel, ()):
                    subscriber.offer(frame)
            else:
                self._suspect(frame)

    def _encode(self, frame: Frame) -> None:
        """Makes the bytes for whoever listens now, before the lock is taken: a renderer may query."""
        with self._lock:
            flavours = {subscriber.flavour for subscriber in self._by_channel.get(frame.channel, ())}
        if is_delivered(frame):
            for flavour in flavours:
                frame.encoded(flavour)

    def _suspect(self, frame: Frame) -> None:
        """Notes whose rights to check again; the streams of an ended session end without being asked."""
        session = frame.data["session"]
        for subscriber in self._subscribers:
            if subscriber.viewer.user_id != frame.data["user"]:
                continue
            if session is None:
                self._suspects.add(subscriber)
            elif subscriber.viewer.session == session:
                subscriber.end("access")


def _count_down(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def is_delivered(frame: Frame) -> bool:
    """Whether the event is for readers; the others are for the servers themselves."""
    return frame.type != wire.ACCESS_CHANGED.name
