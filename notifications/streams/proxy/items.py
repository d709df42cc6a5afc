"""Items of events for the publish address of the GRIP proxy, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from gripcontrol import HttpStreamFormat
from pubcontrol import Item

from notifications.streams.fanout import finite, frames, limits
from notifications.streams.fanout.frames import Flavour, Frame
from notifications.streams.fanout.hub import is_delivered
from notifications.streams.proxy import grip
from notifications.wire import event_types, sse

FLAVOURS: tuple[Flavour, ...] = get_args(Flavour)
# An id before which no event has ever been told: each reader's chain breaks at it.
_NOWHERE = "-"
Exported = dict[str, Any]


def items_of(told: Iterable[Frame], last: Mapping[str, int], epoch: str) -> Iterator[Exported]:
    """The items that tell these events; `last` has the position of the last event before them on each channel.

    Events of one channel that follow each other share an item: the proxy counts, queues and drops by items.
    """
    before = dict(last)
    for group in _grouped(told):
        channel = group[0].channel
        if is_delivered(group[0]):
            for flavour in FLAVOURS:
                yield from _telling(group, flavour, grip.event_id(epoch, before[channel]))
            before[channel] = group[-1].position
        else:
            yield from _reviewing(group[0])


def reviews(seconds: Iterable[int]) -> list[Exported]:
    """Items that have the proxy ask about the streams whose turn it is in these seconds.

    Its own clock would do, but it asks about no more than ten streams a second by it.
    """
    return [_exported(grip.turn_channel(second), HttpStreamFormat(action="hint")) for second in seconds]


def end_of_epoch(epoch: str) -> list[Exported]:
    """Items that send every reader of the epoch away; they come back to a `reset`."""
    return _farewell(grip.epoch_channel(epoch), "epoch")


def parcels(items: Iterable[Exported]) -> Iterator[list[Exported]]:
    """The items in as many requests as the proxy's limit of bytes needs.

    What is too long for any request is replaced by an item that makes the proxy ask for it by the readers' next links.
    """
    most = limits.current().grip_bytes
    parcel: list[Exported] = []
    size = 0
    for made in items:
        item, length = made, len(json.dumps(made))
        if length > most:
            item = _exported(made["channel"], HttpStreamFormat(grip.BEAT), made["id"], _NOWHERE)
            length = len(json.dumps(item))
        if parcel and size + length > most:
            yield parcel
            parcel, size = [], 0
        parcel.append(item)
        size += length
    if parcel:
        yield parcel


def _grouped(told: Iterable[Frame]) -> Iterator[list[Frame]]:
    group: list[Frame] = []
    size, longest = 0, limits.current().grip_bytes // 4
    for frame in told:
        length = len(frame.encoded("browser")) if is_delivered(frame) else 0
        if group and (size + length > longest or not _belong_together(group[-1], frame)):
            yield group
            group, size = [], 0
        group.append(frame)
        size += length
    if group:
        yield group


def _belong_together(one: Frame, following: Frame) -> bool:
    is_told = is_delivered(one) and is_delivered(following)
    return is_told and one.channel == following.channel and not _is_last(one)


def _telling(group: list[Frame], flavour: Flavour, previous: str) -> Iterator[Exported]:
    name = grip.data_channel(group[0].channel, flavour)
    identity = group[-1].id
    said = frames.joined(group, flavour)
    if not _is_last(group[-1]):
        yield _exported(name, HttpStreamFormat(said), identity, previous)
        return
    done = sse.encode(sse.ServerSentEvent(event_types.DONE.name, {}, identity))
    yield _exported(name, HttpStreamFormat(said + done), identity, previous)
    # Chained too: a reader that was not told the end asks for it instead of being closed.
    yield _exported(name, HttpStreamFormat(close=True), f"{identity}-end", identity)


def _is_last(frame: Frame) -> bool:
    until = finite.end_of(frame.channel)
    return until is not None and until(frame)


def _reviewing(frame: Frame) -> list[Exported]:
    """An ended session's streams are closed; for a user whose rights have changed the proxy asks us again, at once."""
    session = frame.data["session"]
    if session is not None:
        return _farewell(grip.session_channel(session), "access")
    return [_exported(grip.user_channel(frame.data["user"]), HttpStreamFormat(action="hint"))]


def _farewell(channel: str, reason: str) -> list[Exported]:
    bye = sse.encode(sse.ServerSentEvent(event_types.BYE.name, {"reason": reason}))
    return [_exported(channel, HttpStreamFormat(bye)), _exported(channel, HttpStreamFormat(close=True))]


def _exported(
    channel: str, what: HttpStreamFormat, identity: str | None = None, previous: str | None = None
) -> Exported:
    item: Exported = Item(what, id=identity, prev_id=previous).export()
    # The relay keeps the order itself. The proxy's sequencer may hold back for seconds what it takes for out of order.
    return {**item, "channel": channel, "no-seq": True}
