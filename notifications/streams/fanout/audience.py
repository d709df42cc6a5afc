"""Which open streams of the process hear which channel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from notifications.streams.fanout.frames import Flavour, Frame
from notifications.streams.fanout.pages import PageFrame
from notifications.streams.fanout.subscribers import Subscriber


@dataclass(frozen=True, slots=True)
class Group:
    """Streams that are told the same: these frames in this flavour."""

    members: Sequence[Subscriber]
    frames: Sequence[Frame | PageFrame]
    flavour: Flavour

    def body(self) -> bytes:
        """The frames one behind the other, made once for all members."""
        return b"".join([frame.encoded(self.flavour) for frame in self.frames])


class Audience:
    """The open streams by channel and flavour, and their number by user and by address. Its owner holds the lock."""

    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._by_channel: dict[str, dict[Flavour, set[Subscriber]]] = {}
        # Counted as they come and go: each new stream asks.
        self._of_user: Counter[int] = Counter()
        self._from_address: Counter[str] = Counter()
        self._by_page: dict[str, set[Subscriber]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all)

    def add(self, subscriber: Subscriber) -> None:
        self._all.add(subscriber)
        self._of_user[subscriber.viewer.user_id] += 1
        self._from_address[subscriber.address] += 1
        for channel in subscriber.viewer.channels:
            by_flavour = self._by_channel.setdefault(channel, {})
            by_flavour.setdefault(subscriber.flavour, set()).add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        if subscriber not in self._all:
            return
        self._all.discard(subscriber)
        _count_down(self._of_user, subscriber.viewer.user_id)
        _count_down(self._from_address, subscriber.address)
        for channel in subscriber.viewer.channels:
            by_flavour = self._by_channel[channel]
            by_flavour[subscriber.flavour].discard(subscriber)
            if not by_flavour[subscriber.flavour]:
                del by_flavour[subscriber.flavour]
            if not by_flavour:
                del self._by_channel[channel]
        for page in subscriber.pages:
            self._by_page[page].discard(subscriber)
            if not self._by_page[page]:
                del self._by_page[page]
        subscriber.pages = frozenset()

    def watch(self, subscriber: Subscriber, page: str) -> None:
        """The stream is told of the page from now on, unless it has ended."""
        if subscriber in self._all:
            self._by_page.setdefault(page, set()).add(subscriber)
            subscriber.pages |= {page}

    def watching(self, page: str) -> Sequence[Subscriber]:
        """The streams that are told of the page."""
        return tuple(self._by_page.get(page, ()))

    def counts(self, *, user_id: int, address: str) -> tuple[int, int, int]:
        """Number of open streams: in all, of this user, from this address."""
        return len(self._all), self._of_user[user_id], self._from_address[address]

    def flavours(self, channel: str) -> Collection[Flavour]:
        """The flavours in which somebody hears the channel."""
        return tuple(self._by_channel.get(channel, ()))

    def groups(self, frames: Sequence[Frame]) -> list[Group]:
        """Assign frames to groups of streams, so that each stream gets a burst in one piece."""
        heard = [channel for channel in {frame.channel for frame in frames} if channel in self._by_channel]
        if len(heard) != 1:
            return self._by_what_they_hear(frames, heard)
        told = [frame for frame in frames if frame.channel == heard[0]]
        return [Group(list(members), told, flavour) for flavour, members in self._by_channel[heard[0]].items()]

    def _by_what_they_hear(self, frames: Sequence[Frame], heard: Sequence[str]) -> list[Group]:
        # One bit per channel: readers of one district differ by their own channels alone, which are seldom told.
        bits = {channel: 1 << number for number, channel in enumerate(heard)}
        hears: dict[Subscriber, int] = {}
        for channel, bit in bits.items():
            for members in self._by_channel[channel].values():
                for subscriber in members:
                    hears[subscriber] = hears.get(subscriber, 0) | bit
        alike: dict[tuple[Flavour, int], list[Subscriber]] = defaultdict(list)
        for subscriber, mask in hears.items():
            alike[subscriber.flavour, mask].append(subscriber)
        return [
            Group(members, [frame for frame in frames if bits.get(frame.channel, 0) & mask], flavour)
            for (flavour, mask), members in alike.items()
        ]


def _count_down(counts: Counter[Any], key: object) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
