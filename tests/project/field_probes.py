"""Probes: the fields of a table that really arrive when it is gathered, exchanged, shown or served.

They change a value and look for it on the other side, so that no list of names has to be believed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.api import base, urls
from tests import factories
from tests.project import field_records, field_rows, fields
from tests.project.fields import Way
from tests.views import exchanging

Table = type[Model]


def gathered(table: Table, names: Collection[str]) -> set[str]:
    """Fields in which the rows of two sets of records differ that have nothing in common."""
    seen = []
    with undone():
        for number, systems in ((1, ""), (2, "-b")):
            before = set(field_rows.cells(table))
            field_records.deliver(number, of=systems)
            seen.append([row for pk, row in field_rows.cells(table).items() if pk not in before])
    return {name for name in names if _values(seen[0], name) != _values(seen[1], name)}


def _values(rows: list[dict[str, Any]], name: str) -> set[str]:
    return {repr(row[name]) for row in rows}


def exchanged(table: Table, names: Collection[str]) -> set[str]:
    """Fields whose new values leave in an exported file and come back when it is imported."""
    page = _page_of(table)
    if not hasattr(page, "import_action"):
        return set()
    with undone():
        row, client = field_rows.make()[table], _administrator()
        if table is not models.DownstreamSystem:
            # A file says nothing else than a source that is heard.
            models.DownstreamSystem.objects.update(enabled=False)
        before = list(field_rows.cells(table).values())
        with undone():
            changed = [
                one for one in fields.fields_of(table) if f"{table.__name__}.{one.name}" not in field_rows.OF_A_PART
            ]
            field_rows.change(row, changed)
            wanted = field_rows.cells(table)[row.pk]
            file = SimpleUploadedFile("rows.csv", exchanging.export_of(client, page.model))
        answer = exchanging.import_into(client, page.model, file)
        assert answer.is_taken, answer.refusals
        fresh = [one for one in field_rows.cells(table).values() if one not in before]
    arrived = {name for name, value in wanted.items() if any(one[name] == value for one in fresh)}
    return arrived & {field.name for field in changed}


def _page_of(table: Table) -> Any:
    page = fields.pages().get(table)
    return page if hasattr(page, "import_action") else fields.inlines().get(table, page)


def shown(table: Table, names: Collection[str]) -> set[str]:
    """Fields on the page of a row, in the list of rows, or among the rows of a parent's page."""
    found: set[str] = set()
    with undone():
        row, request = field_rows.make()[table], field_rows.request_of(factories.UserFactory(is_superuser=True))
        if page := fields.pages().get(table):
            found |= {*flatten_fieldsets(page.get_fieldsets(request, row)), *page.get_list_display(request)}
        if parent := fields.inlines().get(table):
            inlines = [one for one in parent.get_inline_instances(request) if one.model is table]
            found |= {name for one in inlines for name in flatten_fieldsets(one.get_fieldsets(request))}
            # The page that the row is shown on is its parent's.
            found |= {field.name for field in fields.fields_of(table) if field.related_model is parent.model}
    return found


def served(table: Table, names: Collection[str]) -> set[str]:
    """The named fields that change an answer of the API when they change themselves."""
    found = set()
    with undone():
        rows: dict[Table, Any] = {**field_rows.make()}
        client = _reader()
        row, before = rows[table], _answers(client, _addresses(rows))
        with undone():
            field_rows.change(row, fields.fields_of(table))
            after = _answers(client, before)
        telling = [address for address in before if after[address] != before[address]]
        for field in fields.fields_of(table):
            if field.name in names:
                with undone():
                    field_rows.change(row, field_rows.with_those_beside(table, field.name))
                    if any(_answer(client, address) != before[address] for address in telling):
                        found.add(field.name)
    return found


def _addresses(rows: dict[Table, Any]) -> list[str]:
    """The lists that need nothing to be named, and the file of the order."""
    lists = [str(route.name) for route in urls.urlpatterns if issubclass(_view_of(route), base.Listing)]
    needless = [name for name in lists if name != "suggestions"]
    file = reverse("api:order", args=[rows[models.WorkOrder].number])
    return [*(reverse(f"api:{name}") for name in needless), file]


def _view_of(route: Any) -> Any:
    return getattr(route.callback, "view_class", object)


def _answers(client: Client, addresses: Iterable[str]) -> dict[str, Any]:
    return {address: _answer(client, address) for address in addresses}


def _answer(client: Client, address: str) -> Any:
    return json.loads(client.get(address).content, object_hook=_stated)


def _stated(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without the urgency, which is concluded from fields that are to be served by themselves, and without
    the time of writing."""
    return {name: value for name, value in answer.items() if name not in {"urgency", "updated_at"}}


def _administrator() -> Client:
    client = Client()
    client.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    return client


def _reader() -> Client:
    """Somebody who reads both districts."""
    client, user = Client(), factories.UserFactory()
    for code in field_records.DISTRICTS:
        factories.MembershipFactory(user=user, district__code=code, role="VIEWER")
    client.force_login(user)
    return client


class undone(transaction.Atomic):  # noqa: N801 - used like transaction.atomic
    """A block whose writes are taken back when it ends."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        if exc_type is None:
            transaction.set_rollback(True)
        super().__exit__(exc_type, exc_value, traceback)


PROBES: dict[Way, Callable[[Table, Collection[str]], set[str]]] = {
    Way.GATHERED: gathered,
    Way.EXCHANGED: exchanged,
    Way.SHOWN: shown,
    Way.SERVED: served,
}
