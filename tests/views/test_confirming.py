"""Storm rules, tokens and roles are changed by people who have just shown that it is them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.services import sign_ins
from scheduler_site.account import limits
from tests import factories
from tests.attack import addresses
from tests.views.adminforms import form_of
from tests.views.conftest import one_line

PASSWORD = "correct-horse-battery"
DECLARE = "/districts/NORTH/storm/declare/"


@pytest.fixture
def later(db: None, settings: Any) -> Iterator[Any]:
    """A clock that stands, to be moved on past the minutes for which a password counts."""
    settings.CONFIRM_MINUTES = 15
    sign_ins.forget()
    with time_machine.travel(factories.NOW, tick=False) as clock:
        yield clock
    sign_ins.forget()


@pytest.fixture
def storm_ready(district: models.District) -> models.District:
    district.storm_rule_set = factories.RuleSetFactory(name="storm", storm=True)
    district.save()
    return district


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields(page: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: unescape(value) for name, value in found}


def action(page: Any) -> str:
    return unescape(re.findall(r'action="(/account/confirm/[^"]+)"', page.content.decode())[0])


def test_soon_after_the_login_nothing_is_asked(later: Any, storm_ready: models.District, mara: Any) -> None:
    client = logged_in(mara)
    later.shift(timedelta(minutes=14))

    assert client.post(DECLARE, {"reason": "Ice"}).status_code == 303


class TestAStorm:
    @pytest.fixture
    def client(self, later: Any, storm_ready: models.District, mara: Any) -> Client:
        client = logged_in(mara)
        later.shift(timedelta(minutes=16))
        return client

    def test_is_not_declared_before_the_password_is_given(self, client: Client) -> None:
        page = client.post(DECLARE, {"reason": "Ice on the lines"})

        assert page.status_code == 403
        assert "Your password, please" in one_line(page)
        assert not models.Storm.objects.exists()

    def test_goes_on_with_what_was_typed(self, client: Client) -> None:
        page = client.post(DECLARE, {"reason": "Ice & <wind>"})
        kept = fields(page)

        answer = client.post(action(page), kept | {"confirm_password": PASSWORD})

        assert (answer.status_code, answer.headers["Location"]) == (307, DECLARE)
        assert client.post(answer.headers["Location"], kept).status_code == 303
        assert models.Storm.objects.get().reason == "Ice & <wind>"
        assert client.post("/districts/NORTH/storm/end/", {"reason": "Over"}).status_code == 303

    def test_waits_while_the_password_is_wrong(self, client: Client) -> None:
        page = client.post(DECLARE, {"reason": "Ice"})

        again = client.post(action(page), fields(page) | {"confirm_password": "wrong"})

        assert "That is not your password." in one_line(again)
        assert fields(again)["reason"] == "Ice"
        assert client.post(DECLARE, {"reason": "Ice"}).status_code == 403

    def test_whoever_guesses_is_slowed(self, client: Client) -> None:
        for _ in range(10):
            client.post("/account/confirm/", {"confirm_password": "wrong"})

        assert client.post("/account/confirm/", {"confirm_password": PASSWORD}).status_code == 429
        assert client.post(DECLARE, {"reason": "Ice"}).status_code == 403

    def test_is_refused_to_scripts_and_the_api_in_their_own_words(self, client: Client) -> None:
        script = client.post(DECLARE, {"reason": "Ice"}, headers={"Accept": "application/json"})
        api = client.post(
            reverse("api:storm-declare", args=["NORTH"]), {"reason": "Ice"}, content_type="application/json",
            headers={"Authorization": "Basic bm9ib2R5Og=="},
        )  # fmt: skip

        assert (script.status_code, script.json()["code"]) == (403, "confirmation-needed")
        assert (api.status_code, api.json()["code"]) == (403, "confirmation-needed")
        assert api.headers["Content-Type"] == "application/problem+json"
        assert not models.Storm.objects.exists()

    def test_a_token_is_not_asked(self, client: Client, mara: Any) -> None:
        factories.ApiTokenFactory(user=mara, secret="lineup_gis", scopes=["decide"])

        answer = Client().post(
            reverse("api:storm-declare", args=["NORTH"]), {"reason": "Ice"}, content_type="application/json",
            headers={"Authorization": "Bearer lineup_gis"},
        )  # fmt: skip

        assert answer.status_code == 200

    def test_a_link_from_elsewhere_sends_no_form(self, client: Client) -> None:
        path = f"/account/confirm/?next={DECLARE}&again=1"

        answer = client.post(path, {"confirm_password": PASSWORD, "reason": "Ice"})

        assert (answer.status_code, answer.headers["Location"]) == (302, DECLARE)

    def test_it_leads_nowhere_else(self, client: Client) -> None:
        answer = client.post("/account/confirm/?next=https://evil.example/", {"confirm_password": PASSWORD})

        assert answer.headers["Location"] == "/"


class TestTheAdministration:
    @pytest.fixture
    def client(self, later: Any) -> Client:
        client = logged_in(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
        later.shift(timedelta(minutes=16))
        return client

    def test_no_role_is_given(self, client: Client, vic: Any, elsewhere: models.District) -> None:
        address, form = form_of(client, vic)

        assert client.post(address, form).status_code == 403
        assert "Your password, please" in one_line(client.post(reverse("admin:assignments_membership_add"), {}))

    def test_no_token_is_issued_and_none_is_revoked(self, client: Client) -> None:
        token = factories.ApiTokenFactory()
        chosen = {"action": "revoke", "_selected_action": token.pk}

        assert client.post(reverse("admin:assignments_apitoken_add"), {"name": "GIS"}).status_code == 403
        assert client.post(reverse("admin:assignments_apitoken_changelist"), chosen).status_code == 403
        token.refresh_from_db()
        assert token.revoked_at is None

    def test_before_a_file_is_chosen(self, client: Client) -> None:
        answer = client.get(reverse("admin:assignments_membership_import"))

        assert answer.headers["Location"].startswith("/account/confirm/?next=")

    def test_what_gives_no_rights_goes_on(self, client: Client, vic: Any) -> None:
        assert form_of(client, vic)[1]
        assert client.post(reverse("admin:assignments_crew_add"), {}).status_code == 200


def test_nobody_is_asked_for_a_password(anonymous: Client) -> None:
    assert anonymous.get("/account/confirm/").headers["Location"].startswith("/login/")
    assert anonymous.post(DECLARE, {"reason": "Ice"}).headers["Location"].startswith("/login/")


def test_every_address_about_storms_tokens_and_roles_is_guarded() -> None:
    names = {one.name for one in addresses.all_of_them()}
    about = re.compile(r"storm-|apitoken_|membership_|auth_user_|auth_group_")

    wanted = {name for name in names if about.search(name) and not name.endswith(("_autocomplete", "_history"))}

    assert not {name for name in wanted - limits.GUARDED if not name.startswith(limits.GUARDED_TABLES)}
    assert names >= limits.GUARDED
