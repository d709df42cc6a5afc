from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.downstream.conftest import ScriptedSystem, system

__all__ = ["system"]


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def subscription(mara: Any, district: models.District, system: ScriptedSystem) -> models.Subscription:
    """Mara's, to orders of the district."""
    made: models.Subscription = factories.SubscriptionFactory(user=mara, name="GIS", address=f"{system.url}/hook?key=1")
    made.districts.set([district])
    return made
