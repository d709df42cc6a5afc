"""Beside a password: an app that shows codes, passkeys, and codes on paper for when they are lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.services import sign_ins
from assignments.services.accounts import passwords, second_steps
from tests import factories
from tests.views.conftest import one_line
from tests.views.softkey import SoftKey
from tests.views.stepping import (
    PAGE,
    PASSWORD,
    code_of,
    codes_on,
    is_in,
    options_on,
    password_given,
    second,
    secret_on,
    with_app,
    with_passkey,
)


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[Any]:
    sign_ins.forget()
    with time_machine.travel(factories.NOW, tick=False) as moved:
        yield moved
    sign_ins.forget()


@pytest.fixture
def client(mara: Any) -> Client:
    client = Client()
    client.force_login(mara)
    return client


class TestPage:
    @pytest.mark.parametrize("who", ["mara", "vic", "stella"])
    def test_everybody_has_it(self, who: str, request: pytest.FixtureRequest) -> None:
        client = Client()
        client.force_login(request.getfixturevalue(who))

        assert "None: your password is enough" in one_line(client.get(PAGE))

    @pytest.mark.parametrize("path", ["", "app/", "passkey/"])
    def test_nobody_has_none(self, path: str) -> None:
        assert Client().get(f"{PAGE}{path}").headers["Location"].startswith("/login/")

    def test_a_step_of_somebody_else_cannot_be_removed(self, client: Client, vic: Any, clock: Any) -> None:
        with_app(client, clock)
        other = Client()
        other.force_login(vic)
        step = models.SecondStep.objects.get(kind="APP")

        assert other.post(f"{PAGE}{step.pk}/remove/").status_code == 404

    def test_it_is_changed_by_people_who_have_just_given_their_password(self, client: Client, clock: Any) -> None:
        with_app(client, clock)
        step = models.SecondStep.objects.get(kind="APP")
        clock.shift(timedelta(minutes=20))

        assert client.get(f"{PAGE}app/").headers["Location"].startswith("/account/confirm/")
        assert client.post(f"{PAGE}{step.pk}/remove/").status_code == 403
        assert client.post(f"{PAGE}codes/").status_code == 403
        assert models.SecondStep.objects.filter(pk=step.pk).exists()


class TestApp:
    def test_it_is_added_once_it_shows_the_code(self, client: Client, mara: Any) -> None:
        secret = secret_on(client.get(f"{PAGE}app/"))
        wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"

        assert "That is not the code of this app." in one_line(client.post(f"{PAGE}app/", {"code": wrong}))
        assert not second_steps.has_any(mara)
        assert len(codes_on(client.post(f"{PAGE}app/", {"code": code_of(secret)}))) == 10
        assert second_steps.has_any(mara)
        entry = models.AuditEntry.objects.get(verb="second-step.added")
        assert entry.after == {"user": "mara", "kind": "APP", "name": ""}

    def test_its_secret_does_not_lie_open(self, client: Client, clock: Any) -> None:
        secret, codes = with_app(client, clock)

        kept = " ".join(models.SecondStep.objects.values_list("secret", flat=True))
        assert secret not in kept
        assert not any(code.replace("-", "") in kept for code in codes)

    def test_the_password_alone_lets_nobody_in(self, client: Client, clock: Any) -> None:
        with_app(client, clock)

        half = password_given()

        assert not is_in(half)
        assert half.get("/api/v1/orders/").status_code == 401
        assert half.get("/login/password/").headers["Location"] == "/login/"

    def test_with_its_code_the_person_is_in(self, client: Client, clock: Any) -> None:
        secret, _ = with_app(client, clock)
        half = password_given()

        assert second(half, code=code_of(secret)).headers["Location"] == PAGE
        assert is_in(half)

    def test_a_code_is_good_once(self, client: Client, clock: Any) -> None:
        secret, _ = with_app(client, clock)
        assert second(password_given(), code=code_of(secret)).status_code == 302

        assert "That is not the code" in one_line(second(password_given(), code=code_of(secret)))

    @pytest.mark.parametrize(("seconds", "status"), [(-30, 302), (30, 302), (-90, 200), (90, 200)])
    def test_clocks_may_differ_by_half_a_minute(self, client: Client, clock: Any, seconds: int, status: int) -> None:
        secret, _ = with_app(client, clock)
        clock.shift(timedelta(minutes=5))
        code = code_of(secret, seconds=seconds)

        assert second(password_given(), code=code).status_code == status

    def test_guessing_is_slowed(self, client: Client, clock: Any) -> None:
        secret, _ = with_app(client, clock)
        half = password_given()
        for _ in range(10):
            second(half, code="000000")

        assert second(half, code=code_of(secret)).status_code == 429
        assert not is_in(half)

    def test_it_is_good_after_the_secret_key_was_changed(self, client: Client, clock: Any, settings: Any) -> None:
        secret, _ = with_app(client, clock)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another" * 10

        assert second(password_given(), code=code_of(secret)).status_code == 302

    def test_without_it_the_password_is_enough_again(self, client: Client, clock: Any, mara: Any) -> None:
        with_app(client, clock)
        step = models.SecondStep.objects.get(kind="APP")

        client.post(f"{PAGE}{step.pk}/remove/")

        assert not models.SecondStep.objects.exists()
        answer = Client().post("/login/", {"username": "mara", "password": PASSWORD, "next": PAGE})
        assert answer.headers["Location"] == PAGE

    def test_a_temporary_password_comes_behind_it(self, client: Client, clock: Any, mara: Any) -> None:
        secret, _ = with_app(client, clock)
        half = password_given(passwords.give_temporary(user=mara, by=mara, now=factories.NOW))

        assert half.get("/login/password/").headers["Location"] == "/login/"
        assert second(half, code=code_of(secret)).headers["Location"] == "/login/password/"
        assert half.get("/login/password/").status_code == 200


class TestRecoveryCodes:
    def test_each_is_good_once(self, client: Client, clock: Any) -> None:
        _, [first, other, *_] = with_app(client, clock)

        assert second(password_given(), code=first.upper()).status_code == 302
        assert second(password_given(), code=first).status_code == 200
        assert second(password_given(), code=other.replace("-", " ")).status_code == 302

    def test_new_ones_replace_them(self, client: Client, clock: Any) -> None:
        _, [old, *_] = with_app(client, clock)

        [new, *_] = codes_on(client.post(f"{PAGE}codes/"))

        assert second(password_given(), code=old).status_code == 200
        assert second(password_given(), code=new).status_code == 302

    def test_there_are_none_without_a_step(self, client: Client) -> None:
        assert client.post(f"{PAGE}codes/").status_code == 302
        assert not models.SecondStep.objects.exists()


class TestPasskey:
    def test_it_lets_its_person_in(self, client: Client) -> None:
        key = SoftKey()
        assert len(codes_on(with_passkey(client, key))) == 10
        assert "Passkey, Work laptop" in one_line(client.get(PAGE))

        half = password_given()
        asked = options_on(half.get("/login/second-step/"))

        assert second(half, answer=key.get(asked)).headers["Location"] == PAGE
        assert is_in(half)

    def test_one_that_does_not_count_is_good_too(self, client: Client) -> None:
        key = SoftKey(counts=False)
        with_passkey(client, key)

        for _ in range(2):
            half = password_given()
            assert second(half, answer=key.get(options_on(half.get("/login/second-step/")))).status_code == 302

    @pytest.mark.parametrize("wrong", ["another key", "another site", "an answer of before", "a copy", "nonsense"])
    def test_nothing_else_does(self, client: Client, wrong: str) -> None:
        key = SoftKey()
        with_passkey(client, key)
        half = password_given()
        asked = options_on(half.get("/login/second-step/"))
        if wrong == "another key":
            answer = SoftKey().get(asked)
        elif wrong == "another site":
            answer = key.get(asked, origin="https://testserver.evil.example")
        elif wrong == "an answer of before":
            answer = key.get(asked)
            half.get("/login/second-step/")
        elif wrong == "a copy":
            key.counter = 0
            answer = key.get(asked)
        else:
            answer = '{"id": 1}'

        assert "not accepted" in one_line(second(half, answer=answer))
        assert not is_in(half)

    @pytest.mark.parametrize("wrong", ["another site", "an answer of before", "nonsense", "twice"])
    def test_not_every_one_is_added(self, client: Client, mara: Any, wrong: str) -> None:
        key = SoftKey()
        if wrong == "another site":
            page = with_passkey(client, key, origin="https://evil.example")
        elif wrong == "an answer of before":
            answer = key.create(options_on(client.get(f"{PAGE}passkey/")))
            client.get(f"{PAGE}passkey/")
            page = client.post(f"{PAGE}passkey/", {"answer": answer})
        elif wrong == "nonsense":
            page = client.post(f"{PAGE}passkey/", {"answer": "[]"})
        else:
            with_passkey(client, key)
            page = with_passkey(client, key)

        assert re.search("could not be added|there already", one_line(page))
        assert models.SecondStep.objects.filter(kind="PASSKEY").count() == (wrong == "twice")

    def test_by_a_mere_address_there_are_none(self, mara: Any, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["127.0.0.1"]
        client = Client(HTTP_HOST="127.0.0.1:8000")
        client.force_login(mara)

        assert "Add a passkey" not in one_line(client.get(PAGE))
        assert client.get(f"{PAGE}passkey/").status_code == 302


class TestLost:
    def chosen(self, user: Any) -> dict[str, Any]:
        return {"action": "remove_second_steps", "_selected_action": user.pk}

    def test_an_administrator_removes_them(self, client: Client, clock: Any, mara: Any) -> None:
        with_app(client, clock)
        ada = Client()
        ada.force_login(factories.UserFactory(first_name="Ada", is_staff=True, is_superuser=True))

        ada.post(reverse("admin:auth_user_changelist"), self.chosen(mara))

        assert not models.SecondStep.objects.exists()
        assert models.AuditEntry.objects.get(verb="second-step.removed").actor_name == "Ada"
