"""Following one suggestion run: what it is at, what becomes ready, its result, and the end."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from assignments import models
from assignments.services.records import events
from assignments.streams import rules
from notifications.models import Event
from notifications.services import positions
from notifications.streams.fanout import frames, rendering
from notifications.streams.responses import view
from notifications.wire import event_types, sse

HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}


def follow(
    request: HttpRequest,
    *,
    run_id: UUID,
    flavour: frames.Flavour = "browser",
    credential: Callable[[], bool] | None = None,
) -> HttpResponseBase:
    """The run as it stands, then every event of it up to its result, `done`, and the end of the stream."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Session" if credential is None else "Bearer"})
    asked = view.asked_cursor(request)
    # The log is looked at before the run: what happens between the two looks is told twice rather than never.
    log = positions.log_state()
    run = models.SuggestionRun.objects.readable_by(request.user).filter(pk=run_id).first()
    if run is None:
        raise Http404("No such run.")
    start = positions.start_at(asked=asked, log=log)
    reset = [sse.ServerSentEvent(event_types.RESET.name, {"reason": start.reset})] if start.reset else []
    opening = [*reset, _state(run, flavour)]
    channel = events.run_channel(run.pk)
    if not run.is_under_way:
        if not asked or reset:
            return _epilogue([*opening, sse.ServerSentEvent(event_types.DONE.name)], log)
        if not Event.objects.on([channel]).after(start.position).exists():
            return HttpResponse(status=204)
    return view.stream_response(
        request,
        channels=[channel],
        cursor=str(log.cursor()) if reset or not asked else asked,
        flavour=flavour,
        until=rules.is_last,
        opening=opening,
        credential=credential,
    )


def _state(run: models.SuggestionRun, flavour: frames.Flavour) -> sse.ServerSentEvent:
    name, data = events.RUN_CHANGED.name, sse.as_plain(events.run_state(run))
    return sse.ServerSentEvent(name, data if flavour == "api" else rendering.rendered(name, data))


def _epilogue(messages: list[sse.ServerSentEvent], log: positions.LogState) -> HttpResponse:
    """The whole stream of a run that ended before its reader came."""
    head = str(log.cursor())
    body = b"".join(sse.encode(sse.ServerSentEvent(one.event, one.data, head)) for one in messages)
    return HttpResponse(body, content_type="text/event-stream; charset=utf-8", headers=HEADERS)
