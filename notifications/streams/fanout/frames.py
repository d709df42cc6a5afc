"""Events on their way to readers: encoded once for all of them, and kept a while for those that come back."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

from notifications.models import Event
from notifications.services.reading import CommittedEvent
from notifications.streams.fanout import rendering
from notifications.wire import event_ids, sse

logger = logging.getLogger(__name__)

Flavour = Literal["browser", "api"]
# What many ask for together is made by one of them: a renderer queries, and meanwhile the others would do the same.
_making = threading.RLock()


class Frame:
    """One committed event of the log; `encoded` is made at most once per flavour."""

    __slots__ = ("_encoded", "channel", "data", "id", "position", "type")

    def __init__(self, *, epoch: str, position: int, channel: str, name: str, data: Mapping[str, Any]) -> None:
        self.position = position
        self.channel = channel
        self.type = name
        self.data = data
        self.id = str(event_ids.Cursor(epoch, position))
        self._encoded: dict[Flavour, bytes] = {}

    @classmethod
    def of(cls, row: Event, epoch: str) -> Frame:
        if row.position is None:
            raise ValueError("Only committed events are streamed.")
        return cls(epoch=epoch, position=row.position, channel=row.channel, name=row.type, data=row.data)

    @classmethod
    def read(cls, row: CommittedEvent, epoch: str) -> Frame:
        return cls(epoch=epoch, position=row.position, channel=row.channel, name=row.type, data=row.data)

    def encoded(self, flavour: Flavour) -> bytes:
        """The bytes for the wire; browsers get the rendered fields too."""
        if flavour not in self._encoded:
            with _making:
                if flavour not in self._encoded:
                    self._encoded[flavour] = self._encode(flavour)
        return self._encoded[flavour]

    def _encode(self, flavour: Flavour) -> bytes:
        data = self.data if flavour == "api" else rendering.rendered(self.type, self.data)
        try:
            return sse.encode(sse.ServerSentEvent(self.type, data, self.id))
        except sse.NotFrameable:
            # Passed over, or every reader would meet it again for ever and nothing behind it would be told.
            logger.exception("The event at %s cannot be framed and is left out.", self.id)
            return b""


def joined(frames: Iterable[Frame], flavour: Flavour) -> bytes:
    """The frames one behind the other."""
    return b"".join([frame.encoded(flavour) for frame in frames])


class Ring:
    """The latest frames of all channels, oldest out first, findable by channel.

    It knows every event beyond `floor`, so a replay from there on needs no database.
    """

    def __init__(self, *, floor: int, size: int) -> None:
        self.floor = floor
        self._size = size
        self._all: deque[Frame] = deque()
        self._by_channel: dict[str, deque[Frame]] = {}

    def append(self, frame: Frame) -> None:
        self._all.append(frame)
        self._by_channel.setdefault(frame.channel, deque()).append(frame)
        if len(self._all) > self._size:
            self._drop_oldest()

    def since(self, position: int, channels: Collection[str]) -> list[Frame] | None:
        """Frames of the channels beyond `position`, in order; None when the ring does not reach back that far."""
        if position < self.floor:
            return None
        found = [f for channel in channels for f in self._by_channel.get(channel, ()) if f.position > position]
        return sorted(found, key=lambda frame: frame.position)

    def _drop_oldest(self) -> None:
        oldest = self._all.popleft()
        self.floor = oldest.position
        of_channel = self._by_channel[oldest.channel]
        # Channels keep the order of the whole, so the oldest of all is the oldest of its channel.
        of_channel.popleft()
        if not of_channel:
            del self._by_channel[oldest.channel]
