from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories, teams


@pytest.fixture
def targets(db: None) -> list[models.DownstreamSystem]:
    """Three systems that want to know of each decision."""
    return [factories.DownstreamSystemFactory(code=code) for code in ("work", "workforce", "permits")]


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    """An hour of line work for Line 1 at 08:00, near the base."""
    crew = factories.CrewFactory(district=district, name="Line 1")
    return factories.SuggestionFactory(
        order=factories.OrderFactory(district=district, number="WO-1"), shift=factories.ShiftFactory(crew=crew)
    )


@pytest.fixture
def events_of(db: None) -> Any:
    """The causes of the `order.changed` events of an order, in order."""
    from notifications.models import Event

    def causes(order: models.WorkOrder) -> list[str]:
        rows = Event.objects.filter(type="order.changed").order_by("pk")
        return [row.data["cause"] for row in rows if row.data["order"] == order.pk]

    return causes


@pytest.fixture
def line(district: models.District) -> models.Shift:
    """Line 1 on the day shift."""
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


@pytest.fixture
def traffic(district: models.District) -> models.Shift:
    """Traffic 1 on the day shift."""
    return factories.ShiftFactory(crew=teams.traffic_crew(district))
