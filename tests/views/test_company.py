"""People sign on with the company's own accounts, and their groups say what they may; against a provider's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from assignments import models
from scheduler_site.account import company
from tests import factories, servers
from tests.browser.stage import until
from tests.views.conftest import one_line

pytestmark = pytest.mark.serial

PAGE = "/account/sessions/"
STORM = "/districts/NORTH/storm/declare/"
PEOPLE: dict[str, dict[str, Any]] = {
    "a-1": {
        "preferred_username": "ines",
        "given_name": "Ines",
        "family_name": "Roca",
        "groups": ["lineup-north"],
        "auth_time": int(time.time()) + 86_400,
    },
    # Signed on there an hour ago, and not since.
    "a-2": {
        "preferred_username": "otto",
        "groups": ["lineup-NORTH-read", "lineup-SOUTH-read", "choir"],
        "auth_time": int(time.time()) - 3600,
    },
    "a-3": {"preferred_username": "ben", "groups": ["choir"]},
    "a-4": {"preferred_username": "mara", "groups": ["lineup-north"]},
    "a-5": {"preferred_username": "nils", "groups": "lineup-NOWHERE-read"},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = servers.free_port()
    claims = [part for sub, one in PEOPLE.items() for part in ("--user-claims", json.dumps({"sub": sub} | one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *claims]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address), "the provider answers")
        yield address
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/.well-known/openid-configuration", timeout=60).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(autouse=True)
def joined(provider: str, settings: Any, district: models.District) -> Iterator[None]:
    settings.OIDC_URL, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider, "lineup", "of-the-test"
    settings.OIDC_ROLES = [("lineup-north", "NORTH", "MANAGER"), ("lineup-*-read", "*", "VIEWER")]
    company._registered.cache_clear()
    yield
    company._registered.cache_clear()


def to_the_provider(client: Client, wanted: str = PAGE) -> str:
    answer = client.get("/login/company/", {"next": wanted})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def from_the_provider(asked: str, subject: str) -> str:
    answer = httpx.post(asked, data={"sub": subject}, timeout=60)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def signs_on(subject: str, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.get(from_the_provider(to_the_provider(client), subject))


def roles(name: str) -> dict[str, str]:
    return dict(models.Membership.objects.filter(user__username=name).values_list("district__code", "role"))


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_a_person_of_a_group_is_let_in_with_its_role() -> None:
    client, answer = signs_on("a-1")

    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert is_in(client)
    ines = get_user_model().objects.get(username="ines")
    assert (ines.get_full_name(), ines.has_usable_password(), ines.is_staff) == ("Ines Roca", False, False)
    assert roles("ines") == {"NORTH": "MANAGER"}
    assert models.AuditEntry.objects.get(verb="session.begun").after["how"] == "company account"
    added = models.AuditEntry.objects.get(verb="membership.added")
    assert (added.actor_name, added.after) == (
        "Company sign-on", {"user": "ines", "district": "NORTH", "role": "MANAGER"},
    )  # fmt: skip


def test_a_star_stands_for_each_district(elsewhere: models.District) -> None:
    signs_on("a-2")

    assert roles("otto") == {"NORTH": "VIEWER", "SOUTH": "VIEWER"}


def test_roles_are_those_of_the_groups_at_each_login(settings: Any, elsewhere: models.District) -> None:
    signs_on("a-2")
    settings.OIDC_ROLES = [("choir", "NORTH", "MANAGER"), ("lineup-NORTH-read", "NORTH", "VIEWER")]

    signs_on("a-2")

    assert roles("otto") == {"NORTH": "MANAGER"}
    assert get_user_model().objects.filter(username="otto").count() == 1
    assert models.AuditEntry.objects.get(verb="membership.deleted").before["role"] == "VIEWER"
    changed = models.AuditEntry.objects.get(verb="membership.changed")
    assert (changed.before["role"], changed.after["role"]) == ("VIEWER", "MANAGER")


@pytest.mark.parametrize("subject", ["a-3", "a-5"])
def test_a_person_without_a_role_is_not_let_in(subject: str) -> None:
    client, page = signs_on(subject)

    assert page.status_code == 403
    assert "None of your groups has a role in Lineup." in one_line(page)
    assert not is_in(client)


def test_with_the_last_group_the_last_role_goes(settings: Any) -> None:
    signs_on("a-1")
    settings.OIDC_ROLES = []

    client, page = signs_on("a-1")

    assert page.status_code == 403
    assert not is_in(client)
    assert roles("ines") == {}


def test_nobody_takes_over_an_account_by_its_name(mara: Any) -> None:
    client, page = signs_on("a-4")

    assert "There is another account of the name mara in Lineup." in one_line(page)
    assert not is_in(client)
    assert not models.Account.objects.filter(user=mara, subject__isnull=False).exists()


def test_an_account_that_was_prepared_is_joined() -> None:
    ines = factories.UserFactory(username="ines")
    ines.set_unusable_password()
    ines.save()

    client, _ = signs_on("a-1")

    assert int(client.session["_auth_user_id"]) == ines.pk
    assert models.AuditEntry.objects.filter(verb="user.joined", object_id=str(ines.pk)).exists()


def test_the_deactivated_are_not_let_in() -> None:
    signs_on("a-1")
    get_user_model().objects.filter(username="ines").update(is_active=False)

    client, page = signs_on("a-1")

    assert page.status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize("wrong", ["another browser", "another state", "twice", "denied", "nothing"])
def test_only_the_answer_to_the_browsers_own_question_counts(wrong: str) -> None:
    client = Client()
    path = from_the_provider(to_the_provider(client), "a-1")
    if wrong == "another browser":
        client = Client()
    elif wrong == "another state":
        path = path.replace("state=", "state=x")
    elif wrong == "twice":
        assert Client().get(path).status_code == 403
        client.get(path)
        client = Client()
    elif wrong == "denied":
        path = "/login/company/back/?error=access_denied"
    else:
        path = "/login/company/back/"

    assert client.get(path).status_code == 403
    assert not is_in(client)


def test_while_the_provider_is_away_the_page_says_so(settings: Any) -> None:
    settings.OIDC_URL = f"http://127.0.0.1:{servers.free_port()}"

    page = Client().get("/login/company/")

    assert page.status_code == 403
    assert "does not answer" in one_line(page)


def test_it_leads_nowhere_else() -> None:
    client = Client()
    answer = client.get(from_the_provider(to_the_provider(client, "https://evil.example/"), "a-1"))

    assert answer.headers["Location"] == "/"


def test_without_a_provider_there_is_no_such_page(settings: Any) -> None:
    settings.OIDC_URL = ""

    assert Client().get("/login/company/").status_code == 404
    assert Client().get("/login/company/back/").status_code == 404
    assert "Log in with" not in one_line(Client().get("/login/"))


class TestPasswords:
    def test_beside_it_they_are_taken(self, mara: Any) -> None:
        page = one_line(Client().get("/login/"))

        assert "Log in with your company account" in page
        assert "Password" in page

    def test_they_can_be_switched_off(self, mara: Any, settings: Any) -> None:
        settings.PASSWORD_SIGN_IN = False
        client = Client()

        answer = client.post("/login/", {"username": "mara", "password": "correct-horse-battery"})

        assert answer.status_code == 403
        assert 'name="password"' not in answer.content.decode()
        assert not is_in(client)


class TestAgain:
    def test_a_provider_that_has_not_asked_is_not_believed(self) -> None:
        client, _ = signs_on("a-2")

        _, page = signs_on("a-2", client)

        assert page.status_code == 403
        assert "did not ask again who you are" in one_line(page)

    def test_the_provider_is_asked_before_a_storm(self, settings: Any) -> None:
        client, _ = signs_on("a-1")
        session = client.session
        session["confirmed"] -= 3600
        session.save()

        answer = client.post(STORM, {"reason": "Ice", "next": "/districts/NORTH/storm/"})

        assert answer.headers["Location"] == "/login/company/?next=%2Fdistricts%2FNORTH%2Fstorm%2F"
        asked = to_the_provider(client, "/districts/NORTH/storm/")
        assert "prompt=login" in asked
        assert client.get(from_the_provider(asked, "a-1")).headers["Location"] == "/districts/NORTH/storm/"
        # No storm rules are set up there: the act is looked at again.
        assert client.post(STORM, {"reason": "Ice"}).status_code == 409
