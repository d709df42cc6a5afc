"""Following the import of a file until no worker is at it any more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from assignments import models
from assignments.services.files import uploading
from assignments.services.records import file_events, refusals
from notifications.streams.fanout import channels, finite
from notifications.streams.fanout.frames import Frame
from notifications.streams.responses import view
from notifications.wire import sse


def register() -> None:
    """To be called once, when the app registry is ready."""
    channels.register_policy("file", may_import)
    finite.register_end("file", is_last)


def may_import(users: Collection[AbstractBaseUser], key: str) -> Collection[Any]:
    """Users who may import into the table of the file; a key that is no UUID is nobody's file."""
    try:
        file = models.FileImport.objects.filter(pk=UUID(key)).only("table").first()
    except ValueError:
        return ()
    return {user.pk for user in users if file is not None and _may(user, file.table)}


def _may(user: AbstractBaseUser, table: str) -> bool:
    try:
        uploading.require_right(by=user, table=table)
    except refusals.Refusal:
        return False
    return True


def follow(request: HttpRequest, *, file_id: UUID) -> HttpResponseBase:
    """The import as it stands, then every event of it until a person is to say what is next, or it is over."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Session"})
    file = models.FileImport.objects.filter(pk=file_id).first()
    if file is None or not _may(request.user, file.table):
        raise Http404("No such import.")
    if not file.is_at_work:
        return HttpResponse(status=204)
    return view.stream_response(
        request,
        channels=[file_events.channel(file.pk)],
        cursor=view.asked_cursor(request),
        until=is_last,
        opening=[sse.ServerSentEvent(file_events.FILE_PROGRESSED.name, sse.as_plain(file_events.state(file)))],
    )


def is_last(frame: Frame) -> bool:
    """Whether no worker goes on with the import after this event."""
    return frame.type == file_events.FILE_PROGRESSED.name and frame.data["status"] not in models.FileImport.AT_WORK
