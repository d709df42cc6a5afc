"""A person's saved views of a board, as its menu and their own page show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assignments import models


@dataclass(frozen=True, slots=True)
class View:
    id: int
    name: str
    query: str
    is_default: bool
    is_current: bool
    """Its filters are those of the page."""


@dataclass(frozen=True, slots=True)
class Menu:
    views: tuple[View, ...]
    current: str
    """The name of the view that the page shows; empty when it shows none."""
    default: str
    """The filters that open with the board; empty without a default."""


def menu(found: Iterable[models.SavedView], query: str) -> Menu:
    """The menu on a board with the filters `query`."""
    views = tuple(View(one.pk, one.name, one.query, one.is_default, one.query == query) for one in found)
    return Menu(
        views=views,
        current=next((one.name for one in views if one.is_current), ""),
        default=next((one.query for one in views if one.is_default), ""),
    )
