"""Refusing a record, by itself and with the reason."""

from __future__ import annotations

from typing import Any


class Unstorable(Exception):
    """A record that is not taken; `unresolved` when only something it names is missing so far."""

    def __init__(self, reason: str, *, field: str = "", unresolved: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.unresolved = unresolved


def refuse_nul(name: str, value: Any) -> None:
    # PostgreSQL text cannot hold it.
    if isinstance(value, str) and "\x00" in value:
        raise Unstorable(f"{name}: holds a NUL character", field=name)
