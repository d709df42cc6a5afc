"""The streams for integrations: the same events as the browsers get, without rendered rows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from assignments import models
from assignments.api import access, base, problems
from assignments.services.records import events
from assignments.streams import runs
from notifications.streams.responses import away, view

CURSOR = [
    OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="The last id you have dealt with."),
    OpenApiParameter("cursor", str, description="The same, for clients that cannot set the header."),
]
STREAM = OpenApiResponse(OpenApiTypes.STR, description="text/event-stream; the events are those of docs/streams.md.")
RESPONSES: dict[Any, Any] = {
    (200, "text/event-stream"): STREAM,
    503: base.refused("Too many open streams; Retry-After says when to come back."),
    **base.REFUSALS,
}


@method_decorator(away.asks_to_come_back, name="dispatch")
class StreamView(base.ApiView):
    """Answers `Accept: text/event-stream`, and refuses with problem details all the same."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        renderer = JSONRenderer()
        return renderer, renderer.media_type


class Events(StreamView):
    @extend_schema(
        operation_id="events_stream",
        parameters=[*CURSOR, OpenApiParameter("district", str, many=True, description="Codes; without, all of yours.")],
        responses=RESPONSES,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Events of your districts from the cursor on, with your inbox unless the token is for some only; ends
        after about ten minutes with `bye`."""
        codes = set(request.query_params.getlist("district"))
        mine = dict(models.District.objects.readable_by(request.user).values_list("code", "pk"))
        if unknown := sorted(codes - mine.keys()):
            raise exceptions.NotFound(f"You are not a member of a district “{unknown[0]}”.")
        channels = {events.district_channel(mine[code]) for code in codes or mine}
        inner = access.plain(request)
        response = view.stream_response(
            inner,
            channels=channels | access.own_channel(request),
            cursor=view.asked_cursor(inner),
            flavour="api",
            credential=access.credential_of(request),
        )
        return as_problem(response)


class RunEvents(StreamView):
    @extend_schema(
        operation_id="runs_events_stream",
        parameters=CURSOR,
        responses={**RESPONSES, 204: OpenApiResponse(description="The run is over and you know its end.")},
    )
    def get(self, request: Request, run_id: UUID) -> HttpResponseBase:
        """One run as it stands, its progress, its result, `done`, and the end of the stream."""
        inner = access.plain(request)
        credential = access.credential_of(request)
        return as_problem(runs.follow(inner, run_id=run_id, flavour="api", credential=credential))


def as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """The stream, or its refusal in the API's words."""
    if response.status_code == HTTPStatus.FORBIDDEN:
        raise exceptions.PermissionDenied("You may not read this stream.")
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return problems.respond(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            code="too-many-streams",
            detail="Too many streams are open.",
            next_step="Close one, or come back after the time in Retry-After.",
            headers={"Retry-After": response["Retry-After"]},
        )
    return response
