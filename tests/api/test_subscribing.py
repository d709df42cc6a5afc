"""Programs have events sent to an address: made, listed, tried and ended through the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests.api.conftest import assert_problem

SUBSCRIPTIONS = "/api/v1/subscriptions/"
ASKED: dict[str, Any] = {
    "name": "GIS", "address": "https://gis.lineup.example/hook?key=secret", "districts": ["NORTH"],
    "kinds": ["order.changed", "storm.changed"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _hosts(settings: Any, district: models.District) -> None:
    settings.WEBHOOK_HOSTS = ["gis.lineup.example"]


def post(client: Client, path: str = SUBSCRIPTIONS, /, **body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_one_is_made_shown_tried_and_ended(as_mara: Client, as_vic: Client, token: models.ApiToken) -> None:
    made = post(as_mara, **ASKED)

    assert made.status_code == 201, made.content
    path, row = made.headers["Location"], models.Subscription.objects.get()
    assert path == f"{SUBSCRIPTIONS}{row.pk}/"
    assert (row.token, row.user) == (token, token.user)
    shown = made.json()
    assert shown.pop("secret").startswith("whsec_")
    assert (shown["host"], shown["districts"], shown["is_signed"]) == ("gis.lineup.example", ["NORTH"], True)
    for client in (as_mara, as_vic):
        listed = client.get(SUBSCRIPTIONS)
        assert listed.json()["results"] == [client.get(path).json()] == [shown]
        assert "secret" not in listed.content.decode()

    assert post(as_mara, f"{path}test/").status_code == 202
    assert post(as_mara, f"{path}start-from-now/").json() == {"left_out": 1}
    assert post(as_mara, f"{path}end/").json()["name"] == "GIS"
    assert as_mara.get(path).status_code == 404


def test_its_secret_is_shown_when_it_is_made_or_changed_alone(as_mara: Client, as_stella: Client) -> None:
    made = post(as_mara, **ASKED)
    path = made.headers["Location"]
    assert post(as_stella, f"{path}change-secret/").status_code == 404

    changed = post(as_mara, f"{path}change-secret/")

    secret = changed.json()["secret"]
    assert secret != made.json()["secret"]
    assert "secret" not in as_mara.get(path).json()
    kept = [*models.Subscription.objects.values_list("secret_salt", "former_salt"),
            *models.AuditEntry.objects.values_list("before", "after")]  # fmt: skip
    assert not any(word in str(kept) for word in (secret, made.json()["secret"]))


def test_its_secret_is_said_again_under_the_key_and_lies_nowhere(as_mara: Client) -> None:
    def send(path: str, key: str, **body: Any) -> Any:
        return as_mara.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})

    made = send(SUBSCRIPTIONS, "k-1", **ASKED)
    path = made.headers["Location"]
    changed = send(f"{path}change-secret/", "k-2")

    for first, again in ((made, send(SUBSCRIPTIONS, "k-1", **ASKED)), (changed, send(f"{path}change-secret/", "k-2"))):
        assert first.json()["secret"].startswith("whsec_")
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    kept = str(list(models.KeyedAnswer.objects.values()))
    assert '"name": "GIS"' in kept or "'name': 'GIS'" in kept
    assert not any(one.json()["secret"] in kept for one in (made, changed))


def test_secrets_of_an_administrator_are_changed_elsewhere(as_mara: Client) -> None:
    path = post(as_mara, **ASKED).headers["Location"]
    models.Subscription.objects.update(signing_env="LINEUP_SECRET_GIS")

    assert_problem(post(as_mara, f"{path}change-secret/"), 409, "signed-otherwise")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"kinds": []}, "kinds"), ({"kinds": ["order.reviewing"]}, "kinds.0"), ({"districts": []}, "districts"),
     ({"signing_env": "SECRET_KEY"}, "signing_env")],
)  # fmt: skip
def test_a_field_that_cannot_be_is_named(as_mara: Client, changed: dict[str, Any], field: str) -> None:
    problem = assert_problem(post(as_mara, **(ASKED | changed)), 400, "invalid")

    assert [error["field"] for error in problem["errors"]] == [field]


def test_an_address_elsewhere_is_refused(as_mara: Client) -> None:
    problem = post(as_mara, **(ASKED | {"address": "https://elsewhere.example/"}))

    assert_problem(problem, 409, "address-not-allowed")


def test_a_host_that_lineup_may_not_be_led_to_is_refused(as_mara: Client, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = ["work.lineup.example"]

    problem = assert_problem(post(as_mara, **ASKED), 409, "address-not-allowed")

    assert problem["next_step"] == "Ask the operator to name the host in OUTBOUND_HOSTS."


def test_one_that_hears_of_more_than_the_caller_may_read_is_not_there(
    as_mara: Client, as_stella: Client, elsewhere: models.District
) -> None:
    path = post(as_mara, **ASKED).headers["Location"]
    models.Subscription.objects.get().districts.add(elsewhere)

    for client in (as_mara, as_stella):
        assert client.get(path).status_code == 404
        assert client.get(SUBSCRIPTIONS).json()["results"] == []


def test_that_it_does_not_answer_is_no_other_state(as_mara: Client) -> None:
    path = post(as_mara, **ASKED).headers["Location"]
    tag = as_mara.get(path).headers["ETag"]
    models.Subscription.objects.update(is_away=True, away_because="answered 503")

    assert as_mara.post(f"{path}end/", headers={"If-Match": tag}).status_code == 200
