"""Origin of a request: the address that it came from and the session behind it, for the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    address: str = ""
    session: str = ""
    """Digest of the session's key; empty for a request without a session."""


NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current() -> Origin:
    """The origin of what this thread or greenlet works for; an empty one in workers and commands."""
    return _current.get()


@contextmanager
def within(origin: Origin) -> Iterator[None]:
    """Whatever is recorded inside the block came from there."""
    before = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(before)
