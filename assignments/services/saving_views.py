"""A person's saved views of a board: named sets of filters, one of which may open with it.

They are the person's own affair: nothing of them is audited or told to others.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from assignments import models
from assignments.services.records import refusals

MOST = 20
"""Views of one person in one district: more do not fit into a menu that is read."""


class NothingToSave(refusals.Refusal):
    """No filter is set, so there is nothing to give a name to."""

    code = "nothing-to-save"
    next_step = "Set a filter on the board first."


class NameMissing(refusals.Refusal):
    """A view without a name could not be picked from the menu."""

    code = "name-missing"
    next_step = "Give it a name."


class NameTaken(refusals.Refusal):
    """Two views of one board with the same name could not be told apart."""

    code = "name-taken"
    next_step = "Choose another name, or rename or delete that view first."


class TooManyViews(refusals.Refusal):
    """The menu is full."""

    code = "too-many-views"
    next_step = "Delete a view that you do not need any more."


@transaction.atomic
def save(
    *, district: models.District, name: str, query: str, is_default: bool = False, by: Any, now: datetime
) -> models.SavedView:
    """The new view; `query` are filters as the board's own filter writes them.

    Raises NothingToSave, NameMissing, NameTaken, TooManyViews.
    """
    if not query:
        raise NothingToSave("No filter is set.")
    _lock(by, district)
    held = models.SavedView.objects.of(by).filter(district=district).count()
    if held >= MOST:
        raise TooManyViews(f"You have {held} views of {district.name} already.")
    view = models.SavedView(person=by, district=district, name=_named(name), query=query, created_at=now)
    _write(view)
    return set_default(view=view, by=by, now=now) if is_default else view


@transaction.atomic
def rename(*, view: models.SavedView, name: str, by: Any, now: datetime) -> models.SavedView:
    """The view under its new name. Raises NameMissing, NameTaken."""
    view.name = _named(name)
    _write(view)
    return view


@transaction.atomic
def set_default(*, view: models.SavedView, by: Any, now: datetime) -> models.SavedView:
    """The view, with which the board of its district opens from now on, instead of any other."""
    _lock(by, view.district)
    unset_default(district=view.district, by=by, now=now)
    models.SavedView.objects.of(by).filter(pk=view.pk).update(is_default=True)
    view.is_default = True
    return view


def unset_default(*, district: models.District, by: Any, now: datetime) -> None:
    """The board of the district opens with all its orders again."""
    models.SavedView.objects.of(by).filter(district=district, is_default=True).update(is_default=False)


def delete(*, view: models.SavedView, by: Any, now: datetime) -> None:
    """Doing it twice is one effect."""
    models.SavedView.objects.of(by).filter(pk=view.pk).delete()


def _named(name: str) -> str:
    name = " ".join(name.split())[: models.SavedView.NAME_LENGTH]
    if not name:
        raise NameMissing("The view has no name.")
    return name


def _write(view: models.SavedView) -> None:
    # The constraint decides, also when the same person saves twice at once.
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise NameTaken(f"You have a view of {view.district.name} called {view.name} already.") from None


def _lock(by: Any, district: models.District) -> None:
    # Somebody who presses twice: the second waits here and then sees what the first has left.
    list(models.Membership.objects.filter(user=by, district=district).select_for_update(no_key=True))
