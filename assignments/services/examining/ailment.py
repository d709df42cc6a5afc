"""One thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ailment:
    """A sentence, and what to do about it."""

    subject: str
    sentence: str
    remedy: str


Look = Callable[[datetime], Iterable[Ailment]]
"""Looks at one thing, at a time."""
