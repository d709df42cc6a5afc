"""Answers a request with a stream: checks rights and caps, finds the place to start, and hands over to EventStream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from notifications.models import Event
from notifications.services import positions
from notifications.streams.fanout import limits, measures, peers, viewers
from notifications.streams.fanout.frames import Flavour, Frame
from notifications.streams.fanout.pages import OpenPage
from notifications.streams.fanout.telling import Until
from notifications.streams.process import threads
from notifications.streams.responses import holds
from notifications.streams.responses.stream import HEADERS, EventStream
from notifications.wire import event_ids, sse

_TYPE = "text/event-stream; charset=utf-8"
# The final event of a finite stream is among the last of its channel.
_LAST = 50
_REASONS = {401: "nobody", 403: "forbidden", 503: "full"}


def asked_cursor(request: HttpRequest) -> str:
    """The cursor the reader brings: Last-Event-ID of a reconnect, else `?cursor=` of the page, else empty."""
    return request.META.get("HTTP_LAST_EVENT_ID") or request.GET.get("cursor", "")


def stream_response(
    request: HttpRequest,
    *,
    channels: Iterable[str],
    cursor: str,
    flavour: Flavour = "browser",
    until: Until | None = None,
    opening: Sequence[sse.ServerSentEvent] = (),
    from_beginning: bool = False,
    credential: Callable[[], bool] | None = None,
    open_pages: Sequence[OpenPage] = (),
) -> HttpResponseBase:
    """The stream of the channels from `cursor` on, or the refusal: 401 nobody, 403 not theirs, 503 too many, 204 over.

    `until` names the last event of a finite stream: after it come `done` and the end, and a reader that comes back from
    there gets 204. `opening` is sent before the events, under the id of the starting place unless it has its own.
    Without a cursor the stream starts at the present, or `from_beginning` with the oldest event kept. `credential` is
    asked, repeatedly, whether a reader without a session (a bearer token) is still welcome. `open_pages`, of these
    channels, are kept up to date.
    """
    if not request.user.is_authenticated:
        return _refused(401, "", {"WWW-Authenticate": "Session" if credential is None else "Bearer"})
    viewer = viewers.viewer_of(request, channels, credential)
    if viewer is None or any(one.page.channel not in viewer.channels for one in open_pages):
        return _refused(403, "You may not read this stream.")
    if until is not None and ended(channels=viewer.channels, cursor=cursor, until=until):
        return HttpResponse(status=204)
    log = positions.log_state()
    start = positions.start_at(asked=cursor, log=log)
    if from_beginning and not cursor:
        start = positions.Start(log.trimmed_through, None)
    # The proxy knows nothing of pages: this process writes such a stream itself.
    if not open_pages and holds.can_hold(request, viewer, until):
        return holds.begin(request, viewer=viewer, flavour=flavour, log=log, start=start, opening=opening)
    address = peers.address_of(request)
    if _is_full(log, viewer.user_id, address):
        return _refused(503, "Too many open streams.", {"Retry-After": str(limits.current().retry_after)})
    told: dict[str, Any] = {"log": log, "start": start, "opening": opening, "until": until, "pages": open_pages}
    told["beats"] = request.GET.get("beats") == "1"
    stream = EventStream(viewer=viewer, flavour=flavour, address=address, environ=request.META, **told)
    return StreamingHttpResponse(stream, content_type=_TYPE, headers=HEADERS)


def _refused(status: int, sentence: str, headers: dict[str, str] | None = None) -> HttpResponse:
    measures.REFUSALS.labels(_REASONS[status]).inc()
    return HttpResponse(sentence, status=status, content_type="text/plain", headers=headers)


def ended(*, channels: Collection[str], cursor: str, until: Until) -> bool:
    """Whether the reader at `cursor` has been told the last event of a finite stream, so that nothing can follow."""
    try:
        seen = event_ids.parse(cursor)
    except event_ids.CursorUnreadable:
        return False
    log = positions.log_state()
    if seen.epoch != log.epoch:
        return False
    rows = Event.objects.on(channels).filter(position__lte=seen.position).order_by("-position")[:_LAST]
    return any(until(Frame.of(row, log.epoch)) for row in rows)


def _is_full(log: positions.LogState, user_id: int, address: str) -> bool:
    bounds = limits.current()
    in_process, of_user, from_address = threads.hub(log).counts(user_id=user_id, address=address)
    return in_process >= bounds.per_process or of_user >= bounds.per_user or from_address >= bounds.per_address
