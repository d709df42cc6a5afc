"""Hands each new event of the log to every stream of this process that listens to its channel."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from notifications.models import Event
from notifications.services import positions, reading
from notifications.streams.fanout import direct, limits, measures, viewers
from notifications.streams.fanout.audience import Audience, Group
from notifications.streams.fanout.frames import Frame, Ring
from notifications.streams.fanout.pages import PageFrame
from notifications.streams.fanout.subscribers import Subscriber
from notifications.wire import event_ids, event_types

logger = logging.getLogger(__name__)

# Rows of one look at the log, so that a long absence does not fill the memory.
_BATCH = 500
# Events of the log's end that a new process begins with: more than its readers have missed when they come back to it.
_RECALLED = 1000
# Seconds of rendering after which what is ready is told, although more of the same look is to come.
_WHILE = 0.05
# Streams whose rights are reviewed in one go, and the seconds that everything else then gets.
_REVIEWED = 100
_BREATH = 0.02


class Hub:
    """The open streams of the process, the recent events, and the position up to which the log was read.

    The lock guards all three; a frame is rendered before it is taken.
    """

    def __init__(self, *, log: positions.LogState) -> None:
        self.epoch = log.epoch
        # Up to here the log was read into the ring: where a stream that comes now begins to be told live.
        self.position = log.head
        # Up to here every stream was told or has it queued: where a stream that ends now has to resume.
        self._told = log.head
        self._ring = Ring(floor=log.head, size=limits.current().ring)
        self._lock = threading.RLock()
        self._audience = Audience()
        self._suspects: set[Subscriber] = set()
        # Called with what was told, by the reader's thread: it may only note.
        self.on_told: Callable[[Sequence[Frame]], None] | None = None

    def recall(self, log: positions.LogState) -> None:
        """Begins with the end of the log in memory. To be called before the hub is used.

        When a process dies, its readers come back to others all at once. Each would query and render for itself what
        they all have missed, and miss more meanwhile.
        """
        with self._lock:
            newest = Event.objects.filter(position__lte=log.head).order_by("-position")
            floor = newest.values_list("position", flat=True)[_RECALLED : _RECALLED + 1].first()
            self._ring = Ring(floor=max(floor or 0, log.trimmed_through), size=limits.current().ring)
            for row in reading.committed_after(self._ring.floor, limit=_RECALLED):
                if row.position <= log.head:
                    self._ring.append(Frame.read(row, log.epoch))

    def subscribe(self, subscriber: Subscriber, *, head: int) -> int:
        """The position from which on the subscriber gets everything; what lies before is for the caller to replay.

        `head` is the end of the log as the caller has seen it, which this reader may not have reached yet.
        """
        with self._lock:
            self._audience.add(subscriber)
            measures.STREAMS.set(len(self._audience))
            through = max(self.position, head)
            subscriber.position = max(subscriber.position, through)
            return through

    def unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._audience.remove(subscriber)
            measures.STREAMS.set(len(self._audience))
            self._suspects.discard(subscriber)

    def recent(self, *, after: int, through: int, channels: Collection[str]) -> list[Frame]:
        """Frames of the channels with positions in (after, through]: from memory, or else from the log."""
        with self._lock:
            known = self.position
            found = self._ring.since(after, channels)
        begin = after if found is None else max(after, known)
        if through > begin:
            rows = Event.objects.on(channels).after(begin).filter(position__lte=through)
            found = [*(found or []), *(Frame.of(row, self.epoch) for row in rows.iterator())]
        return [frame for frame in found or [] if frame.position <= through and is_delivered(frame)]

    def take(self, subscriber: Subscriber) -> tuple[list[Frame | PageFrame], int]:
        """The subscriber's queued frames, and the position up to which it has then been told everything."""
        with self._lock:
            return subscriber.take(), max(self._told, subscriber.position)

    def place(self) -> event_ids.Cursor:
        """Up to where the log was read: a query that begins later sees all of it."""
        with self._lock:
            return event_ids.Cursor(self.epoch, self.position)

    def watch(self, subscriber: Subscriber, page: str) -> None:
        """Has the stream told of the page from now on."""
        with self._lock:
            self._audience.watch(subscriber, page)

    def is_watched(self, page: str) -> bool:
        """Whether any stream of the process is told of the page."""
        with self._lock:
            return bool(self._audience.watching(page))

    def looking_at(self, page: str) -> set[int]:
        """Ids of the users whose streams are told of the page."""
        with self._lock:
            return {subscriber.viewer.user_id for subscriber in self._audience.watching(page)}

    def tell_page(self, frame: PageFrame, *, to: Subscriber | None = None, page: str = "") -> None:
        """Tells one stream, or all that watch the page."""
        with self._lock:
            members = [to] if to is not None else self._audience.watching(page)
        self._tell_group(Group(members, [frame], "browser"))

    def counts(self, *, user_id: int, address: str) -> tuple[int, int, int]:
        """Number of open streams: in this process, of this user, from this address."""
        with self._lock:
            return self._audience.counts(user_id=user_id, address=address)

    def end_all(self, reason: str) -> None:
        with self._lock:
            for subscriber in self._audience:
                subscriber.end(reason)

    def adopt(self, log: positions.LogState) -> None:
        """Continues on a log that began anew; readers of the old one end, come back, and get a `reset`."""
        with self._lock:
            self.end_all("epoch")
            self.epoch, self.position, self._told = log.epoch, log.head, log.head
            self._ring = Ring(floor=log.head, size=limits.current().ring)

    def read(self) -> bool:
        """Reads the log to its end and delivers; whether somebody's rights have to be checked again."""
        while True:
            epoch = self.epoch
            rows = reading.committed_after(self.position, limit=_BATCH)
            frames = [Frame.read(row, epoch) for row in rows]
            # A change of rights splits the batch: what lies behind it is not for whoever lost them.
            for is_for_readers, run in itertools.groupby(frames, key=is_delivered):
                (self._tell if is_for_readers else self._suspect)(epoch, list(run))
            measures.told([row.created_at for row in rows])
            if len(rows) < _BATCH:
                return bool(self._suspects)

    def review(self, *, everybody: bool) -> None:
        """Ends the streams whose readers may no longer read: of those whose rights changed, or of everybody.

        A few at a time, so that the streams and pages of this process do not wait for the queries of all; whoever's
        rights change meanwhile comes first.
        """
        with self._lock:
            waiting = list(self._audience) if everybody else []
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

    def _tell(self, epoch: str, frames: Sequence[Frame]) -> None:
        for part in self._encoded(frames):
            with self._lock:
                # At once: a stream that comes later finds these in the ring, and one that is there is in a group.
                if not self._keep(epoch, part):
                    return
                groups = self._audience.groups(part)
            for group in groups:
                self._tell_group(group)
            with self._lock:
                if self.epoch == epoch:
                    self._told = self.position
            if self.on_told is not None:
                self.on_told(part)

    def _tell_group(self, group: Group) -> None:
        """Written at once where nothing waits, else queued: in either way once per stream, also for a burst."""
        try:
            first, last = group.frames[0].position, group.frames[-1].position
            waiting = direct.write_at_once(group.members, group.body(), first=first, last=last)
            with self._lock:
                for subscriber in waiting:
                    subscriber.offer(group.frames)
            for subscriber in waiting:
                subscriber.wake()
        except Exception:
            logger.exception("Streams that could not be told are cut; their readers resume by their cursors.")
            for subscriber in group.members:
                subscriber.end_unheard()

    def _encoded(self, frames: Sequence[Frame]) -> Iterator[list[Frame]]:
        """The frames in parts, with the bytes for whoever listens now.

        They are made before the lock is taken, because a renderer may query; what is ready after a while is told.
        """
        part: list[Frame] = []
        began = time.monotonic()
        for frame in frames:
            for flavour in self._audience.flavours(frame.channel):
                frame.encoded(flavour)
            part.append(frame)
            if time.monotonic() - began > _WHILE:
                yield part
                part, began = [], time.monotonic()
        if part:
            yield part

    def _suspect(self, epoch: str, frames: Sequence[Frame]) -> None:
        """Notes whose rights to check again; the streams of an ended session end without being asked."""
        with self._lock:
            if not self._keep(epoch, frames):
                return
            for frame, subscriber in itertools.product(frames, self._audience):
                session = frame.data["session"]
                if subscriber.viewer.user_id != frame.data["user"]:
                    continue
                if session is None:
                    self._suspects.add(subscriber)
                elif subscriber.viewer.session == session:
                    subscriber.end("access")

    def _keep(self, epoch: str, frames: Sequence[Frame]) -> bool:
        """Puts the frames into the ring; False when the log began anew since they were read."""
        if self.epoch != epoch:
            return False
        for frame in frames:
            self._ring.append(frame)
        self.position = frames[-1].position
        return True


def is_delivered(frame: Frame) -> bool:
    """Whether the event is for readers; the others are for the servers themselves."""
    return frame.type != event_types.ACCESS_CHANGED.name
