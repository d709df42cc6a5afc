"""People choose their own password; a temporary one lets nobody in before it is replaced."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignments import models
from assignments.services import sign_ins
from assignments.services.accounts import passwords
from notifications.models import Event
from scheduler_site import known_passwords
from scheduler_site.account import stages
from tests import factories
from tests.views.conftest import one_line

NOW_PASSWORD = "correct-horse-battery"
NEW = "seven herons over a quarry"


@pytest.fixture(autouse=True)
def _nobody_has_tried_before() -> Iterator[None]:
    sign_ins.forget()
    yield
    sign_ins.forget()


def change(client: Client, new: str = NEW, *, old: str = NOW_PASSWORD, again: str | None = None) -> Any:
    return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": again or new})


def sign_in(password: str, name: str = "mara", **options: Any) -> tuple[Client, Any]:
    client = Client(**options)
    return client, client.post("/login/?next=/setup/", {"username": name, "password": password, "next": "/setup/"})


def first(client: Client, new: str = NEW, again: str | None = None) -> Any:
    return client.post("/login/password/", {"new_password1": new, "new_password2": again or new})


class TestOwnPassword:
    @pytest.mark.parametrize("who", ["manager", "viewer", "stranger"])
    def test_everybody_has_the_page(self, who: str, request: pytest.FixtureRequest) -> None:
        page = request.getfixturevalue(who).get("/account/password/")

        assert page.status_code == 200
        assert "Change your password" in page.content.decode()

    def test_nobody_has_none(self, anonymous: Client) -> None:
        assert anonymous.get("/account/password/").headers["Location"] == "/login/?next=/account/password/"
        assert change(anonymous).headers["Location"].startswith("/login/")

    def test_it_is_changed_and_the_other_sessions_end(self, manager: Client, mara: Any) -> None:
        elsewhere = Client()
        elsewhere.force_login(mara)

        answer = change(manager)

        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password/")
        mara.refresh_from_db()
        assert mara.check_password(NEW)
        assert manager.get("/account/password/").status_code == 200
        assert elsewhere.get("/account/password/").status_code == 302
        assert Event.objects.filter(type="access.changed", data__user=mara.pk).exists()

    def test_it_is_on_the_record_without_the_password(self, manager: Client, mara: Any) -> None:
        change(manager)

        [entry] = models.AuditEntry.objects.filter(verb="password.changed")
        assert (entry.actor, entry.object_type, entry.object_id) == (mara, "user", str(mara.pk))
        assert (entry.before, entry.after) == ({}, {"user": "mara"})

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"old": "wrong"}, "That is not your current password."),
            ({"again": "seven herons over a lake"}, "The two are not the same."),
            ({"new": NOW_PASSWORD}, "That is the password you have now."),
            ({"new": "short-one"}, "at least 12 characters"),
            ({"new": "password1234"}, "This password is too common."),
            ({"new": "iloveyou12345"}, "This is similar to a commonly used password."),
            ({"new": "lineuplineup"}, "Repeats like"),
            ({"new": "maralindqvist"}, "too similar to"),
        ],
    )
    def test_what_is_refused_is_said_beside_its_field(
        self, manager: Client, mara: Any, typed: dict[str, str], sentence: str
    ) -> None:
        page = change(manager, **typed)

        assert sentence in one_line(page)
        mara.refresh_from_db()
        assert mara.check_password(NOW_PASSWORD)

    def test_whoever_guesses_at_an_unlocked_desk_is_slowed(self, manager: Client, mara: Any) -> None:
        for _ in range(10):
            change(manager, old="wrong")

        assert change(manager).status_code == 429
        mara.refresh_from_db()
        assert mara.check_password(NOW_PASSWORD)

    def test_a_new_password_that_is_refused_is_no_guess(self, manager: Client) -> None:
        for _ in range(12):
            assert change(manager, "password1234").status_code == 200

        assert change(manager).status_code == 302

    def test_without_a_password_there_is_none_to_change(self, manager: Client, mara: Any) -> None:
        mara.set_unusable_password()
        mara.save()
        manager.force_login(mara)

        assert "You have no password here" in manager.get("/account/password/").content.decode()
        assert change(manager).status_code == 200
        mara.refresh_from_db()
        assert not mara.has_usable_password()

    def test_the_administration_leads_here(self, ada: Client) -> None:
        assert ada.get("/admin/password_change/").headers["Location"] == "/account/password/"


class TestBreached:
    @pytest.fixture
    def breached(self, tmp_path: Path, settings: Any) -> Path:
        """As the downloader writes it: every hash of a breach in order, with the times that it was seen."""
        hashes = sorted(hashlib.sha1(f"breached {number}".encode()).hexdigest().upper() for number in range(500))
        path = tmp_path / "pwned.txt"
        path.write_text("".join(f"{one}:{place + 1}\r\n" for place, one in enumerate(hashes)))
        settings.BREACHED_PASSWORDS = str(path)
        return path

    def test_every_password_of_the_list_is_found_and_no_other(self, breached: Path) -> None:
        found = {known_passwords.times_breached(breached, f"breached {number}") for number in range(500)}

        assert found == set(range(1, 501))
        assert not any(known_passwords.times_breached(breached, f"other {number}") for number in range(500))

    def test_in_an_empty_list_nothing_is_found(self, tmp_path: Path) -> None:
        (tmp_path / "none").touch()

        assert known_passwords.times_breached(tmp_path / "none", NEW) == 0

    def test_it_is_refused(self, manager: Client, mara: Any, breached: Path) -> None:
        hashed = hashlib.sha1(NEW.encode()).hexdigest().upper()
        breached.write_text("\n".join(sorted([*breached.read_text().split(), f"{hashed}:3"])))

        assert "known from a breach" in one_line(change(manager))

    def test_nothing_is_taken_while_the_list_cannot_be_read(self, manager: Client, mara: Any, breached: Path) -> None:
        breached.unlink()

        assert "cannot be read at this moment" in one_line(change(manager))
        mara.refresh_from_db()
        assert mara.check_password(NOW_PASSWORD)


class TestTemporary:
    @pytest.fixture
    def given(self, mara: Any) -> str:
        by = factories.UserFactory(is_staff=True, is_superuser=True)
        return passwords.give_temporary(user=mara, by=by, now=timezone.now())

    def test_it_leads_to_the_choice_of_another_and_nowhere_else(self, mara: Any, given: str) -> None:
        client, answer = sign_in(given)

        assert answer.headers["Location"] == "/login/password/"
        for page in ("/", "/account/password/", "/notifications/"):
            assert client.get(page).headers["Location"].startswith("/login/")
        assert client.get("/api/v1/orders/").status_code == 401
        assert client.get("/events/").status_code == 401
        assert "Choose your password" in client.get("/login/password/").content.decode()

    def test_with_another_its_person_is_logged_in_where_they_wanted(self, mara: Any, given: str) -> None:
        client, _ = sign_in(given)

        assert first(client).headers["Location"] == "/setup/"

        assert client.get("/account/password/").status_code == 200
        assert models.Account.of(mara).is_temporary is False
        _, answer = sign_in(NEW)
        assert answer.headers["Location"] == "/setup/"

    @pytest.mark.parametrize("new", ["password1234", "short"])
    def test_not_every_password_will_do(self, mara: Any, given: str, new: str) -> None:
        client, _ = sign_in(given)

        assert first(client, new).status_code == 200
        assert first(client, given).status_code == 200
        assert models.Account.of(mara).is_temporary

    def test_nobody_chooses_one_without_it(self, mara: Any, given: str) -> None:
        assert first(Client()).headers["Location"] == "/login/"
        mara.refresh_from_db()
        assert mara.check_password(given)

    def test_a_second_temporary_one_ends_what_was_begun_with_the_first(self, mara: Any, given: str) -> None:
        client, _ = sign_in(given)
        passwords.give_temporary(user=mara, by=mara, now=factories.NOW)

        assert first(client).headers["Location"] == "/login/"

    def test_whoever_waits_too_long_begins_again(self, mara: Any, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
        client, _ = sign_in(given)
        monkeypatch.setattr(stages, "AT_MOST", timedelta(minutes=-1))
        late, _ = sign_in(given)

        assert client.get("/login/password/").status_code == 200
        assert late.get("/login/password/").headers["Location"] == "/login/"

    def test_after_seven_days_it_is_over(self, mara: Any, given: str) -> None:
        models.Account.objects.filter(user=mara).update(password_set_at=factories.LONG_AGO)

        client, answer = sign_in(given)

        assert "That temporary password is over" in one_line(answer)
        assert client.get("/login/password/").headers["Location"] == "/login/"


class TestGiven:
    def address(self, user: Any) -> str:
        return reverse("admin:auth_user_password_change", args=[user.pk])

    def test_it_is_made_by_lineup_and_shown_once(self, ada: Client, mara: Any) -> None:
        assert "Make a temporary password" in ada.get(self.address(mara)).content.decode()

        page = ada.post(self.address(mara)).content.decode()

        [password] = re.findall(r'id="temporary-password">([^<]+)<', page)
        mara.refresh_from_db()
        assert mara.check_password(password)
        assert models.Account.of(mara).is_temporary
        [entry] = models.AuditEntry.objects.filter(verb="password.given")
        assert (entry.actor_name, entry.after) == ("Ada", {"user": "mara"})
        assert password not in ada.get(self.address(mara)).content.decode()

    def test_the_sessions_of_its_person_end(self, ada: Client, manager: Client, mara: Any) -> None:
        ada.post(self.address(mara))

        assert manager.get("/account/password/").status_code == 302

    def test_staff_cannot_take_over_an_account_with_all_rights(self, db: None) -> None:
        clerk, chief = factories.UserFactory(is_staff=True), factories.UserFactory(is_superuser=True)
        clerk.user_permissions.add(Permission.objects.get(codename="change_user"))
        client = Client()
        client.force_login(clerk)

        assert client.post(self.address(chief)).status_code == 403
        chief.refresh_from_db()
        assert chief.check_password(NOW_PASSWORD)

    def test_without_the_right_to_change_people_there_is_no_page(self, mara: Any) -> None:
        client = Client()
        client.force_login(factories.UserFactory(is_staff=True))

        assert client.get(self.address(mara)).status_code == 403
        assert client.post(self.address(mara)).status_code == 403

    def test_nobody_who_does_not_exist_gets_one(self, ada: Client) -> None:
        assert ada.post("/admin/auth/user/999999/password/").status_code == 404

    def test_a_new_person_has_none_before(self, ada: Client) -> None:
        ada.post(reverse("admin:auth_user_add"), {
            "username": "nina", "first_name": "Nina", "last_name": "", "email": "",
            "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
        })  # fmt: skip

        nina = get_user_model().objects.get(username="nina")
        assert not nina.has_usable_password()
