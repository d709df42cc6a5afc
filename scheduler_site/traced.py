"""Each request works for one trace, the caller's, by its `traceparent`, else a new one; and has one origin."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from assignments.downstream import tracing
from assignments.services.records import origins
from notifications.services import access
from notifications.streams.fanout import peers

_IDENTITY = re.compile(r"[A-Za-z0-9-]{8,64}")
"""Of a request, as a proxy names it for its own log."""


class Traces:
    """Names the trace in the answer, so that a caller who brought none learns what to search for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trace = tracing.read(request.headers.get(tracing.HEADER, "")) or tracing.begun()
        # For lines of the log that are written once the answer is out of here.
        request.trace = trace  # type: ignore[attr-defined]
        sent = request.headers.get("X-Request-ID", "")
        identity = sent if _IDENTITY.fullmatch(sent) else secrets.token_hex(16)
        request.identity = identity  # type: ignore[attr-defined]
        known = structlog.contextvars.bound_contextvars(request=identity)
        with tracing.within(trace), origins.within(_origin(request)), known:
            answer = self.get_response(request)
        answer[tracing.HEADER] = trace.header()
        return answer


def _origin(request: HttpRequest) -> origins.Origin:
    # By the cookie alone: to look whether there is such a session would be a query.
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return origins.Origin(peers.address_of(request), access.session_digest(key) if key else "")
