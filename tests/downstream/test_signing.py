from __future__ import annotations

import base64

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from assignments.downstream import client, signing
from tests.downstream.conftest import Asked, ScriptedSystem, acknowledged

OLD, NEW = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n"))


def verified(asked: Asked, secret: str) -> bool:
    headers = {name: value for name, value in asked.headers.items() if name.startswith("webhook-")}
    try:
        Webhook(secret).verify(asked.raw, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_receiver_of_the_standard_verifies_it_with_either_secret(system: ScriptedSystem) -> None:
    system.answer(acknowledged())

    with client.Client(base_url=system.url, keys=signing.keys_of(f"{NEW} {OLD}")) as http:
        http.book(payload={"order": "W-1", "reason": "Größe"}, key="k-1")

    [asked] = system.asked
    assert asked.headers["webhook-id"] == asked.headers["idempotency-key"] == "k-1"
    assert verified(asked, NEW)
    assert verified(asked, OLD)
    assert not verified(asked, f"whsec_{base64.b64encode(b'x' * 32).decode()}")


def test_without_secrets_nothing_is_signed(system: ScriptedSystem) -> None:
    system.answer(acknowledged())

    with client.Client(base_url=system.url) as http:
        http.book(payload={}, key="k-1")

    assert "webhook-signature" not in system.asked[0].headers


@pytest.mark.parametrize(("secret", "says"), [("whsec_%%%", "not whsec_ and base64"), ("whsec_YWJj", "has 3 bytes")])
def test_a_secret_of_another_form_is_refused_without_repeating_it(secret: str, says: str) -> None:
    with pytest.raises(signing.UnusableSecret, match=says) as caught:
        signing.keys_of(f"{OLD} {secret}")

    assert secret not in str(caught.value)
