from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assignments import models
from assignments.downstream import client
from tests import factories
from tests.downstream.routing_server import RoutingServer


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


@pytest.fixture
def roads(settings: Any) -> Iterator[RoutingServer]:
    """An OSRM server that Lineup is set up to ask."""
    with RoutingServer() as server:
        settings.ROUTING_URL = server.url
        yield server


@pytest.fixture
def run(district: models.District) -> models.SuggestionRun:
    return factories.SuggestionRunFactory(district=district, status="GATHERING", lease_owner="worker-1")


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    """Line 1's day, from a base at 41.9, -88.3."""
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
