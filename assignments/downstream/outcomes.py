"""Messages to a system, and the outcomes of sending them; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from assignments.downstream.trouble import SystemUnavailable


@dataclass(frozen=True, slots=True)
class ToTell:
    """Something that a system is told: a decision, or when the power is back."""

    action: str
    """A member of `WriteBack.Action`."""
    payload: Mapping[str, Any]
    """A booking or a restoration time, as the contract has it."""
    key: str
    """The same key again is one effect."""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    reference: str = ""
    """Their name for it, if they have one."""


@dataclass(frozen=True, slots=True)
class Again:
    """No answer, or one that says nothing of the booking: it is sent again under the same key."""

    why: str
    after: float | None = None
    """Seconds for which the system asks to be left alone."""
    is_reached: bool = True
    """Whether the system may have taken it."""
    is_conflict: bool = False
    """The first request with this key may still be worked on, or it clashes with another booking."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The system has understood it and does not take it."""

    why: str
    is_gone: bool = False
    """Nobody wants anything at this address any more."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """The system lets nobody in: the same for whatever is sent until a person has mended it."""

    why: str


Outcome = Done | Again | Refused | Unusable

_LETS_NOBODY_IN: dict[int | None, str] = {
    HTTPStatus.UNAUTHORIZED: "its token is refused",
    HTTPStatus.FORBIDDEN: "its token is refused",
    HTTPStatus.METHOD_NOT_ALLOWED: "nothing can be told at its address",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "the proxy lets nobody through",
}
_ASKS_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def outcome_of(error: SystemUnavailable) -> Again | Refused | Unusable:
    """The meaning of an exchange that was not answered, or not well."""
    if why := _lets_nobody_in(error.status):
        return Unusable(f"{error.detail}: {why}")
    if error.permanent and not error.is_sent:
        return Unusable(error.detail)
    # Without a status it was no refusal: the answer, a good one, could not be read.
    if error.permanent and error.status is not None:
        return Refused(error.detail, is_gone=error.status == HTTPStatus.GONE)
    return Again(
        error.detail,
        after=error.retry_after if error.status in _ASKS_TO_WAIT else None,
        is_reached=error.is_sent and error.status != HTTPStatus.TOO_MANY_REQUESTS,
        is_conflict=error.status == HTTPStatus.CONFLICT,
    )


def _lets_nobody_in(status: int | None) -> str:
    """Why not, if so: then what was asked is of no account."""
    if status is not None and 300 <= status < 400:
        return "its address leads elsewhere"
    return _LETS_NOBODY_IN.get(status, "")
