"""Records of downstream systems, validated field by field; no Django.

Every record carries the sending system's own `reference` and a `version` that grows with each change there.
Times are aware and travel as ISO 8601.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from assignments.downstream import storable

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

    @model_validator(mode="before")
    @classmethod
    def _leaves_out_nulls(cls, given: Any) -> Any:
        """A null where there is another default says as little as a field that is left out."""
        if not isinstance(given, dict) or None not in given.values():
            return given
        fields = cls.model_fields
        return {
            name: value
            for name, value in given.items()
            if value is not None or name not in fields or fields[name].is_required() or fields[name].default is None
        }


class Record(Message):
    reference: storable.Reference
    version: storable.Version
    _mended: tuple[str, ...] = PrivateAttr(())
    _came_as: Any = PrivateAttr(None)

    @classmethod
    def read(cls, given: Any, came_as: Any = None) -> Self:
        """The record, which knows what of it was mended, and how its system had it where that has words of its own.

        Raises ValidationError.
        """
        mended: list[str] = []
        record = cls.model_validate(given, context=mended)
        record._mended, record._came_as = tuple(dict.fromkeys(mended)), came_as  # noqa: SLF001 - its own
        return record

    @property
    def mended(self) -> tuple[str, ...]:
        """Changes that made it storable, in words."""
        return self._mended

    @property
    def came_as(self) -> Any:
        """The record as its system has it; None where that speaks the contract."""
        return self._came_as


class Period(Message):
    """A half-open period."""

    start: storable.Since
    end: storable.Until

    @model_validator(mode="after")
    def _ends_after_start(self) -> Period:
        if self.end <= self.start:
            raise ValueError("the end must be after the start")
        return self


class Beginning(Message):
    """A period whose end the sender does not know."""

    start: storable.Since
    end: None = None


class NeedMessage(Message):
    qualification: storable.Reference
    level: Literal["APPRENTICE", "STANDARD", "MASTER"] = "STANDARD"
    people: Annotated[int, Field(ge=1, le=20)] = 1


class FurtherCrewMessage(Message):
    """Requirements of an order on a crew beside its lead crew, for the whole work."""

    title: storable.ShortTitle
    crew_size: Annotated[int, Field(ge=1, le=40)] = 1
    needs: tuple[NeedMessage, ...] = ()
    equipment: tuple[storable.Reference, ...] = ()


OrderKind = Literal["TROUBLE", "CORRECTIVE", "PREVENTIVE", "NEW_SERVICE", "VEGETATION", "INSPECTION", "SWITCHING"]
Priority = Literal["EMERGENCY", "URGENT", "HIGH", "NORMAL", "LOW"]
PermitKind = Literal["CLEARANCE", "EXCAVATION", "TRAFFIC", "HOT_WORK", "CONFINED_SPACE", "ENVIRONMENTAL"]
PermitStatus = Literal[
    "REQUESTED", "ISSUED", "SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK", "CLOSED", "REJECTED", "CANCELLED"
]


class OrderMessage(Record):
    district: storable.Reference
    number: storable.Number
    kind: OrderKind
    priority: Priority
    status: Literal["RECEIVED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CLOSED", "CANCELLED"] = "RECEIVED"
    """Work management knows the field's progress; waiting, ready and scheduled are ours."""
    title: storable.Title
    description: storable.Body = ""
    latitude: Latitude
    longitude: Longitude
    address: storable.Line = ""
    feeder: storable.Feeder = ""
    substation: storable.Place = ""
    voltage: storable.Volts = 0
    energised: bool = False
    customers_out: storable.Customers = 0
    duration_minutes: Annotated[int, Field(ge=5, le=14 * 24 * 60)]
    earliest_start: storable.NotBefore = None
    due: storable.AtLast = None
    appointment: Period | None = None
    crew_size: Annotated[int, Field(ge=1, le=40)] = 1
    needs: tuple[NeedMessage, ...] = ()
    equipment: tuple[storable.Reference, ...] = ()
    """Equipment codes the crew must bring."""
    further_crews: Annotated[tuple[FurtherCrewMessage, ...], Field(max_length=5)] = ()
    """Crews needed at the same time; size, needs and equipment above are the lead crew's."""
    required_permits: tuple[PermitKind, ...] = ()
    prerequisites: tuple[storable.Reference, ...] = ()
    """References of orders that must be complete before this one starts."""
    materials_ready: bool = True
    materials_expected: storable.AtLast = None
    splitting: Literal["NO", "SAME_CREW", "HAND_OVER"] = "SAME_CREW"
    """Whether work that is longer than a shift may be done in parts, and whether by several crews."""
    least_part_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    set_up_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 30
    """Taken by each part after the first beside its work."""
    parts_done: Annotated[int, Field(ge=0, le=1000)] = 0
    """Number of its parts that the field has finished."""

    _no_appointment = field_validator("appointment", mode="before")(storable.none_of_nothing)


class QualificationMessage(Record):
    """`reference` is the qualification's code."""

    name: storable.Name


class HeldMessage(Message):
    qualification: storable.Reference
    level: Literal["APPRENTICE", "STANDARD", "MASTER"] = "STANDARD"
    issued: storable.Since
    expires: storable.AtLast = None


class EmployeeMessage(Record):
    name: storable.Name
    district: storable.Reference
    active: bool = True
    held: tuple[HeldMessage, ...] = ()


class AbsenceMessage(Record):
    employee: storable.Reference
    period: Period
    kind: Literal["LEAVE", "SICK", "TRAINING"] = "LEAVE"
    cancelled: bool = False


class MembershipMessage(Message):
    employee: storable.Reference
    since: storable.Since
    until: storable.AtLast = None


class CrewMessage(Record):
    name: storable.Name
    district: storable.Reference
    foreman: storable.Reference
    members: tuple[MembershipMessage, ...]
    latitude: Latitude
    longitude: Longitude
    active: bool = True


class OutOfServiceMessage(Message):
    period: Period
    reason: storable.Line = ""


class EquipmentMessage(Record):
    code: storable.Reference
    """Its type, e.g. BUCKET."""
    name: storable.Name
    crew: storable.Reference | None = None
    out_of_service: tuple[OutOfServiceMessage, ...] = ()


class ShiftMessage(Record):
    crew: storable.Reference
    period: Period
    on_call: bool = False
    cancelled: bool = False

    @field_validator("period")
    @classmethod
    def _comes_to_an_end(cls, period: Period) -> Period:
        if period.end - period.start > storable.LONGEST_SHIFT:
            raise ValueError(f"a shift lasts at most {storable.LONGEST_SHIFT.days} days")
        return period


class PermitMessage(Record):
    number: storable.Reference
    kind: PermitKind
    status: PermitStatus
    authority: storable.Label = ""
    order: storable.Reference
    valid: Period | Beginning | None = None
    """An excavation ticket may come without an end: the law of the state sets one."""

    _no_window = field_validator("valid", mode="before")(storable.none_of_nothing)

    @field_validator("valid")
    @classmethod
    def _leaves_the_end_to_the_law(cls, valid: Period | Beginning | None, info: ValidationInfo) -> Any:
        if valid is None or valid.end != storable.LAST or info.data.get("kind") != "EXCAVATION":
            return valid
        return Beginning(start=valid.start)


class OutageMessage(Record):
    order: storable.Reference
    feeder: storable.Feeder = ""
    customers_out: storable.Customers
    started_at: storable.Moment
    restored_at: storable.AtLast = None


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
