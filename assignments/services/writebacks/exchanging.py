"""One exchange with a target: the booking is posted, and what came of it is told apart. Reads and writes no rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from assignments import models
from assignments.downstream import outcomes, trouble
from assignments.services.writebacks import connecting


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
    """Tells it once, within `seconds` from connecting to the last byte."""
    what = outcomes.ToTell(row.action, row.payload, str(row.idempotency_key), row.trace().header())
    try:
        outcome = connecting.kept_adapter(system=row.target).tell(what, seconds=seconds)
    except trouble.SystemUnavailable as error:
        return failed(row, error)
    return _exchange(row, outcome)


def failed(row: Row, error: trouble.SystemUnavailable) -> Exchange[Row]:
    """The meaning of an exchange that was not answered, or not well."""
    return _exchange(row, outcomes.outcome_of(error))


def _exchange(row: Row, outcome: outcomes.Outcome) -> Exchange[Row]:
    match outcome:
        case outcomes.Done(reference):
            return Exchange(row, Came.DONE, reference=reference)
        case outcomes.Again(why, after, is_reached, is_conflict):
            return Exchange(row, Came.AGAIN, detail=why, is_reached=is_reached, wait=after, is_conflict=is_conflict)
        case outcomes.Refused(why, is_gone):
            return Exchange(row, Came.REFUSED, detail=why, is_reached=False, is_gone=is_gone)
        case outcomes.Unusable(why):
            return Exchange(row, Came.CLOSED, detail=why, is_reached=False)
