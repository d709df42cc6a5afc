"""Every act about an account is on the record, with where it came from, and its person is told of other people's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignments import models
from assignments.services import sign_ins
from assignments.services.accounts import passwords
from assignments.services.records import origins
from notifications.models import Notification
from notifications.services import access
from tests import factories
from tests.views.adminforms import save

PASSWORD = "correct-horse-battery"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def _nobody_has_tried_before() -> Iterator[None]:
    sign_ins.forget()
    yield
    sign_ins.forget()


def attempt(client: Client, name: str = "mara", password: str = PASSWORD) -> Any:
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    return client.post("/login/", {"username": name, "password": password}, headers=headers)


def office() -> Client:
    return Client(REMOTE_ADDR="192.0.2.7")


def entry(verb: str) -> models.AuditEntry:
    return models.AuditEntry.objects.get(verb=verb)


def told(user: Any) -> list[str]:
    return list(Notification.objects.filter(user=user, kind="account").values_list("title", flat=True))


class TestSessions:
    def test_a_login(self, mara: Any) -> None:
        client = office()
        attempt(client)

        digest = access.session_digest(str(client.session.session_key))
        found = entry("session.begun")
        assert (found.actor, found.address, found.trace_id) == (mara, "192.0.2.7", TRACE)
        assert found.after == {"user": "mara", "how": "password", "session": digest}
        assert str(client.session.session_key) not in str(found.after)

    def test_a_logout(self, mara: Any) -> None:
        client = office()
        attempt(client)
        digest = access.session_digest(str(client.session.session_key))

        client.post("/logout/")

        found = entry("session.ended")
        assert (found.actor, found.credential, found.address) == (mara, f"session {digest}", "192.0.2.7")

    def test_a_wrong_password(self, mara: Any) -> None:
        attempt(office(), password="wrong-password")

        found = entry("session.refused")
        assert (found.actor, found.actor_name, found.object_id) == (None, "Nobody", str(mara.pk))
        assert (found.address, found.trace_id) == ("192.0.2.7", TRACE)
        assert found.after == {"user": "mara", "step": "password"}

    def test_what_was_typed_for_a_name_is_not_kept(self, mara: Any) -> None:
        attempt(office(), name="my-secret-password")

        found = entry("session.refused")
        assert (found.object_id, found.after) == ("", {"step": "name"})

    def test_attempts_that_nobody_looks_at_write_nothing(self, mara: Any) -> None:
        for _ in range(15):
            attempt(office(), password="wrong-password")

        assert models.AuditEntry.objects.filter(verb="session.refused").count() == 10

    def test_a_wrong_password_of_somebody_who_is_in(self, mara: Any) -> None:
        client = office()
        attempt(client)
        client.post("/account/confirm/", {"confirm_password": "wrong"})
        client.post("/account/password/", {"old_password": "wrong", "new_password1": "", "new_password2": ""})

        steps = models.AuditEntry.objects.filter(verb="session.refused").values_list("after__step", flat=True)
        assert list(steps) == ["password again"] * 2


class TestCredentials:
    def test_a_decision_has_the_session_and_the_address(self, mara: Any) -> None:
        client = office()
        attempt(client)
        crew = factories.CrewFactory(district__code="NORTH")

        client.post(f"/districts/NORTH/calendars/{crew.pk}/make/")

        found = entry("calendar.opened")
        digest = access.session_digest(str(client.session.session_key))
        assert (found.credential, found.address) == (f"session {digest}", "192.0.2.7")

    def test_through_a_token_it_is_the_tokens(self, mara: Any) -> None:
        factories.ApiTokenFactory(user=mara, name="GIS", secret="lineup_gis", scopes=["read", "decide"])
        district = models.District.objects.get(code="NORTH")
        district.storm_rule_set = factories.RuleSetFactory(name="storm", storm=True)
        district.save()

        office().post(
            reverse("api:storm-declare", args=["NORTH"]), {"reason": "Ice"}, content_type="application/json",
            headers={"Authorization": "Bearer lineup_gis"},
        )  # fmt: skip

        assert (entry("storm.declared").credential, entry("storm.declared").address) == ("token GIS", "192.0.2.7")

    def test_outside_a_request_there_is_neither(self, mara: Any) -> None:
        passwords.choose(user=mara, password="seven herons over a quarry", by=mara, now=factories.NOW)

        assert (entry("password.changed").credential, entry("password.changed").address) == (None, None)
        assert origins.current() == origins.Origin()


class TestPeopleAreTold:
    def test_of_a_temporary_password(self, ada: Client, mara: Any) -> None:
        ada.post(reverse("admin:auth_user_password_change", args=[mara.pk]))

        assert told(mara) == ["Ada gave you a temporary password"]

    def test_of_rights(self, ada: Client, vic: Any) -> None:
        save(ada, vic, is_staff="on")

        assert told(vic) == ["Ada changed your account"]
        assert "is staff" in Notification.objects.get(user=vic).body

    def test_of_roles(self, ada: Client, vic: Any) -> None:
        role = models.Membership.objects.get(user=vic)
        save(ada, role, role="MANAGER")
        ada.post(reverse("admin:assignments_membership_delete", args=[role.pk]), {"post": "yes"})

        assert sorted(told(vic)) == ["Ada ended your role in North", "Ada made you assigning manager of North"]

    def test_of_nothing_that_they_do_themselves(self, mara: Any) -> None:
        passwords.choose(user=mara, password="seven herons over a quarry", by=mara, now=factories.NOW)

        assert told(mara) == []


class TestDeactivated:
    def test_nobody_is_deleted(self, ada: Client, vic: Any) -> None:
        page = reverse("admin:auth_user_delete", args=[vic.pk])
        chosen = {"action": "delete_selected", "_selected_action": vic.pk, "post": "yes"}

        assert ada.post(page, {"post": "yes"}).status_code == 403
        ada.post(reverse("admin:auth_user_changelist"), chosen)
        assert type(vic).objects.filter(pk=vic.pk).exists()

    def test_their_sessions_do_not_come_back_with_them(self, ada: Client, vic: Any) -> None:
        client = Client()
        client.force_login(vic)
        # A box that is not ticked is not sent.
        save(ada, vic, is_active="")
        save(ada, vic, is_active="on")

        assert client.get("/account/sessions/").status_code == 302
        changes = models.AuditEntry.objects.filter(verb="user.changed")
        assert list(changes.values_list("before__is_active", flat=True)) == [False, True]
