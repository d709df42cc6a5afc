"""Cutting orders through the API."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem
from tests.api.test_deciding import post

ORDERS = "/api/v1/orders/"


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    made: models.WorkOrder = factories.OrderFactory(district=district, number="WO-8", duration_minutes=480)
    return made


def test_an_order_is_cut_and_put_together_again(as_mara: Any, order: models.WorkOrder) -> None:
    cut = post(as_mara, f"{ORDERS}WO-8/split/", {"longest_minutes": 270})
    whole = post(as_mara, f"{ORDERS}WO-8/put-together/")

    assert (cut.status_code, whole.status_code) == (200, 200)
    assert [(one["number"], one["part_of"], one["part"]) for one in cut.json()["parts"]] == [
        ("WO-8.1", "WO-8", 1), ("WO-8.2", "WO-8", 2),
    ]  # fmt: skip
    assert (cut.json()["order"]["parts_in_all"], whole.json()["parts_in_all"]) == (2, 0)


def test_refusals_say_what_to_do(as_mara: Any, order: models.WorkOrder) -> None:
    assert_problem(post(as_mara, f"{ORDERS}WO-8/put-together/"), 409, "not-split")
    assert_problem(post(as_mara, f"{ORDERS}WO-8/split/", {"longest_minutes": 600}), 409, "not-cut")
    assert post(as_mara, f"{ORDERS}WO-8/split/", {"longest_minutes": 0}).status_code == 400
    models.WorkOrder.objects.update(splitting="NO")
    assert_problem(post(as_mara, f"{ORDERS}WO-8/split/", {"longest_minutes": 270}), 409, "splitting-forbidden")
