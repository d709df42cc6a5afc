"""Registers by code: one entry for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Coded(Protocol):
    """Entry of a register."""

    @property
    def code(self) -> str: ...


Entry = TypeVar("Entry", bound=Coded)


def by_code(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """The entries by their codes, in their order. Raises ValueError when two have the same one."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.code in found:
            raise ValueError(
                f"The code {entry.code!r} stands twice in the register; the second would replace the first."
            )
        found[entry.code] = entry
    return MappingProxyType(found)
