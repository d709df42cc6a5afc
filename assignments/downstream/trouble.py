"""Trouble with a downstream system, in words for a manager and in facts for the code that goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

PASSING = frozenset({408, 409, 425, 429})
"""Client errors that may pass by themselves; 409 also means that the key's first request is still being worked on."""


class SystemUnavailable(Exception):
    """The system did not do what it was asked to; `permanent` when asking the same again cannot help.

    `status` is what HTTP said, if it came to that; `is_sent` whether anything of the request can have arrived.
    """

    def __init__(
        self,
        detail: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        is_sent: bool = True,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent
        self.retry_after = retry_after
        self.status = status
        self.is_sent = is_sent


class DeadlineReached(SystemUnavailable):
    """The time given was over before the system had answered everything."""


def refused(response: httpx.Response, body: bytes) -> SystemUnavailable:
    """An answer that is no success, as the reason why it was not."""
    status = response.status_code
    permanent = 300 <= status < 500 and status not in PASSING
    said = _said(body) if status >= 400 else ""
    wait = _seconds(response.headers.get("Retry-After"))
    return SystemUnavailable(f"answered {status}{said}", permanent=permanent, retry_after=wait, status=status)


def _said(body: bytes) -> str:
    """The reason in a JSON error, problem details or not; a page of HTML says nothing to a manager."""
    try:
        told = _Problem.model_validate_json(body)
    except ValidationError:
        return ""
    words = told.detail or told.title or told.message or told.error
    return f": {words[:200]}" if words else ""


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    detail: str = ""
    title: str = ""
    message: str = ""
    error: str = ""


def _seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After header, which may also name a date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else None


def first_fault(error: ValidationError) -> str:
    """The place and the words of the first thing that was wrong."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    # Our own validators say all there is to say; pydantic puts its word before theirs.
    words = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {words}" if where else words
