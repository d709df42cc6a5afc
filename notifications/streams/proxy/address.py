"""The control address of the GRIP proxy as the settings give it. Reads no settings itself: they read it."""

from __future__ import annotations

from typing import Any

LEAST_KEY = 32
"""Characters of a key for HS256 (RFC 7518, section 3.2)."""


class KeyTooShort(ValueError):
    """Without a key that cannot be guessed, any reader could claim to come through the proxy."""


def control(url: str, key: str) -> dict[str, Any]:
    """`control_uri`, `key`, and what else the address says (`control_iss`, `verify_key`). Raises KeyTooShort."""
    # Imported here: it brings an HTTP client that no installation without a proxy needs.
    from gripcontrol import parse_grip_uri

    parsed: dict[str, Any] = parse_grip_uri(url)
    parsed["key"] = parsed.get("key") or key
    if len(parsed["key"]) < LEAST_KEY:
        raise KeyTooShort(f"The key has {len(parsed['key'])} characters, and needs {LEAST_KEY}.")
    return parsed
