"""Everybody asks for every page by every method, and gets what its row in `permissions` says; none is without a row."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from tests import factories
from tests.attack import addresses, callers, permissions
from tests.attack.callers import Caller, Headers

PAGES = {
    one.route if one.name == "None" else one.name: one
    for one in addresses.all_of_them()
    if one.app not in ("admin", "api")
}
SIGNS_ON = {"login", "second-step", "first-password", "logout"}
"""Whatever the method is, these lead on who has signed in, or send back who has not."""
LED_ON = {"admin/password_change/", "admin/password_change/done/"}
"""To the product's own page."""


@pytest.fixture
def who(mara: Any, vic: Any, stella: Any) -> dict[str, Headers]:
    chief = factories.UserFactory(username="ada", is_staff=True, is_superuser=True)
    clerk = callers.clerk("clerk", *(f"{act}_crew" for act in ("view", "add", "change", "delete")))
    return {
        "nobody": {}, "stranger": callers.session(stella), "viewer": callers.session(vic),
        "manager": callers.session(mara), "staff": callers.session(clerk), "administrator": callers.session(chief),
        "token": callers.token(mara, *models.ApiToken.Scope.values, secret="lineup_all"),
    }  # fmt: skip


@pytest.fixture
def caller() -> Iterator[Caller]:
    # A line for each refusal takes as long as the refusal.
    logging.disable(logging.WARNING)
    yield Caller()
    logging.disable(logging.NOTSET)


Form = dict[str, Any]


@pytest.fixture
def paths(who: dict[str, Headers], values: dict[str, Any], mara: Any) -> dict[str, str]:
    # The session at hand is ended by logging out.
    callers.session(mara)
    own = {"session_id": models.SignOn.objects.filter(user=mara).latest("pk").pk}
    return {name: one.path(values | own) for name, one in PAGES.items()}


@pytest.fixture
def form(who: dict[str, Headers], values: dict[str, Any], suggestion: models.Suggestion) -> Form:
    """Fields of all forms: what is refused for being left out would be refused to everybody."""
    day = str(timezone.now().date())
    return {
        "district": "NORTH", "day": day, "suggestion": suggestion.pk, "order": suggestion.order_id, "act": "APPROVE",
        "reason": "Because.", "crew": values["crew_id"], "start": f"{day}T08:00", "starts_at": f"{day}T08:00",
        "ends_at": f"{day}T09:00", "version": 1, "longest": 4, "back_at": f"{day}T20:00", "fingerprint": "0",
        "name": "Mine", "query": "q=1", "write_back": values["write_back_id"], "assignment": values["assignment_id"],
        "seen": models.WriteBack.objects.get(pk=values["write_back_id"]).idempotency_key, "rule": "shift",
    }  # fmt: skip


def sent(name: str, method: str, form: Form) -> Form:
    """Fields of the request: a form, or the question of a page that is there for one alone."""
    if name == "assignments:order-override" and method == "POST":
        return form | {"code": "DANGER"}
    if name == "assignments:note-write":
        # About the district; the order of the others is named by its id.
        return {"text": "Because."}
    return form if method == "POST" or name == "assignments:schedule-check" else {}


def test_every_page_has_a_row() -> None:
    assert set(permissions.ROWS) == set(PAGES)


@pytest.mark.parametrize("person", permissions.WHO)
def test_a_person_gets_what_the_rows_say(
    who: dict[str, Headers], paths: dict[str, str], form: Form, caller: Caller, person: str
) -> None:
    wrong = {}
    for name, kinds in permissions.ROWS.items():
        for method, kind in zip(("GET", "POST"), kinds, strict=True):
            expected = permissions.expected(kind, person)
            if expected != "?":
                got = caller.send(who[person], method, paths[name], sent(name, method, form))
                if got != expected and (got, expected) != ("not done", "ok"):
                    wrong[f"{method} {name}"] = f"{got} instead of {expected}"

    assert wrong == {}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_page_takes_another_method(
    who: dict[str, Headers], paths: dict[str, str], caller: Caller, method: str
) -> None:
    got = {
        name: caller.send(who["manager"], method, path, {})
        for name, path in paths.items()
        if name not in SIGNS_ON | LED_ON
    }

    assert {name: word for name, word in got.items() if word != "never"} == {}
