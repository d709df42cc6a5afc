"""The book of a target: all bookings that stand there, read page by page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assignments.downstream.client import Client, ReadingLimits
from assignments.downstream.outbound import BookedMessage
from assignments.downstream.trouble import SystemUnavailable, first_fault

MOST = 50_000
"""Bookings of one book: more is no book of what is to come."""
_NO_SUCH_THING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class NotServed(Exception):
    """The target has no book to be read."""

    def __init__(self, status: int | None = None) -> None:
        said = "has no book" if status is None else f"answers {status}"
        super().__init__(f"{said} when its bookings are asked for")


@dataclass(slots=True)
class Book:
    entries: list[BookedMessage] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    """Faults of entries that are not what the contract says, each with its place."""


class _BookPage(BaseModel):
    """Its items are validated one by one, so that a bad one spoils no other."""

    model_config = ConfigDict(extra="ignore")

    items: list[Any]
    next: str | int | None = None


def read(http: Client, *, after: datetime, limits: ReadingLimits) -> Book:
    """All bookings that end after the time. Raises NotServed, SystemUnavailable, DeadlineReached, Stopped."""
    book = Book()
    page: str | int | None = None
    seen: set[str | int | None] = set()
    while page not in seen:
        seen.add(page)
        asked = {"after": after.isoformat(), **({"page": page} if page is not None else {})}
        try:
            envelope = http.ask("GET", "api/bookings", _BookPage, limits=limits, params=asked)
        except SystemUnavailable as error:
            if error.status in _NO_SUCH_THING and page is None:
                raise NotServed(error.status) from error
            raise
        _sort_in(book, envelope.items)
        if len(book.entries) + len(book.invalid) > MOST:
            raise SystemUnavailable(f"has more than {MOST:,} bookings that are not over", permanent=True)
        if envelope.next is None:
            return book
        page = envelope.next
    raise SystemUnavailable(f"names page {page} as the one after itself", permanent=True)


def _sort_in(book: Book, items: list[Any]) -> None:
    for item in items:
        try:
            book.entries.append(BookedMessage.model_validate(item))
        except ValidationError as error:
            number = len(book.entries) + len(book.invalid) + 1
            book.invalid.append(f"booking {number}: {first_fault(error)}")
