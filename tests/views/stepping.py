"""A browser on the way through the second step, and on the pages where it is set up."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pyotp
from django.test import Client
from django.utils import timezone

from tests.views.softkey import SoftKey

PAGE = "/account/second-step/"
PASSWORD = "correct-horse-battery"


def secret_on(page: Any) -> str:
    return re.findall(r'account-secret">([A-Z2-7]+)<', page.content.decode())[0]


def options_on(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unescape(re.findall(r'data-options="([^"]+)"', page.content.decode())[0]))
    return found


def codes_on(page: Any) -> list[str]:
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page.content.decode())


def code_of(secret: str, *, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(timezone.now().timestamp()) + seconds)


def with_app(client: Client, clock: Any) -> tuple[str, list[str]]:
    """The secret of an app that is added, and the recovery codes that come with it; half a minute later."""
    secret = secret_on(client.get(f"{PAGE}app/"))
    codes = codes_on(client.post(f"{PAGE}app/", {"code": code_of(secret)}))
    clock.shift(timedelta(seconds=30))
    return secret, codes


def with_passkey(client: Client, key: SoftKey, **options: Any) -> Any:
    asked = options_on(client.get(f"{PAGE}passkey/"))
    return client.post(f"{PAGE}passkey/", {"answer": key.create(asked, **options), "name": "Work laptop"})


def password_given(password: str = PASSWORD) -> Client:
    client = Client()
    words = {"username": "mara", "password": password, "next": PAGE}
    assert client.post("/login/", words).headers["Location"] == "/login/second-step/"
    return client


def second(client: Client, **fields: str) -> Any:
    return client.post("/login/second-step/", fields)


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200
