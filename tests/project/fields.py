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
from assignments.models.systems import Sourced


class Way(StrEnum):
    GATHERED = "gathered"
    EXCHANGED = "exchanged by file"
    SHOWN = "shown in the admin"
    SERVED = "served by the API"


EXCEPTIONS: Mapping[str, Mapping[Way, str]] = {
    "*.source_version": {
        Way.EXCHANGED: "Belongs to the stream of the source: the next gathering overtakes a row that a file brings."
    },
    "*.synced_at": {Way.EXCHANGED: "Says when this installation took the row from its source, and of no other."},
    "*.taken_over": {
        Way.GATHERED: "Names what is not taken from the source; the source cannot say that.",
        Way.EXCHANGED: "An administrator decided it about the sources of this installation.",
        Way.SHOWN: "The choice *Kept here* on the page of a row with a source is it.",
        Way.SERVED: "An integration sees the values; the record tells how they came about.",
    },
    "WorkOrder.version": {
        Way.GATHERED: "Counts the changes of the row here; the sender's own count is source_version.",
        Way.EXCHANGED: "Counts the changes of the row here, so that an import makes it grow.",
    },
    "WorkOrder.created_at": {
        Way.GATHERED: "When Lineup first heard of the order; no system can say that.",
        Way.EXCHANGED: "When this installation first heard of the order.",
    },
    "WorkOrder.kept_whole_at": {
        Way.GATHERED: "A manager of this installation put the parts together; no system can say that.",
        Way.EXCHANGED: "A manager of this installation put the parts together.",
    },
    **{
        f"WorkOrder.{name}": {
            Way.GATHERED: "Lineup cuts work into parts itself, by the terms that are gathered.",
            Way.EXCHANGED: "Lineup cuts work into parts itself, by the terms that a file brings.",
        }
        for name in ("part_of", "part", "parts_in_all")
    },
    "WorkOrder.vanished_at": {
        Way.GATHERED: "Says that no list of its system had the order any more; the system cannot say that.",
        Way.EXCHANGED: "Says what this installation concluded from a list.",
        Way.SHOWN: "The entry `order.vanished` of the order's history says so.",
        Way.SERVED: "To others the order is cancelled, like any other.",
    },
    "Crew.version": {
        Way.GATHERED: "A mark between two approvers of the crew's work; it means nothing outside the database.",
        Way.EXCHANGED: "A mark between two approvers of the crew's work; it means nothing outside the database.",
        Way.SERVED: "A mark between two approvers of the crew's work; it means nothing outside the database.",
    },
    "Qualification.name": {
        Way.SERVED: "People and needs name a qualification by its code; no route serves the catalogue itself yet."
    },
    "FileColumn.*": {Way.EXCHANGED: "Made by the imports of files themselves, and made again by the next."},
    **{
        f"DownstreamSystem.{name}": {Way.EXCHANGED: "Says what this installation has learnt of the system."}
        for name in (
            "is_away",
            "away_since",
            "away_because",
            "is_away_told",
            "failures",
            "resumes_at",
            "last_gathered_at",
        )
    },
    "Subscription.*": {
        Way.EXCHANGED: "Addresses of one installation, each for one person and token of it; begun by whom it concerns."
    },
    **{
        f"Subscription.{name}": {Way.SHOWN: "Part of a secret: shown once, to whom it was made for."}
        for name in ("secret_salt", "former_salt", "former_until")
    },
    "ApiToken.*": {Way.EXCHANGED: "A secret is shown once to one person and never travels in a file."},
    "ApiToken.is_narrowed": {Way.SHOWN: "The districts beside it say so."},
    "ApiToken.digest": {Way.SHOWN: "Nobody can read a secret from it, and nobody needs to see it."},
}
"""The reasons why fields are not reached in a way: `Model.field`, `*.field` in any table, `Model.*` for all of one."""

ELSEWHERE: Mapping[str, str] = {
    "Account": "Whether a password is temporary, of which its person is told when they sign in.",
    "FilePiece": "The bytes of a file, until its rows are staged.",
    "StagedRow": "The rows of a file beside their table; the page of the import shows what is to be said of them.",
    "KeyedAnswer": "What a program was answered under its own key; over after a day.",
    "RequestCount": "A number of requests, over after a minute.",
    "Reviewing": "A sign of life of an open page, over within seconds.",
    "WorkerBeat": "A sign of life of a worker; pages and /readyz say when there is none.",
    "WriteBackLane": "The queues of write-backs, derived from them; they are empty once all is told.",
    "CalendarFeed": "An address of a person's own, made and revoked on the page of calendars.",
    "SecondStep": "A secret of a person's own, added and removed under *Your account*.",
    "SignOn": "A session of a person, who sees and ends it under *Your account*.",
    "SavedView": "A person's own filters, kept and deleted on the board.",
}
"""The reason why a table is neither set up in the admin nor shown there among the work of the machine."""

UNKEPT: Mapping[str, str] = {
    "OrderMessage.customers_out": "The outages of the order, where there are any, know better how many are out.",
}
"""The reason why a field of a downstream message is not stored."""


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


def of_the_machine() -> set[type[Model]]:
    """The tables that services alone write, shown in the admin to look at."""
    machine = {table for table, page in admin.site._registry.items() if isinstance(page, base.MachineAdmin)}
    beneath = {
        inline.model
        for page in admin.site._registry.values()
        for inline in page.inlines
        if issubclass(inline, base.MachineInline)
    }
    return machine | beneath


def key_of_exception(table: str, field: str, way: Way) -> str | None:
    """The entry of EXCEPTIONS that covers the field."""
    keys = (f"{table}.{field}", f"*.{field}", f"{table}.*")
    return next((key for key in keys if way in EXCEPTIONS.get(key, ())), None)


def ways_of(table: type[Model]) -> list[Way]:
    """All four for what downstream systems own and its parts; rules and roles are kept here alone."""
    of_the_field = issubclass(table, Sourced) or table is models.Qualification
    return list(Way) if of_the_field or _is_part(table) else [Way.EXCHANGED, Way.SHOWN]


def _is_part(table: type[Model]) -> bool:
    parents = [field.related_model for field in fields_of(table) if field.many_to_one]
    return table in inlines() and any(isinstance(one, type) and issubclass(one, Sourced) for one in parents)


def fields_of(table: type[Model]) -> Iterator[Field[Any, Any] | ManyToManyField[Any, Any]]:
    """The columns of the table but for the key and the time of writing, which the database gives, and its links to
    many rows."""
    yield from (one for one in table._meta.fields if not isinstance(one, AutoField) and one.name != "updated_at")
    yield from table._meta.many_to_many
