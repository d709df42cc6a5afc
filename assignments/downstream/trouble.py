"""Trouble with a downstream system, in words for a manager and in facts for the code that goes on from there."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import ValidationError

from assignments.downstream import lenient, storable

PASSING = frozenset({408, 409, 425, 429})
"""Client errors that may pass by themselves; 409 also means that the key's first request is still being worked on."""
_LONGEST_WAIT = 86_400.0
_WHERE_WORDS_ARE = ("detail", "title", "message", "error", "Error")


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


def refused(status: int, retry_after: str | None, body: bytes) -> SystemUnavailable:
    """An answer that is no success, with its Retry-After header, as the reason why it was not."""
    permanent = 300 <= status < 500 and status not in PASSING and not (status == 404 and _is_page(body))
    words = said(body) if status >= 400 else ""
    wait = _seconds(retry_after)
    return SystemUnavailable(f"answered {status}{words}", permanent=permanent, retry_after=wait, status=status)


def broken(error: httpx.HTTPError | httpx.InvalidURL) -> SystemUnavailable:
    """The trouble with an exchange that came to no answer, in words for a manager."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return SystemUnavailable("has an address that cannot be used", permanent=True, is_sent=False)
    if isinstance(error, httpx.ProxyError):
        return SystemUnavailable(f"could not be reached: the proxy says {error}"[:200], is_sent=False)
    is_cut = "disconnected" in str(error) or "closed" in str(error)
    if isinstance(error, httpx.RemoteProtocolError) and not is_cut:
        return SystemUnavailable("answered with something that is no HTTP")
    return SystemUnavailable("broke the connection")


def _is_page(body: bytes) -> bool:
    """Whether it comes from a server that stands where the system should be, and knows nothing of what was asked."""
    try:
        lenient.loads(body.strip() or b"{}")
    except ValueError:
        return True
    return False


def said(body: bytes) -> str:
    """The reason in a JSON error, problem details or not; a page of HTML says nothing to a manager."""
    try:
        told = lenient.loads(body)
    except ValueError:
        return ""
    words = storable.shown(_words(told)).strip()
    return f": {words[:200]}" if words else ""


def _words(told: Any) -> str:
    """The first words that an error has where errors have them, maybe one level deeper."""
    if not isinstance(told, dict):
        return ""
    found = [told.get(name) for name in _WHERE_WORDS_ARE]
    said = next((one for one in found if isinstance(one, str) and one.strip()), "")
    return said or next(filter(None, (_words(one) for one in found)), "")


def _seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After header, which may also name a date (RFC 9110, 10.2.3); a day at most."""
    if not header:
        return None
    if header.strip().isdecimal():
        return min(float(header), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, (at - datetime.now(UTC)).total_seconds()), _LONGEST_WAIT) if at.tzinfo else None


def first_fault(error: ValidationError) -> str:
    """The place and the words of the first thing that was wrong."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    # Our own validators say all there is to say; pydantic puts its word before theirs.
    words = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {words}" if where else words
