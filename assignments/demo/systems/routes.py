"""The protocol: which request gets which answer. Knows nothing of sockets."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from assignments.demo.systems import booking, books, restoring
from assignments.demo.systems.faults import Faults, Setting
from assignments.demo.systems.store import Booked, Store
from assignments.downstream.messages import RESOURCES, Resource, System
from assignments.downstream.outbound import Acknowledgement, BookingMessage, RestorationMessage


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = b""
    is_local: bool = True
    """Whether it came from this machine."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    is_lost: bool = False
    """The work was done and the answer never arrives."""


def problem(status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> HttpAnswer:
    return HttpAnswer(status, {"title": status.phrase, "status": status.value, "detail": detail}, headers or {})


@dataclass(slots=True)
class SimulatedRoutes:
    system: System
    store: Store
    faults: Faults
    secret: str = ""
    """Bearer token that every request to /api/ must bring; empty when none is needed."""

    def answer(self, request: Request) -> HttpAnswer:
        path = urlsplit(request.target).path
        if path == "/faults":
            return self._faults(request)
        if self.faults.is_down():
            return self._unavailable("This system is down.")
        if path == "/healthz":
            return HttpAnswer(HTTPStatus.OK, {"status": "ok", "system": self.system})
        self.faults.wait()
        # Asked again: a request that waited while the system went down is caught by it.
        if self.faults.is_down() or self.faults.fails():
            return self._unavailable("This system could not answer just now.")
        if self.secret and not hmac.compare_digest(
            request.headers.get("authorization", "").encode(), f"Bearer {self.secret}".encode()
        ):
            return problem(HTTPStatus.UNAUTHORIZED, "A bearer token is needed.", {"WWW-Authenticate": "Bearer"})
        return self._authorised(path, request)

    def _authorised(self, path: str, request: Request) -> HttpAnswer:
        if path == "/api/bookings":
            return self._book(request) if request.method == "GET" else self._bookings(request)
        if path == "/api/bookings/told":
            return self._bookings(request)
        if path == "/api/restorations" and self.system is System.PERMITS:
            return self._restorations(request)
        for resource in RESOURCES[self.system]:
            if path == f"/api/{resource}":
                return self._collection(request, resource)
        return problem(HTTPStatus.NOT_FOUND, f"{self.system} has nothing at {path}.")

    def _unavailable(self, detail: str) -> HttpAnswer:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(self.faults.retry_after())})

    def _faults(self, request: Request) -> HttpAnswer:
        if not request.is_local:
            return problem(HTTPStatus.FORBIDDEN, "Faults are set from the machine itself.")
        if request.method == "POST":
            try:
                self.faults.change(Setting.model_validate_json(request.body))
            except ValidationError as error:
                return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        elif request.method != "GET":
            return _only("GET, POST")
        return HttpAnswer(HTTPStatus.OK, self.faults.now())

    def _collection(self, request: Request, resource: Resource) -> HttpAnswer:
        if request.method != "GET":
            return _only("GET")
        query = _query(request)
        try:
            since, number = int(query.get("since", "0")), int(query.get("page", "1"))
        except ValueError:
            return problem(HTTPStatus.BAD_REQUEST, "since and page are whole numbers.")
        if since < 0 or number < 1:
            return problem(HTTPStatus.BAD_REQUEST, "since begins at 0 and page at 1.")
        page = self.store.page(resource, district=query.get("district", ""), since=since, number=number)
        return HttpAnswer(HTTPStatus.OK, page)

    def _book(self, request: Request) -> HttpAnswer:
        query = _query(request)
        try:
            after = datetime.fromisoformat(query["after"]) if "after" in query else None
        except ValueError:
            return problem(HTTPStatus.BAD_REQUEST, "after is a time in ISO 8601.")
        return HttpAnswer(HTTPStatus.OK, books.page(self.store, self.system, after=after, start=query.get("page", "")))

    def _bookings(self, request: Request) -> HttpAnswer:
        def book(key: str) -> Acknowledgement:
            return booking.book(self.store, self.system, key, BookingMessage.model_validate_json(request.body))

        return self._told(request, self.store.bookings(_query(request).get("assignment", "")), book)

    def _restorations(self, request: Request) -> HttpAnswer:
        def restore(key: str) -> Acknowledgement:
            return restoring.restore(self.store, key, RestorationMessage.model_validate_json(request.body))

        return self._told(request, self.store.restorations(_query(request).get("order", "")), restore)

    def _told(self, request: Request, held: Sequence[Booked], take: Callable[[str], Acknowledgement]) -> HttpAnswer:
        """A GET reads what is held, a POST with a key is taken once."""
        if request.method == "GET":
            return HttpAnswer(HTTPStatus.OK, {"items": [{"key": each.key, **each.body} for each in held]})
        if request.method != "POST":
            return _only("GET, POST")
        key = request.headers.get("idempotency-key", "")
        if not key:
            return problem(HTTPStatus.BAD_REQUEST, "The header Idempotency-Key is missing.")
        try:
            acknowledgement = take(key)
        except booking.KeyReused as refused:
            return problem(HTTPStatus.CONFLICT, str(refused))
        except (ValidationError, booking.NotKnown) as refused:
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(refused))
        status = HTTPStatus.OK if acknowledgement.replayed else HTTPStatus.CREATED
        return HttpAnswer(status, acknowledgement.model_dump(), is_lost=self.faults.loses_answer())


def _query(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(request.target).query).items()}


def _only(methods: str) -> HttpAnswer:
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, f"Only {methods} here.", {"Allow": methods})
