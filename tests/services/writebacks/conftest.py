from __future__ import annotations

from collections.abc import Iterator

import pytest

from assignments import models
from tests import factories
from tests.downstream.conftest import ScriptedSystem


@pytest.fixture
def system() -> Iterator[ScriptedSystem]:
    with ScriptedSystem() as scripted:
        yield scripted


@pytest.fixture
def target(district: models.District, system: ScriptedSystem) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="work", base_url=system.url, timeout_seconds=5)


@pytest.fixture
def write_back(district: models.District, target: models.DownstreamSystem) -> models.WriteBack:
    order = factories.OrderFactory(district=district, number="WO-1", status="SCHEDULED")
    assignment = factories.AssignmentFactory(order=order)
    return factories.WriteBackFactory(assignment=assignment, target=target, payload={"order": "WO-1"})
