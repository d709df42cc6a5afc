"""Signatures of what a system is told, after the Standard Webhooks specification 1.0 (symmetric, `v1`).

While a secret is changed both sign, so that the receiver may take up the new one when it likes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret."""


class UnusableSecret(ValueError):
    """A secret is not of the form `whsec_<base64>`, or too short or too long."""


def keys_of(secrets: str) -> tuple[bytes, ...]:
    """The keys of secrets parted by blanks. Raises UnusableSecret, which does not repeat them."""
    return tuple(_key(number, secret) for number, secret in enumerate(secrets.split(), start=1))


def secret_of(key: bytes) -> str:
    """The key as receivers are given it."""
    return PREFIX + base64.b64encode(key).decode()


def headers(*, keys: Sequence[bytes], id: str, at: int, body: bytes) -> Mapping[str, str]:  # noqa: A002
    """The three headers of one attempt; `at` is seconds since 1970. None without a key."""
    if not keys:
        return {}
    signed = f"{id}.{at}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _key(number: int, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableSecret(f"secret {number} is not {PREFIX} and base64") from error
    if not LEAST <= len(key) <= MOST:
        raise UnusableSecret(f"secret {number} has {len(key)} bytes; {LEAST} to {MOST} are wanted")
    return key
