"""Finds by introspection the fields that no day drawn at random varies: what nobody draws is proved by nobody."""

from __future__ import annotations

import types
import typing
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from assignments.engine.domain.problem import Problem

_ENOUGH = 8
"""Different values kept of a field; what has more is drawn."""


def undrawn(problems: Iterable[Problem]) -> list[str]:
    """The fields of the engine's input that hold less than their type allows, as `Job.duration: only 3600`.

    Of a flag and of an enumeration every value is wanted, of what may be None both, of everything else two values.
    """
    drawn: dict[tuple[type, str], dict[str, Any]] = defaultdict(dict)
    for problem in problems:
        for value in _values(problem):
            for field in fields(value):
                held = drawn[type(value), field.name]
                if len(held) < _ENOUGH:
                    held.setdefault(repr(getattr(value, field.name)), getattr(value, field.name))
    return sorted(
        f"{kind.__name__}.{name}: only {', '.join(drawn[kind, name]) or 'nothing'}"
        for kind in _kinds(Problem)
        for name, hint in typing.get_type_hints(kind).items()
        if not _is_drawn(hint, drawn[kind, name])
    )


def _values(value: Any) -> Iterator[Any]:
    """The value and all values within it that have fields."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from _values(getattr(value, field.name))
    elif isinstance(value, (tuple, frozenset)):
        for one in value:
            yield from _values(one)


def _kinds(kind: type, known: set[type] | None = None) -> set[type]:
    """The class and all classes that its fields may hold."""
    known = set() if known is None else known
    if kind not in known:
        known.add(kind)
        for hint in typing.get_type_hints(kind).values():
            for one in _classes(hint):
                if is_dataclass(one):
                    _kinds(one, known)
    return known


def _classes(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not typing.get_args(hint):
        yield hint
    for one in typing.get_args(hint):
        yield from _classes(one)


def _is_drawn(hint: Any, held: Mapping[str, Any]) -> bool:
    if hint is bool:
        return len(held) == 2
    if isinstance(hint, type) and issubclass(hint, Enum):
        return len(held) == len(hint)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return any(value is None for value in held.values()) and any(value is not None for value in held.values())
    return len(held) > 1
