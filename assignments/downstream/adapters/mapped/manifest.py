"""The manifest of a mapped system: settings by which a system of somebody else's making is read and told.

Its words are those of Airbyte's manifests and dlt's REST source where they have one. The docstrings here are the text
of docs/adapters.md.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue, model_validator

from assignments.downstream import messages
from assignments.downstream.adapters.mapped import times
from assignments.downstream.adapters.mapped.auth import Auth
from assignments.downstream.adapters.mapped.expressions import Expression
from assignments.downstream.adapters.mapped.words import ManifestPart, Params, Path, PlainParams, Status, TimeForm, Zone


class PagePaging(ManifestPart):
    """Pages by number."""

    type: Literal["page"]
    param: str = "page"
    """Parameter that names the page."""
    first: int = 1
    """Number of the first."""
    size_param: str = ""
    """Parameter that asks for so many records; empty where the system has its own size."""
    size: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """A page with fewer records is the last. Without it an empty one is."""
    more: Expression | None = None
    """Leads to whether another page follows, in place of counting."""


class OffsetPaging(ManifestPart):
    """So many records from so many on."""

    type: Literal["offset"]
    param: str = "offset"
    """Parameter that says how many records are passed over."""
    size_param: str = "limit"
    """Parameter that asks for so many records."""
    size: Annotated[int, Field(ge=1, le=10_000)]
    """Records of a page; one with fewer is the last."""
    more: Expression | None = None
    """Leads to whether another page follows, in place of counting."""


class CursorPaging(ManifestPart):
    """Each answer names the next page."""

    type: Literal["cursor"]
    param: str = "cursor"
    """Parameter that names the page."""
    next: Expression
    """Leads to the cursor; nothing there ends the list."""


class LinkPaging(ManifestPart):
    """Each answer has the address of the next page, at the same host."""

    type: Literal["link"]
    next: Expression | None = None
    """Leads to it in the body; without it the header `Link` with `rel=next` has it."""


Paging = Annotated[PagePaging | OffsetPaging | CursorPaging | LinkPaging, Field(discriminator="type")]


class ChangedSince(ManifestPart):
    """A parameter by which only what has changed is asked for. The first reading is without it."""

    param: str
    """Its name. It stands in the place of one of the same name under `params`."""
    format: TimeForm | Literal["version"] = times.ISO
    """Of the time at which the reading before began, by the system's clock, or of the newest record before it;
    `version` is one below the highest version read."""
    overlap: Annotated[int, Field(ge=0, le=7 * 86_400)] = 120
    """Seconds that are asked for again, because what is written takes a moment to be seen."""
    zone: Zone | None = None
    """Of times without an offset; UTC unless said."""
    value: str = "{since}"
    """The parameter's value, such as `changedate>="{since}"`."""

    @model_validator(mode="after")
    def _names_the_time(self) -> ChangedSince:
        if "{since}" not in self.value:
            raise ValueError("value must hold {since}")
        return self


def _or_its_path(schema: dict[str, Any]) -> None:
    whole = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string"}, whole]


class MappedColumn(ManifestPart):
    """Source of one field. A text alone is its `path`."""

    path: Expression | None = None
    """Leads to the value in their record. Without it, `default` is always taken."""
    table: dict[str, JsonValue] | None = None
    """Our value for each of theirs. What it lacks is refused, unless there is a default."""
    default: JsonValue = None
    """Taken where there is no value, or a blank one; `null` leaves the field out, so that it keeps what it has."""
    factor: float | None = None
    """Multiplies a number: 60 makes minutes of hours, of `1:30` as well as of 1.5."""
    zone: Zone | None = None
    """Of times without an offset."""
    format: TimeForm | None = None
    """Of times: iso, epoch (seconds), epoch_ms (milliseconds), or a pattern such as `%d/%m/%Y %H:%M`."""
    split: str = ""
    """Separates the values of a list that comes as one text."""
    columns: dict[str, MappedColumn] | None = None
    """Fields of each item, where the path leads to a list of records or to one."""

    model_config = ConfigDict(json_schema_extra=_or_its_path)

    @model_validator(mode="before")
    @classmethod
    def _of_its_path(cls, given: Any) -> Any:
        return {"path": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _makes_sense(self) -> MappedColumn:
        if self.path is None and not self.has_default:
            raise ValueError("say a path or a default")
        if self.columns is not None and (self.table is not None or self.factor is not None or self.is_time):
            raise ValueError("columns go with path and default alone")
        if self.factor is not None and self.is_time:
            raise ValueError("factor is for numbers, zone and format are for times")
        return self

    @property
    def has_default(self) -> bool:
        return "default" in self.model_fields_set

    @property
    def is_time(self) -> bool:
        return self.zone is not None or self.format is not None


Columns = dict[str, MappedColumn]


class MappedResource(ManifestPart):
    """A collection that is read."""

    path: Path = ""
    """Below the system's address. `{district}` stands for the district's code, as `references` has it."""
    params: PlainParams = {}
    """Sent with each request; `{district}` as above."""
    format: Literal["json", "csv"] = "json"
    """Of the answer."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Of CSV, whose first line names the columns."""
    records: Expression = "@"
    """Leads to the list of records in a JSON answer, such as `features[].attributes`."""
    paging: Paging | None = None
    """Without it one answer has all."""
    changed_since: ChangedSince | None = None
    """Without it everything is asked for each time."""
    complete: Literal["delta", "full"] = "delta"
    """`full`: each reading lists all there is, and what it no longer has is ended here, unless it is more than a fifth:
    then a manager is asked. `delta`: what is not listed stays as it is, unless everything is read again of a list that
    has `changed_since`."""
    columns: Annotated[Columns, Field(min_length=1)]
    """Their source, for each field of [the message](integration.md#the-downstream-protocol). A name with a dot, such as
    `period.start`, is a field of a field. Without `version` each reading counts as newer than the one before."""

    @model_validator(mode="after")
    def _is_full_or_changed(self) -> MappedResource:
        if self.complete == "full" and self.changed_since is not None:
            raise ValueError("a full list is asked for whole: leave out changed_since, or say delta")
        return self


class MappedStatuses(ManifestPart):
    """HTTP statuses whose meaning is not the usual one."""

    done: tuple[Status, ...] = ()
    """The system has it. Usual: 200 to 299; for `REVOKE` also 404 and 410."""
    again: tuple[Status, ...] = ()
    """To be sent again under the same key. Usual: 408, 409, 425, 429 and from 500 on."""
    refused: tuple[Status, ...] = ()
    """A person must look. Usual: what else there is; 401 and 403 hold up all until the credentials are mended."""


class MappedAction(ManifestPart):
    """A request by which the system is told."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    """Of the request."""
    path: Path = ""
    """Below the system's address. Names in braces lead to values of [the booking](schemas/booking.json), such as
    `workorders/{order}`; beside its fields there are `key` (idempotency key) and `minutes` (length of the period)."""
    params: Params = {}
    """Of the address; braces as in `path`."""
    headers: dict[str, str] = {}
    """Beside `Idempotency-Key` and those of all requests; never secrets."""
    body: Columns = {}
    """Their fields, a dot between field and field of a field, each with its source in the booking. What has no value is
    left out."""
    encoding: Literal["json", "form"] = "json"
    """Of the body; in a form, values that are no texts are written as JSON."""
    reference: Expression | None = None
    """Leads to their name for it in the answer."""
    statuses: MappedStatuses = MappedStatuses()
    """Where the usual meaning is not theirs."""


class ReferenceTables(ManifestPart):
    """Their names for ours, where they are not the same. What a table lacks has the same name there."""

    districts: dict[str, str] = {}
    """By our code; put in the place of `{district}`."""
    crews: dict[str, str] = {}
    """By the name under which Lineup tells the crew: its reference in the system that it came from and that this one
    *knows the references of*, else Lineup's number of it."""
    people: dict[str, str] = {}
    """By the full name, or else the user name, of the manager who decided."""


ActionName = Literal["ASSIGN", "CONFIRM", "REVOKE", "PIN", "ETR"]


class Manifest(ManifestPart):
    """Address, certificates, proxy, intervals and which orders a system hears of are fields of its row."""

    HIDDEN_HEADERS: ClassVar[frozenset[str]] = frozenset({"authorization", "cookie", "proxy-authorization"})

    auth: Auth | None = None
    """Without it nothing is shown."""
    headers: dict[str, str] = {}
    """Sent with each request; never secrets."""
    resources: dict[messages.Resource, MappedResource] = {}
    """By the name of the collection: of those that a system of its kind holds."""
    actions: dict[ActionName, MappedAction] = {}
    """Requests by which it is told. `ASSIGN` and `REVOKE` are needed together; without `CONFIRM` (tentative has become
    firm), `PIN` (pinned or unpinned) or `ETR` (restoration time) it is not told of these."""
    references: ReferenceTables = ReferenceTables()
    """Where names are not the same there."""

    @model_validator(mode="after")
    def _has_no_secrets(self) -> Manifest:
        named = {*self.headers, *(name for one in self.actions.values() for name in one.headers)}
        if found := sorted(name for name in named if name.lower() in self.HIDDEN_HEADERS):
            raise ValueError(f"leave out the header {found[0]}: secrets come from the environment, under auth")
        return self
