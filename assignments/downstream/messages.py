"""Messages to and from downstream systems, validated field by field; no Django.

Every record carries the sending system's own `reference` and a `version` that grows with each change there.
Times are aware and travel as ISO 8601.
"""

# size: all messages of the protocol in one place, to which its page refers

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Reference = Annotated[str, Field(min_length=1, max_length=40)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class System(StrEnum):
    """The three kinds of downstream system."""

    WORK = "WORK"
    WORKFORCE = "WORKFORCE"
    PERMITS = "PERMITS"


class Resource(StrEnum):
    """The collections that can be read, by the last part of their path."""

    ORDERS = "orders"
    QUALIFICATIONS = "qualifications"
    EMPLOYEES = "employees"
    ABSENCES = "absences"
    CREWS = "crews"
    EQUIPMENT = "equipment"
    SHIFTS = "shifts"
    PERMITS = "permits"
    OUTAGES = "outages"


RESOURCES: dict[System, tuple[Resource, ...]] = {
    System.WORK: (Resource.ORDERS,),
    System.WORKFORCE: (
        Resource.QUALIFICATIONS,
        Resource.EMPLOYEES,
        Resource.CREWS,
        Resource.EQUIPMENT,
        Resource.SHIFTS,
        Resource.ABSENCES,
    ),
    System.PERMITS: (Resource.PERMITS, Resource.OUTAGES),
}
"""Which system holds what, in the order in which a reader must take it (crews name employees)."""


class Message(BaseModel):
    """Frozen and strict about unknown values, lenient about unknown fields: a newer system may send more."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Record(Message):
    reference: Reference
    version: Annotated[int, Field(ge=1)]


class Period(Message):
    """A half-open period."""

    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _ends_after_start(self) -> Period:
        if self.end <= self.start:
            raise ValueError("the end must be after the start")
        return self


class Beginning(Message):
    """A period whose end the sender does not know."""

    start: AwareDatetime
    end: None = None


class NeedMessage(Message):
    qualification: Reference
    level: Literal["APPRENTICE", "STANDARD", "MASTER"] = "STANDARD"
    people: Annotated[int, Field(ge=1, le=20)] = 1


class FurtherCrewMessage(Message):
    """Requirements of an order on a crew beside its lead crew, for the whole work."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    crew_size: Annotated[int, Field(ge=1, le=40)] = 1
    needs: tuple[NeedMessage, ...] = ()
    equipment: tuple[str, ...] = ()


OrderKind = Literal["TROUBLE", "CORRECTIVE", "PREVENTIVE", "NEW_SERVICE", "VEGETATION", "INSPECTION", "SWITCHING"]
Priority = Literal["EMERGENCY", "URGENT", "HIGH", "NORMAL", "LOW"]
PermitKind = Literal["CLEARANCE", "EXCAVATION", "TRAFFIC", "HOT_WORK", "CONFINED_SPACE", "ENVIRONMENTAL"]
PermitStatus = Literal[
    "REQUESTED", "ISSUED", "SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK", "CLOSED", "REJECTED", "CANCELLED"
]


class OrderMessage(Record):
    district: Reference
    number: Reference
    kind: OrderKind
    priority: Priority
    status: Literal["RECEIVED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CLOSED", "CANCELLED"] = "RECEIVED"
    """Work management knows the field's progress; waiting, ready and scheduled are ours."""
    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    latitude: Latitude
    longitude: Longitude
    address: str = ""
    feeder: str = ""
    substation: str = ""
    voltage: Annotated[int, Field(ge=0)] = 0
    energised: bool = False
    customers_out: Annotated[int, Field(ge=0)] = 0
    duration_minutes: Annotated[int, Field(ge=5, le=14 * 24 * 60)]
    earliest_start: AwareDatetime | None = None
    due: AwareDatetime | None = None
    appointment: Period | None = None
    crew_size: Annotated[int, Field(ge=1, le=40)] = 1
    needs: tuple[NeedMessage, ...] = ()
    equipment: tuple[str, ...] = ()
    """Equipment codes the crew must bring."""
    further_crews: Annotated[tuple[FurtherCrewMessage, ...], Field(max_length=5)] = ()
    """Crews needed at the same time; size, needs and equipment above are the lead crew's."""
    required_permits: tuple[PermitKind, ...] = ()
    prerequisites: tuple[Reference, ...] = ()
    """References of orders that must be complete before this one starts."""
    materials_ready: bool = True
    materials_expected: AwareDatetime | None = None
    splitting: Literal["NO", "SAME_CREW", "HAND_OVER"] = "SAME_CREW"
    """Whether work that is longer than a shift may be done in parts, and whether by several crews."""
    least_part_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    set_up_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 30
    """Taken by each part after the first beside its work."""
    parts_done: Annotated[int, Field(ge=0, le=1000)] = 0
    """Number of its parts that the field has finished."""


class QualificationMessage(Record):
    """`reference` is the qualification's code."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


class HeldMessage(Message):
    qualification: Reference
    level: Literal["APPRENTICE", "STANDARD", "MASTER"] = "STANDARD"
    issued: AwareDatetime
    expires: AwareDatetime | None = None


class EmployeeMessage(Record):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    district: Reference
    active: bool = True
    held: tuple[HeldMessage, ...] = ()


class AbsenceMessage(Record):
    employee: Reference
    period: Period
    kind: Literal["LEAVE", "SICK", "TRAINING"] = "LEAVE"
    cancelled: bool = False


class MembershipMessage(Message):
    employee: Reference
    since: AwareDatetime
    until: AwareDatetime | None = None


class CrewMessage(Record):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    district: Reference
    foreman: Reference
    members: tuple[MembershipMessage, ...]
    latitude: Latitude
    longitude: Longitude
    active: bool = True


class OutOfServiceMessage(Message):
    period: Period
    reason: str = ""


class EquipmentMessage(Record):
    code: Reference
    """Its type, e.g. BUCKET."""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    crew: Reference | None = None
    out_of_service: tuple[OutOfServiceMessage, ...] = ()


class ShiftMessage(Record):
    crew: Reference
    period: Period
    on_call: bool = False
    cancelled: bool = False


class PermitMessage(Record):
    number: Reference
    kind: PermitKind
    status: PermitStatus
    authority: str = ""
    order: Reference
    valid: Period | Beginning | None = None
    """An excavation ticket may come without an end: the law of the state sets one."""


class OutageMessage(Record):
    order: Reference
    feeder: str = ""
    customers_out: Annotated[int, Field(ge=0)]
    started_at: AwareDatetime
    restored_at: AwareDatetime | None = None


MESSAGES: dict[Resource, type[Record]] = {
    Resource.ORDERS: OrderMessage,
    Resource.QUALIFICATIONS: QualificationMessage,
    Resource.EMPLOYEES: EmployeeMessage,
    Resource.ABSENCES: AbsenceMessage,
    Resource.CREWS: CrewMessage,
    Resource.EQUIPMENT: EquipmentMessage,
    Resource.SHIFTS: ShiftMessage,
    Resource.PERMITS: PermitMessage,
    Resource.OUTAGES: OutageMessage,
}

Item = TypeVar("Item", bound=Record)


class Page(Message, Generic[Item]):
    """One page of `GET /api/<resource>?district=&since=&page=`: records with a version above `since`."""

    items: tuple[Item, ...]
    next: int | None
    """The next page's number."""
    version: int
    """The collection's version as of this answer: what to pass as `since` next time."""


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


class BookedMessage(Message):
    """One booking of `GET /api/bookings`: as it stands in the target's book, whoever made it."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    assignment: Annotated[str, Field(max_length=100)] | None = None
    """The one that Lineup named; another name, or none, for a booking that Lineup did not make."""
    order: Annotated[str, Field(max_length=100)] = ""
    part: Annotated[int, Field(ge=0)] = 0
    crew: Annotated[str, Field(max_length=100)]
    further_crews: tuple[str, ...] = ()
    period: Period
    tentative: bool | None = None
    """None where the target does not tell the two apart."""


class Acknowledgement(Message):
    """The answer to a booking or a restoration time; `replayed` when the key had come before and nothing was done.

    The reference may be a number, or be left out by a system that has none.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    reference: Annotated[str, Field(max_length=60)] = ""
    replayed: bool = False
