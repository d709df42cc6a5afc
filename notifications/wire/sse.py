"""Framing of server-sent events (WHATWG HTML, section 9.2). Pure: no Django, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID


class NotFrameable(ValueError):
    """A name or id that would break out of its line of the frame."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event before it is framed; `id` None leaves the reader's last event id as it was.

    `retry` tells the reader how many milliseconds to wait before it reconnects by itself. It travels with an event,
    because some parsers take a block of nothing else for an event of its own.
    """

    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    retry: int | None = None


def encode(message: ServerSentEvent) -> bytes:
    """The frame: id, retry, event and one line of JSON, closed by the blank line that dispatches it.

    Raises NotFrameable when the name or the id holds a line break or NUL: browsers ignore such an id silently.
    """
    lines = []
    if message.id is not None:
        lines.append(f"id: {_one_line(message.id)}")
    if message.retry is not None:
        lines.append(f"retry: {message.retry}")
    lines.append(f"event: {_one_line(message.event)}")
    lines.append(f"data: {dump(message.data)}")
    return ("\n".join(lines) + "\n\n").encode()


def comment(text: str = "") -> bytes:
    """A line that readers ignore; it keeps gateways from closing a quiet connection.

    No blank line follows: some parsers take it for the end of an event without data.
    """
    return f": {_one_line(text)}\n".encode()


def dump(data: Mapping[str, Any]) -> str:
    """`data` as one line of JSON; line breaks inside strings are escaped by JSON itself."""
    return json.dumps(data, default=_plain, separators=(",", ":"), ensure_ascii=False)


def as_plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as a reader gets it back; raises TypeError for what has no JSON form."""
    plain: dict[str, Any] = json.loads(dump(data))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form in an event: {value!r}")


def _one_line(text: str) -> str:
    if any(forbidden in text for forbidden in "\r\n\0"):
        raise NotFrameable(f"{text!r} does not fit one line of an event stream.")
    return text
