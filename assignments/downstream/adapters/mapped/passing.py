"""Passes through a collection of a mapped system, page by page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from assignments.downstream import client, messages, seam, storable, trouble
from assignments.downstream.adapters.mapped import (
    answers,
    asking,
    columns,
    expressions,
    paging,
    signing_in,
    times,
    witnesses,
)
from assignments.downstream.adapters.mapped.manifest import ChangedSince, Manifest, MappedResource

_ACCEPT = {"json": "application/json", "csv": "text/csv, application/csv;q=0.9, text/plain;q=0.5"}


@dataclass(slots=True)
class MappedPass(witnesses.Witnessed):
    """The state of a pass; the mark is this as JSON."""

    since: int | None = None
    """Time or version since which changes are asked for: milliseconds since 1970 by the clock of the system."""
    reach: int | None = None
    """Milliseconds since 1970, by the system's clock, when the pass began; None before its first page has come."""
    at: paging.Place | None = None
    """The page that comes next; None is the first."""
    last: str = ""
    """Digest of the page before."""
    takes_all: bool = False

    @classmethod
    def following(cls, mark: Mapping[str, Any]) -> MappedPass:
        """The pass of the mark, which may be another adapter's: then all is read."""
        is_ours = mark.keys() <= {one.name for one in fields(cls)}
        found = cls(**mark) if is_ours else cls(takes_all=True)
        if found.reach is None and found.takes_all:
            found.since = None
        return found

    @property
    def is_whole(self) -> bool:
        return self.since is None

    def next_one(self, how: MappedResource) -> MappedPass:
        """The pass after this one."""
        reach = self.reach or 0
        if how.changed_since is None:
            has_lost = self.has_lost_it
            return MappedPass(takes_all=has_lost, **(self.listed(reach) if "version" in how.columns else {}))
        if not self.is_whole and self.may_doubt(reach):
            return MappedPass(takes_all=True, **self.doubting(reach))
        by_version = how.changed_since.format == "version"
        reach = self.sure if by_version else reach
        if "version" not in how.columns:
            return MappedPass(since=reach, top=self.top, sure=self.top)
        known = self.going_on(is_whole=self.is_whole)
        return MappedPass(since=witnesses.since(known, reach, by_version=by_version), sure=self.top, **known)


class MappedReader:
    """Reads the collections of one system."""

    def __init__(self, manifest: Manifest, address: str, http: asking.MappedHttp) -> None:
        self._manifest, self._address, self._http = manifest, address, http

    def read(
        self, resource: messages.Resource, *, scope: str, mark: Mapping[str, Any], limits: seam.PassLimits
    ) -> Iterator[seam.Chunk]:
        how, state = self._manifest.resources[resource], MappedPass.following(mark)
        while True:
            of_page, request = limits.of_page(), self.request(resource, scope, state)
            page = client.patiently(lambda r=request, m=of_page: self.ask(how, r, m), of_page, limits.tell)  # type: ignore[misc]
            yield from self._chunks(resource, page, state, limits.size)
            limits.tell(client.Progress(records=len(page.items)))
            if state.at is None:
                return

    def request(self, resource: messages.Resource, scope: str, state: MappedPass) -> asking.MappedRequest:
        """The request for the next page of a pass."""
        how = self._manifest.resources[resource]
        headers = {"Accept": _ACCEPT[how.format]}
        if how.paging is not None and how.paging.type == "link" and state.at is not None:
            return asking.MappedRequest("GET", str(state.at), headers=headers)
        district = self._manifest.references.districts.get(scope, scope)
        path = expressions.filled(how.path, {"district": district}, lambda text: quote(text, safe=""))
        # Nothing else in braces is ours: parameters may be JSON.
        params = {
            name: value.replace("{district}", district) if isinstance(value, str) else value
            for name, value in how.params.items()
        }
        if how.changed_since is not None and state.since is not None:
            params[how.changed_since.param] = _since(how.changed_since, state.since)
        params |= paging.params(how.paging, state.at)
        return asking.MappedRequest(
            "GET", signing_in.below(self._address, path), asking.params_of(params), headers
        )  # fmt: skip

    def ask(
        self, how: MappedResource, request: asking.MappedRequest, limits: client.ReadingLimits
    ) -> answers.AnsweredPage:
        """One attempt. Raises SystemUnavailable, DeadlineReached, Stopped."""
        answer = self._http.send(request, limits)
        if not answer.is_success:
            raise answer.refusal()
        return answers.page(how, answer)

    def understood(
        self, resource: messages.Resource, item: Any, position: str, version: int | None = None
    ) -> messages.Record | seam.BadRecord:
        """One of their records in our words; `version` is that of records that have none."""
        shape, how = messages.MESSAGES[resource], self._manifest.resources.get(resource)
        if how is None:
            return seam.understood(resource, item, position)
        found = columns.read(how.columns, item, shape)
        if "version" not in how.columns and version is not None:
            found.given["version"] = version
        if found.faults:
            field, why = found.faults[0]
            reason = f"{field}: {why}" if field else why
            return seam.bad(item, found.given, position, field=field, reason=reason)
        return seam.understood(resource, found.given, position, came_as=item)

    def _chunks(
        self, resource: messages.Resource, page: answers.AnsweredPage, state: MappedPass, size: Callable[[], int]
    ) -> Iterator[seam.Chunk]:
        """The page in pieces, with the state moved behind it; only the last piece has a mark behind the page."""
        how = self._manifest.resources[resource]
        is_whole, takes_all, before, is_first = state.is_whole, state.takes_all, asdict(state), state.reach is None
        # A list that is never whole by itself is not so when all of it is read.
        ends_missing = how.complete == "full" or (takes_all and how.changed_since is not None)
        doubted = state.doubted if state.is_doubted else None
        reach = state.reach = state.reach or _clock(page.answer)
        is_first_page = state.at is None
        state.last, known = paging.digest(page), state.last
        if page.items and state.last == known:
            raise trouble.SystemUnavailable("gives the same page again, so its paging is another", permanent=True)
        state.at = paging.following(how.paging, state.at, page, self._address)
        for piece in seam.pieces(page.items, size, lambda item, place: self.understood(resource, item, place, reach)):
            state.note(piece.records, piece.refused, is_first_page=is_first_page)
            is_last = piece.is_last and state.at is None
            mark = asdict(state) if piece.is_last else before
            yield seam.Chunk(
                piece.records, piece.refused, asdict(state.next_one(how)) if is_last else mark, is_first, is_last,
                is_whole, takes_all, is_new_epoch=False, ends_missing=ends_missing,
                doubted=doubted,
            )  # fmt: skip
            is_first = False


def _since(how: ChangedSince, since: int) -> str:
    if how.format == "version":
        return how.value.replace("{since}", str(since))
    at = datetime.fromtimestamp(max(0, since / 1000 - how.overlap), UTC)
    return how.value.replace("{since}", str(times.write(at, how.format, how.zone)))


def _clock(answer: client.RawAnswer) -> int:
    """Milliseconds since 1970 by the system's clock, ours where it does not say."""
    try:
        at = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        at = time.time()
    return int(min(max(at, storable.FIRST.timestamp()), storable.LAST.timestamp()) * 1000)
