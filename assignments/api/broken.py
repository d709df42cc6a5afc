"""Answers to what breaks outside of the views: programs get problem details, people a page."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from assignments.api import problems
from notifications.services import connections

BELOW = "/api/"
AWAY_SECONDS = 5
"""After which a reader may try again while the database is away."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that the site cannot read, such as one under a host name that is not its own."""
    if not request.path_info.startswith(BELOW):
        return defaults.bad_request(request, exception)
    return _problem(
        HTTPStatus.BAD_REQUEST, "bad-request", "The request cannot be read.", "Check its host name, headers and body."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """An error of our own; 503 with `Retry-After` when the database is away, full, busy or without a free place."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return _database_away(request, is_busy=connections.is_busy(error))
    if not request.path_info.startswith(BELOW):
        return defaults.server_error(request)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "server-error", "Something broke on our side. It is recorded.",
        "Send it again with the same Idempotency-Key; if it breaks again, tell an administrator the traceparent.",
    )  # fmt: skip


def _database_away(request: HttpRequest, *, is_busy: bool) -> HttpResponse:
    if request.path_info.startswith(BELOW):
        code, detail = (
            ("database-busy", "Others use all that this needs of the database. Nothing was changed.")
            if is_busy
            else ("database-away", "The database does not answer. Nothing was changed.")
        )
        answer = _problem(
            HTTPStatus.SERVICE_UNAVAILABLE, code, detail,
            "Send it again, with the same Idempotency-Key, when the seconds of Retry-After are over.",
        )  # fmt: skip
    else:
        # Not base.html, which asks the database for the person's districts.
        context = {"seconds": AWAY_SECONDS, "is_read": request.method in ("GET", "HEAD"), "is_busy": is_busy}
        answer = render(None, "503.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = str(AWAY_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _problem(status: HTTPStatus, code: str, detail: str, next_step: str) -> HttpResponse:
    body = problems.details(status=status, code=code, detail=detail, next_step=next_step)
    return JsonResponse(body, status=status, content_type=problems.CONTENT_TYPE)
