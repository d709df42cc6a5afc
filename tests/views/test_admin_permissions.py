"""The permission matrix of the administration: each right and each duty opens its pages and no others, to staff alone.

A new page or table without a row here fails.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.template.backends.django import Template

from assignments.services.accounts import scopes
from tests import factories
from tests.attack import addresses, callers
from tests.attack.callers import Caller
from tests.views.test_admin_pages import rows

__all__ = ["rows"]

TABLES = {
    "view add change delete": "absence crew district downstreamsystem employee equipment heldqualification membership"
    " permit qualification ruleset shift state subscription workorder group",
    # Who has acted is deactivated or revoked, and stays on the record.
    "view add change": "user apitoken",
    "view change delete": "filecolumn",
    # The machine's own.
    "view": "assignment auditentry batch bookcomparison dbtaskresult event fileimport note notification outage"
    " outgoingevent refusedrecord rejection setrestoration storm suggestion suggestionrun toldrestoration traveltime"
    " verdict waitingrecord writeback",
}
"""By what can be done by hand: the tables."""
FILES = "import import_file import_columns import_go_on import_cancel sample"
PAGES = {
    "changelist": "view", "add": "add", "change": "view", "history": "view", "delete": "delete", "export": "view",
    "try": "change", "manifest": "change", "password_change": "change",
    **dict.fromkeys(FILES.split(), "add change"),
}  # fmt: skip
"""The rights that a page asks for; sending its form asks for the right to change."""
OF_ALL_STAFF = {
    "index", "app_list", "autocomplete", "jsi18n", "view_on_site", "None", "login", "logout", "password_change",
    "password_change_done",
}  # fmt: skip
RIGHTS = ("view", "add", "change", "delete")
ALL = "all rights"
MODELS = {str(model._meta.model_name): model for model in admin.site._registry}
ACTS = {table: set(acts.split()) for acts, tables in TABLES.items() for table in tables.split()}
ADDRESSES = [one for one in addresses.all_of_them() if one.app == "admin"]
LET_IN = {"ok", "not done", "none"}


def parts(one: addresses.Address) -> tuple[str, str]:
    """The table and the page of an address; without a table when it is of all staff."""
    name = one.name.removeprefix("admin:")
    if name in OF_ALL_STAFF:
        return "", name
    [table] = [table for table, model in MODELS.items() if name.startswith(f"{model._meta.app_label}_{table}_")]
    return table, name.removeprefix(f"{MODELS[table]._meta.app_label}_{table}_")


def rights_of(duty: str) -> dict[str, set[str]]:
    """By table: of a group, of one right to all tables, or all rights."""
    if duty in scopes.RIGHTS:
        rows = scopes.RIGHTS[duty].items()
        return {table: set(acts) for acts, tables in rows for table in tables}
    return dict.fromkeys(MODELS, set(RIGHTS) if duty == ALL else {duty} & set(RIGHTS))


def is_let_in(duty: str, table: str, page: str, method: str) -> bool:
    rights = rights_of(duty).get(table, set())
    # To change is to look, as Django has it.
    held = (rights | ({"view"} if "change" in rights else set())) & ACTS[table]
    if duty != ALL and table == "group":
        held &= {"view"}
    if duty != ALL and table == "membership" and page in FILES.split():
        return False
    needed = set(PAGES[page].split())
    if (page, method) == ("change", "POST"):
        needed = {"change"}
    if (table, page) == ("user", "add"):
        # Or somebody could add an account and give it rights.
        needed = {"add", "change"}
    return needed <= held


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    # A line for each refusal, and the page for each answer, take far longer than to decide which it is.
    logging.disable(logging.WARNING)
    monkeypatch.setattr(Template, "render", lambda *_, **__: "")
    yield Caller()
    logging.disable(logging.NOTSET)


@pytest.fixture
def paths(rows: dict[Any, Any]) -> list[tuple[str, str, str]]:
    """Table, page and path of every address, with a row of the table where there is one."""
    Group.objects.create(name="Dispatch")
    first = {table: model._default_manager.first() for table, model in MODELS.items()}
    found = []
    for one in ADDRESSES:
        table, page = parts(one)
        row = first.get(table)
        if table and row is None and page == "history":
            # Of a row that is not there nobody is refused.
            continue
        values: dict[str, Any] = defaultdict(lambda pk=row.pk if row else 1: pk)  # type: ignore[misc]
        values |= {"file_id": uuid.uuid4(), "kind": "csv", "app_label": "assignments", "url": "nothing/"}
        found.append((table, page, one.path(values)))
    return found


def test_every_table_and_every_page_has_a_row() -> None:
    assert set(ACTS) == set(MODELS)
    # Tables of the package that queues the worker's tasks are nobody's duty.
    assert set(MODELS) - {table for duty in scopes.RIGHTS for table in rights_of(duty)} == {"dbtaskresult"}
    assert {page for table, page in map(parts, ADDRESSES) if table} == set(PAGES)


def test_nobody_but_staff_is_let_in(paths: list[tuple[str, str, str]], caller: Caller, mara: Any) -> None:
    people: dict[str, callers.Headers] = {"nobody": {}, "manager": callers.session(mara)}
    wrong = {}
    for table, page, path in paths:
        if table or page in ("index", "app_list", "autocomplete", "jsi18n", "view_on_site"):
            for who, headers in people.items():
                for method in ("GET", "POST"):
                    if (got := caller.send(headers, method, path, {})) != "login":
                        wrong[f"{method} {path} by {who}"] = got

    assert wrong == {}


@pytest.mark.parametrize("duty", ["no right", *RIGHTS, *scopes.RIGHTS, ALL])
def test_each_right_and_each_duty_opens_its_own_pages(
    paths: list[tuple[str, str, str]], caller: Caller, duty: str
) -> None:
    scopes.keep()
    clerk = factories.UserFactory(is_staff=True, is_superuser=duty == ALL)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith=f"{duty}_"))
    clerk.groups.set(Group.objects.filter(name=duty))
    headers = callers.session(clerk)
    wrong = {}
    for table, page, path in paths:
        for method in ("GET", "POST", "PUT") if duty == "no right" else ("GET", "POST"):
            if table:
                got = caller.send(headers, method, path, {})
                if (got in LET_IN) != is_let_in(duty, table, page, method) or got not in {*LET_IN, "refused"}:
                    wrong[f"{method} {path}"] = got

    assert wrong == {}
