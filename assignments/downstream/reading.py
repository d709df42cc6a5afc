"""Reading the collections of the contract, a chunk at a time; no rows, no transactions, no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assignments.downstream import client, messages, seam, storable
from assignments.downstream.trouble import SystemUnavailable

Item = TypeVar("Item", bound=messages.Record)


class Page(messages.Message, Generic[Item]):
    """One page of `GET /api/<resource>?district=&since=&page=`: records with a version above `since`."""

    items: tuple[Item, ...]
    next: int | None
    """The next page's number."""
    version: int
    """The collection's version as of this answer: what to pass as `since` next time."""


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
        # A mark of another adapter says nothing here.
        is_ours = mark.keys() <= set(cls.__slots__)
        at = cls(**mark) if is_ours else cls(takes_all=True)
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


def read(
    http: client.Client,
    resource: messages.Resource,
    *,
    scope: str,
    mark: Mapping[str, Any],
    limits: seam.PassLimits,
    complete: bool = False,
) -> Iterator[seam.Chunk]:
    """The rest of the pass that the mark is in, or the next one.

    `scope` is a district's code, or empty for all of them. A `complete` source lists all there is, each time. Raises
    SystemUnavailable, DeadlineReached, Stopped; what was given out before stays true.
    """
    at, is_new_epoch = _Pass.following(mark, complete=complete), False
    while True:
        params: dict[str, Any] = {"since": at.since, "page": at.page}
        if scope:
            params["district"] = scope
        answer = http.ask("GET", f"api/{resource}", _Envelope, limits=limits.of_page(), tell=limits.tell, params=params)
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
        yield from _chunks(resource, answer, at, limits.size, complete=complete, anew=is_new_epoch)
        is_new_epoch = False
        limits.tell(client.Progress(records=len(answer.items)))
        if answer.next is None:
            return


def page_of(resource: messages.Resource, answer: client.RawAnswer) -> tuple[seam.PagePiece, bool]:
    """The records of an answer, and whether another page follows. Raises SystemUnavailable where it is no page."""
    if not answer.is_success:
        raise answer.refusal()
    page = client.parsed(_Envelope, answer.body)
    return seam.sorted_out(resource, page.items), page.next is not None


def _chunks(
    resource: messages.Resource, page: _Envelope, at: _Pass, size: Callable[[], int], *, complete: bool, anew: bool
) -> Iterator[seam.Chunk]:
    """The page in pieces, with `at` moved behind it; only the last piece has a mark behind the page."""
    is_whole, takes_all, before = at.is_whole, at.takes_all, asdict(at)
    is_first = at.reach is None and not at.last
    if at.reach is None:
        at.reach = page.version
    at.stands = page.version
    for piece in seam.pieces(page.items, size, lambda item, position: seam.understood(resource, item, position)):
        at.note([record.version for record in piece.records])
        if piece.is_last and page.next is not None:
            at.page = page.next
        mark = asdict(at) if piece.is_last else before
        is_last = piece.is_last and page.next is None
        if is_last:
            mark = asdict(_Pass(since=at.reach))
        yield seam.Chunk(
            piece.records, piece.refused, mark, is_first, is_last, is_whole, takes_all, is_new_epoch=anew,
            ends_missing=complete or takes_all,
        )  # fmt: skip
        is_first = anew = False
