from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from assignments.queries import days
from assignments.services.runs import running
from assignments.tasks import delivery, process
from tests import factories


@pytest.fixture
def tomorrow(district: models.District) -> Any:
    """A day whose shifts all lie ahead, whatever time it is."""
    return days.today(district, timezone.now()) + timedelta(days=1)


@pytest.fixture
def work(district: models.District, tomorrow: Any) -> models.WorkOrder:
    """An order that Line 1 can do tomorrow."""
    morning = days.period_of(tomorrow, district.zone)[0] + timedelta(hours=6)
    crew = factories.CrewFactory(district=district, name="Line 1")
    factories.ShiftFactory(crew=crew, starts_at=morning)
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def run(district: models.District, tomorrow: Any, mara: Any, work: Any) -> models.SuggestionRun:
    """Asked for by Mara; waits for a worker."""
    return running.request_run(district=district, day=tomorrow, by=mara, now=timezone.now())[0]


@pytest.fixture
def silent_source() -> Iterator[models.DownstreamSystem]:
    """A system that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield factories.DownstreamSystemFactory(code="work", base_url=f"http://127.0.0.1:{port}")


@pytest.fixture(autouse=True)
def at_work() -> Iterator[None]:
    """Nobody has asked the process to stop."""
    process.stopping.clear()
    delivery.teller.cache_clear()
    yield
    process.stopping.clear()
