from __future__ import annotations

import pytest

from assignments import models
from tests import factories


@pytest.fixture
def work(district: models.District) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="work")


@pytest.fixture
def workforce(district: models.District) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="workforce")


@pytest.fixture
def register(district: models.District) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="permits")
