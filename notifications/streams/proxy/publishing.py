"""Handing items to the GRIP proxy's control address, with an end to the patience."""

from __future__ import annotations

import json
from typing import Any

import gevent
from django.conf import settings
from pubcontrol import PubControlClient

# Seconds that one request may take.
PATIENCE = 2.0


class ProxyUnreachable(RuntimeError):
    """The proxy did not answer in time, or refused."""


class Publisher:
    """The proxy's control address and the key for it."""

    def __init__(self) -> None:
        control = settings.GRIP_CONTROL
        claim = {"iss": control["control_iss"]} if "control_iss" in control else None
        self._client = PubControlClient(control["control_uri"], claim, control["key"] if claim else None)

    def publish(self, items: list[dict[str, Any]]) -> None:
        """Publishes the items in one request. Raises ProxyUnreachable; part of them may have been taken then."""
        body = json.dumps({"items": items}).encode()
        try:
            # The library has no time-out of its own.
            with gevent.Timeout(PATIENCE):
                self._client.http_call("/publish/", body, {"Content-Type": "application/json"})
        except gevent.Timeout:
            raise ProxyUnreachable(f"no answer within {PATIENCE} s") from None
        except ValueError as error:
            raise ProxyUnreachable(str(error)) from error
