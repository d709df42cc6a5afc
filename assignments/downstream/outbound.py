"""Messages by which downstream systems are told of decisions and answer; no Django."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from assignments.downstream.messages import Message, Period
from assignments.downstream.storable import Place, Reference, shown

_BIG = 10**30

OverrideCodeName = Literal[
    "DANGER", "CREW_AGREED", "CUSTOMER_AGREED", "HELP_ON_SITE", "DONE_ALREADY", "LENT", "OTHER"
]  # fmt: skip


class OverrideMessage(Message):
    """The rules that the decision breaks, for which a manager answers."""

    code: OverrideCodeName | None = None
    """None of decisions that are older than codes."""
    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    reason: str


class BookingMessage(Message):
    """The body of `POST /api/bookings` with an Idempotency-Key header: one decision of an assigning manager.

    CONFIRM says that what was assigned tentatively is firm now.
    """

    action: Literal["ASSIGN", "CONFIRM", "REVOKE"]
    assignment: str
    sequence: Annotated[int, Field(ge=1)] = 1
    """Position among all decisions about the order. They come in this order, with gaps for what was not to be told."""
    order: Reference
    part: Annotated[int, Field(ge=0)] = 0
    """Of an order that Lineup has cut: the number of the part, of so many `parts`; 0 for the whole order."""
    parts: Annotated[int, Field(ge=0)] = 0
    crew: Reference
    further_crews: tuple[Reference, ...] = ()
    """Crews that the work needs beside `crew` for the same period: all are booked with it, or none and it neither."""
    period: Period
    tentative: bool = False
    approved_by: str
    """The manager who decided it: of a REVOKE who took it back."""
    decided_at: AwareDatetime | None = None
    reason: str = ""
    override: OverrideMessage | None = None
    """Left out of a decision within the rules."""
    pinned: bool = False
    """Whether a manager had pinned it by then: nothing but a manager moves it. Left out while nobody has. When that
    changes, one more ASSIGN of the same assignment says so."""
    replaces: str | None = None
    """The assignment that was moved or given to another crew, of which a REVOKE came before; left out of most."""
    replaced_by: str | None = None
    """Of a REVOKE: the assignment that comes instead, whose ASSIGN follows; left out where nothing does."""

    @model_validator(mode="after")
    def _confirms_what_is_firm(self) -> BookingMessage:
        if self.action == "CONFIRM" and self.tentative:
            raise ValueError("what is confirmed is not tentative any more")
        return self

    @model_validator(mode="after")
    def _names_each_crew_once(self) -> BookingMessage:
        if len({self.crew, *self.further_crews}) != 1 + len(self.further_crews):
            raise ValueError("a crew is named twice")
        return self


class RestorationMessage(Message):
    """The body of `POST /api/restorations` with an Idempotency-Key header: when the customers of an outage are back.

    It replaces what was told of the order before.
    """

    order: Reference
    back_at: AwareDatetime | None
    """None: nobody can say, because no crew has the work any more."""
    certainty: Literal["NO_CREW", "PLANNED", "APPROVED", "DISPATCHED", "ON_SITE"]
    set_by: str = ""
    """The manager who set the time; empty where it is estimated."""
    reason: str = ""
    told_at: AwareDatetime


_Name = Annotated[str, Field(max_length=100), AfterValidator(shown)]
"""A name that only the target knows, without what cannot be stored."""


class BookedMessage(Message):
    """One booking of `GET /api/bookings`: as it stands in the target's book, whoever made it."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    assignment: _Name | None = None
    """The one that Lineup named; another name, or none, for a booking that Lineup did not make."""
    order: _Name = ""
    part: Annotated[int, Field(ge=0)] = 0
    crew: _Name
    further_crews: tuple[_Name, ...] = ()
    period: Period
    tentative: bool | None = None
    """None where the target does not tell the two apart."""


def _word_for_it(value: Any) -> Any:
    """The name, or none where it is no name."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number:
        return str(value) if isfinite(value) and abs(value) < _BIG else ""
    return value if isinstance(value, str) else ""


class Acknowledgement(Message):
    """The answer to a booking or a restoration time; `replayed` when the key had come before and nothing was done.

    The reference may be a number, or be left out by a system that has none.
    """

    # What was taken is taken, whatever the other side calls it.
    reference: Annotated[Place, BeforeValidator(_word_for_it)] = ""
    replayed: Annotated[bool, BeforeValidator(lambda value: value is True)] = False
