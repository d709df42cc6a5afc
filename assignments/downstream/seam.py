"""The seam between Lineup and other people's systems: an adapter for each way in which systems speak.

An adapter reads collections as chunks of records, tells decisions, and can be checked. Everything above this seam knows
chunks and outcomes, and no protocol. No rows, no transactions, no Django.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assignments.downstream import bookings, client, lenient, messages, outcomes, reaching, storable
from assignments.downstream.trouble import SystemUnavailable, first_fault

Mark = dict[str, Any]
"""How far a collection has been read. JSON that means nothing to its keeper; empty before the first reading."""
ANEW: Mark = {"takes_all": True}
"""The only mark that its keeper makes: everything is read again and taken, whatever versions are stored."""
LONGEST_RAW = 20_000
"""Characters of a record that is kept as it came."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that is not what the contract says."""

    reference: str
    """Empty where it has none that can be read."""
    name: str
    """Its reference, or its position on the page."""
    field: str
    reason: str
    version: int
    """0 where it has none that can be read."""
    raw: str
    """The record as JSON of ASCII alone, so that every database holds it; the beginning of a long one."""
    is_whole: bool
    district: str = ""
    """The code of its district, and its priority, in our words; empty where they cannot be read."""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a pass through a collection. Store it with its mark: whoever goes on from there misses nothing."""

    records: list[messages.Record]
    refused: list[BadRecord]
    mark: Mark
    is_first: bool
    """Whether the pass begins with it."""
    is_last: bool
    """Whether the pass has come to the end of the collection."""
    is_whole: bool
    """Whether the pass lists all there is, and not only what has changed."""
    takes_all: bool
    """Whether records are taken that seem older than what is stored."""
    is_new_epoch: bool
    """Whether the pass began with this chunk because versions had gone back."""
    ends_missing: bool
    """Whether a pass that lists all there is ends what it does not list."""
    doubted: int | None = None
    """Names the pass where all is taken because something is missing that was there before. Its source was restored
    from a copy if a record is older than what is stored."""


@dataclass(frozen=True, slots=True)
class PassLimits:
    """Limits of a pass: asked for with each page, because it may take hours."""

    of_page: Callable[[], client.ReadingLimits]
    size: Callable[[], int] = lambda: 500
    """Records of a chunk."""
    tell: Callable[[client.Progress], None] = lambda _: None


LONGEST_SHOWN = 20_000
"""Characters of an answer that a finding shows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of trying one thing with a system, for the person who sets it up. No secret is in it."""

    subject: str
    """The collection, or the action."""
    request: str = ""
    status: int | None = None
    answer: str = ""
    """As it came; the beginning of a long one."""
    error: str = ""
    """Empty where all is as agreed."""
    records: tuple[messages.Record, ...] = ()
    refused: tuple[BadRecord, ...] = ()
    has_more: bool = False
    """Whether further pages follow."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SetUp:
    """A system as it is set up; the same set-up may share connections."""

    address: str
    kind: messages.System
    timeout: float = 20.0
    """Seconds per request."""
    reach: reaching.Reach = reaching.DIRECT
    secret: str = field(default="", repr=False)
    """Its bearer token."""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Each signs what it is told."""
    lists_all: bool = False
    """Whether its lists have all there is, each time."""
    by_district: bool = True
    """Whether it is asked for one district at a time."""
    is_source: bool = True
    is_target: bool = True
    takes_etr: bool = False
    manifest: str = "{}"
    """Settings of its adapter, as JSON."""


class Adapter(ABC):
    """A system spoken to in its own way. Making one reads no secrets and opens no connections."""

    def __init__(self, set_up: SetUp) -> None:
        self.set_up = set_up

    @property
    def resources(self) -> tuple[messages.Resource, ...]:
        """The collections that it can be asked for, in the order in which a reader must take them."""
        return messages.RESOURCES[self.set_up.kind]

    def faults(self) -> list[str]:
        """Faults of the set-up, each a sentence for the person who typed it in."""
        return (
            [] if json.loads(self.set_up.manifest) in ({}, None) else ["This adapter has no settings: leave it empty."]
        )

    @abstractmethod
    def read(
        self, resource: messages.Resource, *, scope: str, mark: Mapping[str, Any], limits: PassLimits
    ) -> Iterator[Chunk]:
        """The rest of the pass that the mark is in, or the next one. `scope` is a district's code, or empty for all.

        Raises SystemUnavailable, DeadlineReached, Stopped; what was given out before stays true.
        """

    @abstractmethod
    def tell(self, what: outcomes.ToTell, *, seconds: float) -> outcomes.Outcome:
        """The outcome of one attempt of at most `seconds`. Threads may share the adapter for this."""

    @abstractmethod
    def check(self, resource: messages.Resource, *, scope: str, limits: client.ReadingLimits) -> Finding:
        """The outcome of one request for the collection, of which nothing is kept."""

    @abstractmethod
    def preview(self, what: outcomes.ToTell) -> Finding:
        """The request by which it would be told, which is not sent."""

    def understood(self, resource: messages.Resource, item: Any, position: str) -> messages.Record | BadRecord:
        """One record as the system sends it, in our words."""
        return understood(resource, item, position)

    def book(self, *, after: datetime, limits: client.ReadingLimits) -> bookings.Book:
        """All bookings that end after the time. Raises NotServed, SystemUnavailable, DeadlineReached, Stopped."""
        raise bookings.NotServed

    def close(self) -> None:  # noqa: B027 - an adapter without connections has none to close
        """Closes its connections."""


@dataclass(frozen=True, slots=True)
class PagePiece:
    """A part of a page."""

    records: list[messages.Record]
    refused: list[BadRecord]
    is_last: bool
    """Whether the page ends with it."""


def pieces(
    items: list[Any], size: Callable[[], int], understand: Callable[[Any, str], messages.Record | BadRecord]
) -> Iterator[PagePiece]:
    """A page in pieces of at most `size()` records; an empty page is one piece."""
    at = 0
    while True:
        most = max(1, size())
        part = [understand(item, f"number {at + n}") for n, item in enumerate(items[at : at + most], start=1)]
        at += most
        records = [one for one in part if not isinstance(one, BadRecord)]
        yield PagePiece(records, [one for one in part if isinstance(one, BadRecord)], at >= len(items))
        if at >= len(items):
            return


def sorted_out(resource: messages.Resource, items: list[Any]) -> PagePiece:
    """Records of the contract, and what among them is none."""
    return next(pieces(items, lambda: len(items), lambda item, position: understood(resource, item, position)))


def tried(
    resource: messages.Resource,
    request: str,
    *,
    send: Callable[[], client.RawAnswer],
    take: Callable[[client.RawAnswer], tuple[PagePiece, bool]],
    hide: Callable[[str], str],
) -> Finding:
    """The finding of a request: `take` says which records are in its answer, and whether more follow; `hide` keeps
    secrets out."""
    began, shown = time.monotonic(), hide(request)
    try:
        answer = send()
    except SystemUnavailable as error:
        return Finding(resource, shown, error=f"It {hide(error.detail)}.")
    found = Finding(
        resource, shown, answer.status, hide(_beginning(answer.body)), seconds=round(time.monotonic() - began, 2)
    )
    try:
        page, has_more = take(answer)
    except SystemUnavailable as error:
        return replace(found, error=f"It {hide(error.detail)}.")
    return replace(found, records=tuple(page.records), refused=tuple(page.refused), has_more=has_more)


def _beginning(body: bytes) -> str:
    """An answer as text that can be shown, as far as a finding shows it."""
    return storable.shown(lenient.text(body[: 4 * LONGEST_SHOWN]))[:LONGEST_SHOWN]


def understood(
    resource: messages.Resource, given: Any, position: str, came_as: Any = None
) -> messages.Record | BadRecord:
    """One record in the words of the contract, which may have come in others."""
    try:
        return messages.MESSAGES[resource].read(given, came_as)
    except ValidationError as error:
        fields = ".".join(str(part) for part in error.errors()[0]["loc"])
        item, said = given if came_as is None else came_as, given if isinstance(given, dict) else {}
        return bad(item, said, position, field=fields, reason=first_fault(error))


def bad(item: Any, given: Mapping[str, Any], position: str, *, field: str, reason: str) -> BadRecord:
    """The record that came as `item`, which says `given` in our words."""
    reference, version = given.get("reference"), given.get("version")
    try:
        reference = _REFERENCE.validate_python(reference)
    except ValidationError:
        reference = ""
    raw = json.dumps(lenient.shallow(item))
    return BadRecord(
        reference=reference,
        name=reference or position,
        field=field[:100],
        reason=storable.shown(reason),
        version=version if isinstance(version, int) and 0 < version <= storable.BIGGEST_VERSION else 0,
        raw=raw[:LONGEST_RAW],
        is_whole=len(raw) <= LONGEST_RAW,
        district=_text(given.get("district")),
        priority=_text(given.get("priority")),
    )


def _text(value: Any) -> str:
    return value[:60] if isinstance(value, str) else ""


_REFERENCE: TypeAdapter[str] = TypeAdapter(storable.Reference)
