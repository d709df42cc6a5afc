from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from tests import factories

LONG = 20 * 60


@pytest.fixture
def week(district: models.District) -> list[models.Shift]:
    """Line 1 and Line 2 for twelve hours on each of four days, Line 1 nearer to the work."""
    crews = [factories.CrewFactory(district=district, name=f"Line {n}", latitude=41.95 + n / 20) for n in (1, 2)]
    return [
        factories.ShiftFactory(crew=crew, starts_at=start, ends_at=start + timedelta(hours=12))
        for day in range(4)
        for start in [factories.SHIFT_STARTS_AT + timedelta(days=day)]
        for crew in crews
    ]


@pytest.fixture
def long_order(district: models.District) -> models.WorkOrder:
    """A pole line of twenty hours."""
    order: models.WorkOrder = factories.OrderFactory(
        district=district, number="WO-20", title="Rebuild pole line", duration_minutes=LONG, customers_out=40
    )
    factories.OrderNeedFactory(order=order, qualification=factories.QualificationFactory(code="LINE"))
    return order
