"""Each request works for one trace: the caller's, by its `traceparent`, else a new one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from assignments.downstream import tracing

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
        with tracing.within(trace), structlog.contextvars.bound_contextvars(request=identity):
            answer = self.get_response(request)
        answer[tracing.HEADER] = trace.header()
        return answer
