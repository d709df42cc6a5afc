"""Subscriptions in the administration: set up by hand, tried, begun anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignments import models
from tests import factories

ADDRESS = "http://gis.inside.example:8080/hook?key=1"
LIST = "admin:assignments_subscription_changelist"


def add(client: Client, person: Any, district: models.District, **changed: Any) -> Any:
    form = {
        "name": "GIS", "user": person.pk, "address": ADDRESS, "kinds": ["order.changed"],
        "districts": [district.pk], "timeout_seconds": 10, "enabled": "on", "signing_env": "LINEUP_SECRET_GIS",
    }  # fmt: skip
    return client.post(reverse("admin:assignments_subscription_add"), form | changed)


def test_any_address_may_be_set_by_hand(ada: Client, mara: Any, district: models.District) -> None:
    assert add(ada, mara, district).status_code == 302

    made = models.Subscription.objects.get()
    assert (made.address, made.signing_env, list(made.districts.all())) == (
        ADDRESS, "LINEUP_SECRET_GIS", [district],
    )  # fmt: skip
    assert models.AuditEntry.objects.filter(verb="subscription.added").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "ftp://gis.example/"},
        {"address": "https://user:word@gis.example/"},
        {"districts": []},
        {"kinds": []},
    ],
)
def test_what_cannot_be_is_refused(ada: Client, mara: Any, district: models.District, changed: dict[str, Any]) -> None:
    assert add(ada, mara, district, **changed).status_code == 200
    assert not models.Subscription.objects.exists()


def test_the_list_tries_and_begins_anew(ada: Client, mara: Any, district: models.District) -> None:
    row = factories.SubscriptionFactory(user=mara)
    row.districts.set([district])

    ada.post(reverse(LIST), {"action": "send_test", "_selected_action": [row.pk]})
    assert ada.get(reverse(LIST)).context["cl"].result_list[0].number_waiting == 1

    answer = ada.post(reverse(LIST), {"action": "start_from_now", "_selected_action": [row.pk]}, follow=True)
    assert "Left out: 1." in answer.content.decode()
