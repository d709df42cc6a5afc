from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.factories import at


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    """Two hours of trouble at the crews' base."""
    return factories.OrderFactory(
        district=district, number="WO-9", title="Conductor down", kind="TROUBLE", priority=0, duration_minutes=120,
        latitude=41.9, longitude=-88.3,
    )  # fmt: skip


@pytest.fixture
def planned(shift: models.Shift, mara: Any) -> models.Assignment:
    """An hour of approved work of the crew at 07:00, which the targets have not heard of yet."""
    return give(shift, "WO-1", "07:00", approved_by=mara)


def give(shift: models.Shift, number: str, clock: str, **fields: Any) -> models.Assignment:
    """Approved ordinary work of the crew, at its base."""
    order = fields.pop("order", None) or factories.OrderFactory(
        district=shift.crew.district, number=number, status="SCHEDULED", latitude=41.9, longitude=-88.3
    )
    values = {"starts_at": at(clock), "departs_at": at(clock), **fields}
    return factories.AssignmentFactory(order=order, shift=shift, **values)
