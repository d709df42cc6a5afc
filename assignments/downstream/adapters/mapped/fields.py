"""The fields of a message, by the names that columns have: with a dot between a field and a field of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel


@dataclass(frozen=True, slots=True)
class MessageField:
    """One field, by what can be in it."""

    holds: frozenset[Any]
    shapes: tuple[type[BaseModel], ...]
    """Messages that can be in it."""
    is_list: bool

    @property
    def is_text(self) -> bool:
        return str in self.holds

    @property
    def is_whole(self) -> bool:
        return int in self.holds

    @property
    def is_time(self) -> bool:
        return datetime in self.holds


@lru_cache(maxsize=1024)
def of(shape: type[BaseModel], name: str) -> MessageField | None:
    """The field of that name; None when there is none."""
    first, _, rest = name.partition(".")
    found = shape.model_fields.get(first)
    if found is None:
        return None
    holds, is_list = _held(found.annotation)
    shapes = tuple(one for one in holds if isinstance(one, type) and issubclass(one, BaseModel))
    if rest:
        return next((deeper for one in shapes if (deeper := of(one, rest)) is not None), None)
    return MessageField(holds, shapes, is_list)


def needed(shape: type[BaseModel]) -> list[str]:
    """Names of the fields without which there is no such message."""
    return [name for name, field in shape.model_fields.items() if field.is_required()]


def _held(annotation: Any) -> tuple[frozenset[Any], bool]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _held(args[0])
    if origin is Literal:
        return frozenset({str}), False
    if origin in (Union, UnionType, tuple, list):
        found = [_held(one) for one in args if one is not Ellipsis]
        is_list = origin in (tuple, list) or any(deeper for _, deeper in found)
        return frozenset().union(*(held for held, _ in found)), is_list
    return frozenset({datetime if annotation is AwareDatetime else annotation}), False
