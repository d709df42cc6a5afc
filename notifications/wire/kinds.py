"""Register of the kinds of inbox entries and the choices a person has for each. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass


class KindTaken(ValueError):
    """Another definition is registered under this name."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A dotted name such as `order.emergency`, or its first part alone for all that begin with it."""

    name: str
    label: str
    about: str
    """Occasion of the notification, in a sentence."""
    safety: bool = False
    """Whether missing it may hurt somebody: nobody can mute it."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """The same kind, now known by its name; raises KindTaken when the name has another definition."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise KindTaken(f"{kind.name} is registered with another definition.")
    return kind


def find(name: str) -> Kind | None:
    """The kind that an entry of this dotted name is of; None for one that nobody can choose anything for."""
    return _kinds.get(name) or _kinds.get(name.partition(".")[0])


def everything() -> list[Kind]:
    """In the sequence of registration."""
    return list(_kinds.values())
