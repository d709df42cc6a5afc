"""The adapter of systems that are read and told as a manifest says."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from assignments.downstream import client, messages, outcomes, seam, trouble
from assignments.downstream.adapters.mapped import answers, asking, faults, paging, passing, signing_in, told
from assignments.downstream.adapters.mapped.manifest import Manifest


class MappedAdapter(seam.Adapter):
    @cached_property
    def manifest(self) -> Manifest:
        """Raises SystemUnavailable where it is none."""
        try:
            return faults.read(self.set_up)
        except ValidationError as error:
            why = trouble.first_fault(error)
            raise trouble.SystemUnavailable(
                f"its settings cannot be used: {why}", permanent=True, is_sent=False
            ) from error

    @property
    def resources(self) -> tuple[messages.Resource, ...]:
        try:
            described = self.manifest.resources
        except trouble.SystemUnavailable:
            # Whoever reads one of them is told why.
            return super().resources
        return tuple(one for one in super().resources if one in described)

    def faults(self) -> list[str]:
        return faults.of(self.set_up)

    def read(
        self, resource: messages.Resource, *, scope: str, mark: Mapping[str, Any], limits: seam.PassLimits
    ) -> Iterator[seam.Chunk]:
        return self._reader.read(resource, scope=scope, mark=mark, limits=limits)

    def understood(self, resource: messages.Resource, item: Any, position: str) -> messages.Record | seam.BadRecord:
        now = int(time.time() * 1000)
        return self._reader.understood(resource, item, position, now)

    def tell(self, what: outcomes.ToTell, *, seconds: float) -> outcomes.Outcome:
        try:
            return self._teller.tell(what, seconds=seconds)
        except trouble.SystemUnavailable as error:
            return outcomes.outcome_of(error)

    def check(self, resource: messages.Resource, *, scope: str, limits: client.ReadingLimits) -> seam.Finding:
        how, request = self.manifest.resources[resource], self._reader.request(resource, scope, passing.MappedPass())

        def take(answer: client.RawAnswer) -> tuple[seam.PagePiece, bool]:
            if not answer.is_success:
                raise answer.refusal()
            page = answers.page(how, answer)
            following = paging.following(how.paging, None, page, self.set_up.address)
            understand = functools.partial(self.understood, resource)
            return next(seam.pieces(page.items, lambda: len(page.items), understand)), following is not None

        return seam.tried(
            resource, request.shown, send=lambda: self._http.send(request, limits), take=take, hide=self._http.hidden
        )

    def preview(self, what: outcomes.ToTell) -> seam.Finding:
        return self._teller.preview(what)

    def close(self) -> None:
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _http(self) -> asking.MappedHttp:
        to = self.set_up
        http = client.Client(base_url=to.address, timeout=to.timeout, reach=to.reach)
        return asking.MappedHttp(http, signing_in.of(self.manifest.auth, to.address), self.manifest.headers)

    @cached_property
    def _reader(self) -> passing.MappedReader:
        return passing.MappedReader(self.manifest, self.set_up.address, self._http)

    @cached_property
    def _teller(self) -> told.MappedTeller:
        return told.MappedTeller(self.manifest, self.set_up, self._http)
