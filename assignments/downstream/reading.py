"""Reading the collections of the contract, a chunk at a time; no rows, no transactions, no Django."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assignments.downstream import client, messages, storable
from assignments.downstream.trouble import SystemUnavailable, first_fault

Mark = dict[str, Any]
"""How far a collection has been read. JSON that means nothing to its keeper; empty before the first reading."""


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


class _Envelope(BaseModel):
    """A page whose items are validated one by one, so that a bad one spoils no other."""

    model_config = ConfigDict(extra="ignore")

    items: list[Any]
    next: int | None = Field(default=None, ge=0, le=storable.BIGGEST_VERSION)
    version: int = Field(ge=0, le=storable.BIGGEST_VERSION)


@dataclass(slots=True)
class _Pass:
    """The state of a pass; the mark is this as JSON."""

    since: int = 0
    """Records above this version are asked for."""
    page: int = 1
    reach: int | None = None
    """The collection's version when the pass began: the next one asks for what came after that."""
    stands: int | None = None
    """The collection's version when the pages were numbered last."""
    last: int | None = 0
    """Version of the last record read; None once the pages have proved not to come in order of version."""
    takes_all: bool = False
    is_whole: bool = False

    @classmethod
    def following(cls, mark: Mapping[str, Any], *, complete: bool) -> _Pass:
        at = cls(**mark)
        if at.reach is not None:
            return at
        since = 0 if complete or at.takes_all else at.since
        return cls(since=since, takes_all=at.takes_all, is_whole=since == 0)

    def is_behind(self, version: int) -> bool:
        """Whether the source's versions have gone back below what it had reached."""
        return version < max(self.since, self.reach or 0)

    def has_shifted(self, version: int) -> bool:
        """Whether a change since the page before may have moved a record from a page to come to one that was read.

        Only where pages come in order of version: where the order is one that nothing changes, none is passed over.
        """
        return self.page > 1 and version != self.stands and bool(self.last) and (self.last or 0) - 1 > self.since

    def note(self, versions: list[int]) -> None:
        """Keeps the version of the last record as long as all have come in order of version."""
        if self.last is not None and versions:
            ordered = [self.last, *versions] == sorted([self.last, *versions])
            self.last = versions[-1] if ordered else None


ANEW: Mark = {"takes_all": True}
"""The mark with which everything is read again and taken, whatever versions are stored."""


def read(
    http: client.Client,
    resource: messages.Resource,
    *,
    scope: str,
    mark: Mapping[str, Any],
    limits: Callable[[], client.ReadingLimits],
    size: Callable[[], int],
    complete: bool = False,
    tell: Callable[[client.Progress], None] = lambda _: None,
) -> Iterator[Chunk]:
    """The rest of the pass that the mark is in, or the next one, as chunks of at most `size()` records.

    `scope` is a district's code, or empty for all of them. `limits` are asked for with each page. A `complete` source
    lists all there is, each time. Raises SystemUnavailable, DeadlineReached, Stopped; what was given out before stays
    true.
    """
    at, is_new_epoch = _Pass.following(mark, complete=complete), False
    while True:
        params: dict[str, Any] = {"since": at.since, "page": at.page}
        if scope:
            params["district"] = scope
        answer = http.ask("GET", f"api/{resource}", _Envelope, limits=limits(), tell=tell, params=params)
        if at.is_behind(answer.version):
            at, is_new_epoch = _Pass(takes_all=True, is_whole=True), True
            continue
        if at.has_shifted(answer.version):
            # From the last record on, once more: on the first page of what is asked for, nothing is passed over.
            since = (at.last or 0) - 1
            at = _Pass(since=since, last=at.last, takes_all=at.takes_all, is_whole=at.is_whole)
            continue
        if answer.next is not None and answer.next <= at.page:
            raise SystemUnavailable(f"names page {answer.next} as the one after page {at.page}", permanent=True)
        yield from _chunks(resource, answer, at, size, is_new_epoch)
        is_new_epoch = False
        tell(client.Progress(records=len(answer.items)))
        if answer.next is None:
            return


@dataclass(slots=True)
class _Sorted:
    records: list[messages.Record] = field(default_factory=list)
    refused: list[BadRecord] = field(default_factory=list)


def _chunks(
    resource: messages.Resource, page: _Envelope, at: _Pass, size: Callable[[], int], is_new_epoch: bool
) -> Iterator[Chunk]:
    """The page in pieces, with `at` moved behind it; only the last piece has a mark behind the page."""
    is_whole, takes_all, before = at.is_whole, at.takes_all, asdict(at)
    is_first = at.reach is None and not at.last
    if at.reach is None:
        at.reach = page.version
    at.stands = page.version
    rest = page.items
    while True:
        most = max(1, size())
        piece, rest = rest[:most], rest[most:]
        sorted_ = _sort(resource, piece, len(page.items) - len(rest) - len(piece))
        at.note([record.version for record in sorted_.records])
        if not rest and page.next is not None:
            at.page = page.next
        mark = asdict(at) if not rest else before
        is_last = not rest and page.next is None
        if is_last:
            mark = asdict(_Pass(since=at.reach))
        yield Chunk(sorted_.records, sorted_.refused, mark, is_first, is_last, is_whole, takes_all, is_new_epoch)
        is_first = is_new_epoch = False
        if not rest:
            return


def _sort(resource: messages.Resource, items: list[Any], first: int) -> _Sorted:
    found = _Sorted()
    for position, item in enumerate(items, start=first + 1):
        try:
            found.records.append(messages.MESSAGES[resource].read(item))
        except ValidationError as error:
            found.refused.append(unreadable(item, error, f"number {position}"))
    return found


def unreadable(item: Any, error: ValidationError, position: str) -> BadRecord:
    """The record that is not taken, with the first thing that is wrong with it."""
    given = item if isinstance(item, dict) else {}
    reference, version = given.get("reference"), given.get("version")
    try:
        reference = _REFERENCE.validate_python(reference)
    except ValidationError:
        reference = ""
    fault, raw = first_fault(error), json.dumps(item)
    return BadRecord(
        reference=reference,
        name=reference or position,
        field=".".join(str(part) for part in error.errors()[0]["loc"])[:100],
        reason=storable.shown(fault),
        version=version if isinstance(version, int) and 0 < version <= storable.BIGGEST_VERSION else 0,
        raw=raw[:LONGEST_RAW],
        is_whole=len(raw) <= LONGEST_RAW,
    )


_REFERENCE: TypeAdapter[str] = TypeAdapter(storable.Reference)
