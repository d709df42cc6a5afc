"""Every field of the set-up tables, the four ways it should be reached, and the list of exceptions with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import AutoField, Field, ManyToManyField, Model

from assignments import models
from assignments.admin import base
from assignments.models.districts import Sourced


class Way(StrEnum):
    GATHERED = "gathered"
    EXCHANGED = "exchanged by file"
    SHOWN = "shown in the admin"
    SERVED = "served by the API"


EXCEPTIONS: Mapping[str, Mapping[Way, str]] = {}
"""The reason for each `Model.field`, or `Model.*` for the rest of a table, that is not reached in that way."""


def exchanged() -> list[type[Model]]:
    """The tables with files of their own."""
    return [table for table, page in admin.site._registry.items() if hasattr(page, "import_action")]


def pages() -> dict[type[Model], Any]:
    """The admin pages of tables that people keep, by their table."""
    return {table: page for table, page in admin.site._registry.items() if isinstance(page, base.SetUpAdmin)}


def inlines() -> dict[type[Model], Any]:
    """The pages that hold rows of a table among those of its parent, by the table of these rows."""
    return {
        inline.model: page
        for page in pages().values()
        for inline in page.inlines
        if not issubclass(inline, base.MachineInline)
    }


def tables() -> list[type[Model]]:
    """The tables of ours that people keep."""
    ours = apps.get_app_config("assignments").get_models()
    return [table for table in ours if table in pages() or table in inlines()]


def ways_of(table: type[Model]) -> list[Way]:
    """All four for what downstream systems own and its parts; rules and roles are kept here alone."""
    of_the_field = issubclass(table, Sourced) or table is models.Qualification
    return list(Way) if of_the_field or _is_part(table) else [Way.EXCHANGED, Way.SHOWN]


def _is_part(table: type[Model]) -> bool:
    parents = [field.related_model for field in fields_of(table) if field.many_to_one]
    return table in inlines() and any(isinstance(one, type) and issubclass(one, Sourced) for one in parents)


def fields_of(table: type[Model]) -> Iterator[Field[Any, Any] | ManyToManyField[Any, Any]]:
    """The columns of the table but for the key that the database gives, and its links to many rows."""
    yield from (field for field in table._meta.fields if not isinstance(field, AutoField))
    yield from table._meta.many_to_many
