"""The adapter of systems that speak Lineup's own protocol, docs/integration.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from assignments.downstream import bookings, client, messages, outcomes, reading, seam, trouble

_NOTHING_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class ContractAdapter(seam.Adapter):
    @cached_property
    def _http(self) -> client.Client:
        to = self.set_up
        return client.Client(base_url=to.address, secret=to.secret, timeout=to.timeout, keys=to.keys, reach=to.reach)

    def read(
        self, resource: messages.Resource, *, scope: str, mark: Mapping[str, Any], limits: seam.PassLimits
    ) -> Iterator[seam.Chunk]:
        complete = self.set_up.lists_all
        return reading.read(self._http, resource, scope=scope, mark=mark, limits=limits, complete=complete)

    def tell(self, what: outcomes.ToTell, *, seconds: float) -> outcomes.Outcome:
        try:
            send = self._http.restore if what.action == "ETR" else self._http.book
            answer = send(payload=what.payload, key=what.key, seconds=seconds, traceparent=what.traceparent)
        except trouble.SystemUnavailable as error:
            if what.action == "REVOKE" and error.permanent and error.status in _NOTHING_THERE:
                return outcomes.Done()
            return outcomes.outcome_of(error)
        return outcomes.Done(answer.reference)

    def check(self, resource: messages.Resource, *, scope: str, limits: client.ReadingLimits) -> seam.Finding:
        params = {"since": "0", "page": "1", **({"district": scope} if scope else {})}
        address = self.set_up.address.rstrip("/")
        return seam.tried(
            resource, f"GET {address}/api/{resource}?{urlencode(params)}",
            send=lambda: self._http.exchange("GET", f"api/{resource}", limits=limits, params=params),
            take=lambda answer: reading.page_of(resource, answer), hide=self._hidden,
        )  # fmt: skip

    def preview(self, what: outcomes.ToTell) -> seam.Finding:
        path = client.RESTORATIONS if what.action == "ETR" else client.BOOKINGS
        head = f"POST {self.set_up.address.rstrip('/')}/{path}\nIdempotency-Key: {what.key}\n\n"
        return seam.Finding(what.action, head + json.dumps(what.payload, indent=1))

    def _hidden(self, text: str) -> str:
        return text.replace(self.set_up.secret, "•••") if self.set_up.secret else text

    def book(self, *, after: datetime, limits: client.ReadingLimits) -> bookings.Book:
        return bookings.read(self._http, after=after, limits=limits)

    def close(self) -> None:
        if "_http" in vars(self):
            self._http.close()
