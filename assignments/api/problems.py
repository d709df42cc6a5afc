"""Every refusal of the API as problem details (RFC 9457): who, what, and what to do next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from assignments.services.records import refusals

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:lineup:problem:{code}"
NEXT_STEPS = {
    "not-authenticated": "Send “Authorization: Bearer <token>”; an administrator issues tokens.",
    "authentication-failed": "Ask an administrator for a new token.",
    "permission-denied": "Ask an administrator for a token with this scope, or sign in again.",
    "not-found": "Check the address; it ends in a slash, and you see only districts you are a member of.",
    "throttled": "Wait for the seconds in Retry-After; RateLimit-Remaining says what is left of a minute.",
    "invalid": "Correct the named fields and send the request again.",
    "parse-error": "Send one JSON object.",
    "unsupported-media-type": "Send “Content-Type: application/json”.",
    "too-large": "Send less at a time.",
    "method-not-allowed": "See the schema at /api/schema/ for what this address takes.",
}


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too-large"
    default_detail = "The request has too many bytes."


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response to a refused request; None for an error of our own, which propagates and is logged once."""
    if isinstance(error, refusals.Refusal):
        return respond(
            status=HTTPStatus.FORBIDDEN if isinstance(error, refusals.NotAManager) else HTTPStatus.CONFLICT,
            code=error.code,
            detail=error.sentence,
            next_step=error.next_step,
        )
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    plain = exception_handler(error, context)
    if plain is None:
        return None
    api_error = _as_api_error(error)
    extra: dict[str, Any] = {}
    if isinstance(api_error, exceptions.ValidationError):
        detail, extra = "Some fields cannot be accepted.", {"errors": field_errors(api_error.detail)}
    else:
        detail = str(api_error.detail)
    code = str(api_error.default_code).replace("_", "-")
    headers = {name: plain[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if plain.has_header(name)}
    next_step = NEXT_STEPS.get(code, "")
    return respond(
        status=HTTPStatus(plain.status_code), code=code, detail=detail, next_step=next_step, headers=headers, **extra
    )


def respond(
    *, status: HTTPStatus, code: str, detail: str, next_step: str, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    body = details(status=status, code=code, detail=detail, next_step=next_step)
    return Response(body | extra, status=status.value, headers=headers, content_type=CONTENT_TYPE)


def details(*, status: HTTPStatus, code: str, detail: str, next_step: str) -> dict[str, Any]:
    """The members that every refusal has."""
    return {
        "type": TYPE.format(code=code),
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "next_step": next_step,
    }


def field_errors(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Each error with the path of its field, such as `reason` or `needs.0.level`; an empty path is the whole body."""
    if isinstance(detail, dict):
        return [error for name, inner in detail.items() for error in field_errors(inner, _join(path, name))]
    if isinstance(detail, list):
        return [
            error
            for index, inner in enumerate(detail)
            for error in field_errors(inner, path if isinstance(inner, str) else _join(path, str(index)))
        ]
    return [{"field": path, "detail": str(detail)}]


def _join(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _as_api_error(error: Exception) -> exceptions.APIException:
    """The framework also answers Django's own two refusals."""
    if isinstance(error, exceptions.APIException):
        return error
    return exceptions.NotFound() if isinstance(error, Http404) else exceptions.PermissionDenied()
