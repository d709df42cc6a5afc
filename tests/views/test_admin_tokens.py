from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from assignments import models
from notifications.models import Event

ADD = "admin:assignments_apitoken_add"
LIST = "admin:assignments_apitoken_changelist"


def issue(client: Client, user: Any, name: str = "GIS") -> Any:
    return client.post(reverse(ADD), {"name": name, "user": user.pk, "scopes": ["read", "decide"]})


def test_the_secret_is_shown_once_and_only_its_digest_is_kept(ada: Client, mara: Any) -> None:
    response = issue(ada, mara)

    token = models.ApiToken.objects.get()
    secret = response.context["secret"]
    assert secret.startswith("lineup_")
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert models.ApiToken.objects.matching(secret).get() == token
    assert (token.user, token.scopes) == (mara, ["read", "decide"])
    shown_later = ada.get(reverse("admin:assignments_apitoken_change", args=[token.pk])).content.decode()
    assert secret not in shown_later
    assert token.digest not in shown_later
    assert not any(secret in str(row) for row in models.AuditEntry.objects.values())


def test_two_tokens_of_one_name_are_refused(ada: Client, mara: Any) -> None:
    issue(ada, mara)
    response = issue(ada, mara)

    assert response.status_code == 200
    assert models.ApiToken.objects.count() == 1


def test_a_token_without_a_scope_is_refused(ada: Client, mara: Any) -> None:
    ada.post(reverse(ADD), {"name": "GIS", "user": mara.pk})

    assert not models.ApiToken.objects.exists()


def test_revoking_ends_it_and_has_its_streams_checked(ada: Client, mara: Any) -> None:
    issue(ada, mara)
    token = models.ApiToken.objects.get()

    ada.post(reverse(LIST), {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    revoked_at = token.revoked_at
    ada.post(reverse(LIST), {"action": "revoke", "_selected_action": [token.pk]})

    token.refresh_from_db()
    assert revoked_at is not None
    assert token.revoked_at == revoked_at
    assert models.AuditEntry.objects.filter(verb="token.revoked").count() == 1
    assert Event.objects.filter(type="access.changed", data__user=mara.pk).exists()


def test_a_token_keeps_its_user_and_is_never_deleted(ada: Client, mara: Any, stella: Any) -> None:
    issue(ada, mara)
    token = models.ApiToken.objects.get()
    address = reverse("admin:assignments_apitoken_change", args=[token.pk])

    ada.post(address, {"name": "GIS 2", "user": stella.pk, "scopes": ["read"]})
    deleted = ada.post(reverse("admin:assignments_apitoken_delete", args=[token.pk]), {"post": "yes"})

    token.refresh_from_db()
    assert (token.name, token.user, token.scopes) == ("GIS 2", mara, ["read"])
    assert deleted.status_code == 403


def test_a_token_for_a_district_says_so_and_keeps_it(
    ada: Client, mara: Any, district: models.District, elsewhere: models.District
) -> None:
    ada.post(reverse(ADD), {"name": "GIS", "user": mara.pk, "scopes": ["read"], "districts": [district.pk]})
    token = models.ApiToken.objects.get()

    ada.post(
        reverse("admin:assignments_apitoken_change", args=[token.pk]),
        {"name": "GIS", "scopes": ["read"], "districts": [elsewhere.pk]},
    )

    token.refresh_from_db()
    assert (token.is_narrowed, list(token.districts.all())) == (True, [district])
    assert models.AuditEntry.objects.get(verb="token.issued").after["districts"] == ["NORTH"]
