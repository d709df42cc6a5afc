"""Streams whose connections the GRIP proxy holds: how each begins, and what the proxy is told when it asks again.

It asks by the next link: when it misses a link of a channel's chain, when the relay hints that somebody's rights have
changed, or that the stream's turn has come: soon after the beginning, and then at least twice a minute. Its request
carries no cookie and no header of the reader, so the link itself says who reads, and the reader is judged anew by that.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from notifications.models import Event
from notifications.services import positions, relaying
from notifications.streams.fanout import finite, frames, limits, measures, viewers
from notifications.streams.fanout.frames import Flavour, Frame
from notifications.streams.fanout.hub import is_delivered
from notifications.streams.fanout.telling import Until, between
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.process import threads
from notifications.streams.proxy import grip, statement
from notifications.streams.proxy.statement import Statement
from notifications.streams.responses.stream import HEADERS, greeting
from notifications.wire import event_types, sse

# Seconds until a new stream's first turn. What is published while a hold is being made is noticed by the proxy only if
# no other hold on the channel is made at that moment.
_FIRST_TURN = 2


def can_hold(request: HttpRequest, viewer: Viewer, until: Until | None) -> bool:
    """Whether the proxy can hold this stream: it must be able to go on without anything that only we know."""
    if not grip.is_proxied(request) or not grip.fits(viewer.channels):
        return False
    if viewer.credential is not None and not isinstance(viewer.credential, viewers.Credential):
        return False
    # A channel with an end is closed for all its readers: it must be theirs alone, and the end the one they expect.
    ends = {finite.end_of(channel) for channel in viewer.channels}
    return ends == {until} and (until is None or len(viewer.channels) == 1)


def begin(
    request: HttpRequest,
    *,
    viewer: Viewer,
    flavour: Flavour,
    log: positions.LogState,
    start: positions.Start,
    opening: Sequence[sse.ServerSentEvent],
) -> HttpResponse:
    """Greeting, opening and replay, after which the proxy keeps the connection and gets the rest from the relay."""
    head = grip.event_id(log.epoch, start.position)
    said = [greeting(head, start.reset)]
    said += [sse.encode(sse.ServerSentEvent(one.event, one.data, one.id or head)) for one in opening]
    hub = threads.hub(log)
    if hub.epoch != log.epoch:
        return _ended(said, "epoch")
    # What lies behind is published soon, to the proxy and so to this reader: told here too, it would break the chain.
    through = max(start.position, relaying.published_through(log=log))
    replay = hub.recent(after=start.position, through=through, channels=viewer.channels)
    measures.replayed(len(replay))
    bounds = limits.current()
    spread = bounds.lifetime * bounds.lifetime_spread
    ends_at = time.time() + between(bounds.lifetime - spread, bounds.lifetime + spread)
    known = Statement(viewer, flavour, log.epoch, through, log.head, ends_at)
    turn = int(time.time()) + _FIRST_TURN
    return _told(request, said, replay, known, dict.fromkeys(viewer.channels, 0), turn=turn)


def go_on(request: HttpRequest, sealed: str) -> HttpResponse:
    """Events the proxy has missed, or the end of the stream.

    404 for everybody but the proxy itself. It signs the requests of readers too, but lets none of them say `Grip-Last`.
    """
    if not grip.is_proxied(request) or "HTTP_GRIP_LAST" not in request.META:
        return HttpResponse(status=404)
    try:
        known = statement.unseal(sealed)
    except statement.StatementUnreadable:
        return _ended([], "lifetime")
    log = positions.log_state()
    if viewers.refused({known.viewer}):
        return _ended([], "access")
    if log.epoch != known.epoch:
        return _ended([], "epoch")
    if known.told < log.trimmed_through:
        return _reset(request, known, log, "expired")
    told = {name: grip.last_told(request, name, known.flavour, known.epoch) for name in known.viewer.channels}
    through = max(known.told, relaying.published_through(log=log))
    if through < known.seen:
        # Not published since the proxy last asked: whatever the reason, nobody waits for the relay any longer.
        through = log.head
    missed = _missed(known, told, log, through)
    if missed and missed[0].position <= max(told.values()):
        return _reset(request, known, log, "gap")
    if time.time() >= known.ends_at and not missed:
        return _ended([], "lifetime", grip.event_id(log.epoch, max(known.told, *told.values())))
    known = dataclasses.replace(known, told=through, seen=log.head)
    return _told(request, [], missed, known, told)


def _missed(known: Statement, told: Mapping[str, int], log: positions.LogState, through: int) -> list[Frame]:
    """The events through this position that the proxy has not told, going by what it has told last on each channel."""
    rows = Event.objects.on(told).after(known.told).filter(position__lte=through)
    frames_of = [Frame.of(row, log.epoch) for row in rows]
    return [frame for frame in frames_of if frame.position > told[frame.channel] and is_delivered(frame)]


def _reset(request: HttpRequest, known: Statement, log: positions.LogState, reason: str) -> HttpResponse:
    """Readers ignore what comes behind a later event of another channel: such a gap cannot be closed any more."""
    head = grip.event_id(log.epoch, log.head)
    said = sse.encode(sse.ServerSentEvent(event_types.RESET.name, {"reason": reason}, head))
    if any(finite.end_of(channel) for channel in known.viewer.channels):
        # The end may lie in the gap. The reader comes back, and is told by the view how things stand.
        return _answer([said])
    known = dataclasses.replace(known, told=log.head, seen=log.head)
    told = dict.fromkeys(known.viewer.channels, 0)
    return _told(request, [said], [], known, told)


def _told(
    request: HttpRequest,
    said: list[bytes],
    replay: list[Frame],
    known: Statement,
    told: Mapping[str, int],
    *,
    turn: int | None = None,
) -> HttpResponse:
    """The response that says all this and has the proxy go on from there, unless it is the end of a finite stream.

    `told` has what the proxy itself may have told beyond `known`, by channel. The second of the stream's turn is random
    unless given, so that streams which began together are not reviewed together.
    """
    for number, frame in enumerate(replay, start=1):
        until = finite.end_of(frame.channel)
        if until is not None and until(frame):
            done = sse.encode(sse.ServerSentEvent(event_types.DONE.name, {}, frame.id))
            return _answer([*said, frames.joined(replay[:number], known.flavour), done])
    last = relaying.last_positions(channels=known.viewer.channels, through=known.told)
    grip.hold(
        request,
        epoch=known.epoch,
        last={channel: max(position, told[channel]) for channel, position in last.items()},
        flavour=known.flavour,
        control=[*_control_channels(known), grip.turn_channel(turn if turn is not None else secrets.randbelow(1000))],
        # In the path: the proxy takes addresses that differ in their query alone for one, and gives one answer to all.
        next_link=reverse("notifications:events-next", args=[known.seal()]),
    )
    return _answer([*said, frames.joined(replay, known.flavour)])


def _control_channels(known: Statement) -> list[str]:
    session = known.viewer.session
    named = [grip.session_channel(session)] if session else []
    return [grip.user_channel(known.viewer.user_id), grip.epoch_channel(known.epoch), *named]


def _ended(said: list[bytes], reason: str, identity: str | None = None) -> HttpResponse:
    """Without a hold and a next link the proxy closes the connection behind this."""
    return _answer([*said, sse.encode(sse.ServerSentEvent(event_types.BYE.name, {"reason": reason}, identity))])


def _answer(said: list[bytes]) -> HttpResponse:
    return HttpResponse(b"".join(said), content_type="text/event-stream; charset=utf-8", headers=HEADERS)
