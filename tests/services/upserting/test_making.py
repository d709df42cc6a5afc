"""New rows are made as the model's constructor makes them."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.services.upserting import owned
from assignments.services.upserting.making import new_row


@pytest.mark.parametrize("model", [*owned.OWNED, models.Outage])
def test_a_new_row_is_the_one_of_the_constructor(model):
    values = {"source_id": 7, "source_reference": "W-1", "source_version": 3}

    made, constructed = new_row(model, values), model(**values)

    assert {**vars(made), "_state": None} == {**vars(constructed), "_state": None}
    assert made._state.adding
    assert made._state.db is None


def test_rows_do_not_share_what_can_change():
    first, second = (new_row(models.WorkOrder, {}) for _ in range(2))
    first.equipment.append("BUCKET")

    assert second.equipment == []
    assert first._state is not second._state
