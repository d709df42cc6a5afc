"""One exchange with a target: the booking is posted, and what came of it is told apart. Reads and writes no rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Generic, TypeVar

from assignments import models
from assignments.downstream import trouble
from assignments.services.writebacks import connecting

Action = models.WriteBack.Action

_TOKEN_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOTHING_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_ASKS_TO_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class Came(StrEnum):
    """End of one exchange, as far as the booking is concerned."""

    DONE = "done"
    AGAIN = "again"
    """No answer, or one that says nothing of the booking: it is sent again under the same key."""
    REFUSED = "refused"
    """The target has understood the booking and does not take it."""
    CLOSED = "closed"
    """The target lets nobody in: the same for whatever is sent until a person has mended it."""


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Exchange(Generic[Row]):
    row: Row
    """As it was claimed."""
    came: Came
    reference: str = ""
    detail: str = ""
    """Words for a manager."""
    is_reached: bool = True
    """Whether the target may have taken it."""
    wait: float | None = None
    """Seconds for which the target asks to be left alone."""
    is_conflict: bool = False
    """Answered 409: the first request with this key may still be worked on, or it clashes with another booking."""
    is_gone: bool = False
    """Answered 410: nobody wants anything at this address any more."""


def tell(*, row: models.WriteBack, seconds: float) -> Exchange[models.WriteBack]:
    """Posts the booking once, within `seconds` from connecting to the last byte."""
    try:
        http = connecting.kept(system=row.target)
        send = http.restore if row.action == Action.ETR else http.book
        answer = send(
            payload=row.payload,
            key=str(row.idempotency_key),
            seconds=seconds,
            traceparent=row.trace().header(),
        )
    except trouble.SystemUnavailable as error:
        if row.action == Action.REVOKE and error.status in _NOTHING_THERE:
            return Exchange(row, Came.DONE)
        return failed(row, error)
    return Exchange(row, Came.DONE, reference=answer.reference)


def failed(row: Row, error: trouble.SystemUnavailable) -> Exchange[Row]:
    """The meaning of an exchange that was not answered, or not well."""
    if error.status in _TOKEN_REFUSED:
        return Exchange(row, Came.CLOSED, detail=f"{error.detail}: its token is refused", is_reached=False)
    if not error.is_sent:
        came = Came.CLOSED if error.permanent else Came.AGAIN
        return Exchange(row, came, detail=error.detail, is_reached=False)
    if error.permanent:
        is_gone = error.status == HTTPStatus.GONE
        return Exchange(row, Came.REFUSED, detail=error.detail, is_reached=False, is_gone=is_gone)
    return Exchange(
        row,
        Came.AGAIN,
        detail=error.detail,
        is_reached=error.status != HTTPStatus.TOO_MANY_REQUESTS,
        wait=error.retry_after if error.status in _ASKS_TO_WAIT else None,
        is_conflict=error.status == HTTPStatus.CONFLICT,
    )
