"""The trace that something belongs to, from a manager's request to the systems that hear of it: W3C Trace Context 1.

These lines are our own: opentelemetry-api reads the header but makes no ids, and its SDK records and exports spans, of
which Lineup has none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "traceparent"
LONGEST = 256
"""Characters of a header that is looked at; one of version 00 has 55."""
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1

_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@dataclass(frozen=True, slots=True)
class Trace:
    """All that follows from one act, in every system."""

    id: str
    """32 hexadecimal digits, not all of them zero."""
    is_sampled: bool = False
    """Whether the caller records it, so that a system further on may want to as well."""

    def header(self) -> str:
        """A `traceparent` for one exchange, by an id of its own."""
        return f"00-{self.id}-{secrets.token_hex(8)}-{int(self.is_sampled):02x}"


def begun() -> Trace:
    """A new one."""
    return Trace(secrets.token_hex(16))


def read(header: str) -> Trace | None:
    """The trace that a `traceparent` names; None for one that the recommendation says to ignore."""
    found = _FORM.fullmatch(header) if len(header) <= LONGEST else None
    if found is None:
        return None
    version, trace, parent, flags, more = found.groups()
    # Later versions may say more behind the flags, the first one may not; ff is none.
    if version == "ff" or (version == "00" and more is not None) or not int(trace, 16) or not int(parent, 16):
        return None
    return Trace(trace, bool(int(flags, 16) & _SAMPLED))


def current() -> Trace | None:
    """The trace that this thread or greenlet works for."""
    return _current.get()


@contextmanager
def within(trace: Trace) -> Iterator[None]:
    """Whatever is recorded inside the block belongs to the trace."""
    before = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(before)
