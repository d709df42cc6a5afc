"""Estimated restoration times through the API; its plan is for tomorrow morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.fields import DateTimeField

from assignments import models
from tests.api.conftest import assert_problem

ORDER = "/api/v1/orders/WO-1/"
SET = f"{ORDER}restoration/"


@pytest.fixture(autouse=True)
def planned(suggestion: models.Suggestion) -> str:
    """When the 120 customers of WO-1 are back by the plan."""
    models.WorkOrder.objects.update(customers_out=120)
    return _written(suggestion.ends_at)


@pytest.fixture
def later(suggestion: models.Suggestion) -> dict[str, str]:
    """Two hours after the plan, to the minute, as managers say it."""
    back_at = (suggestion.ends_at + timedelta(hours=2)).replace(second=0, microsecond=0)
    return {"back_at": _written(back_at), "reason": "Cable fault found"}


def _written(at: datetime) -> str:
    return str(DateTimeField().to_representation(at))


def _post(client: Any, address: str, body: Any = None) -> Any:
    return client.post(address, body or {}, content_type="application/json")


def _etr(order: dict[str, Any]) -> tuple[Any, ...]:
    return order["etr"], order["etr_certainty"], order["etr_set_by"], order["etr_reason"]


@pytest.mark.parametrize("address", [ORDER, "/api/v1/orders/"])
def test_orders_say_when_customers_are_back(as_vic: Any, address: str, planned: str) -> None:
    answer = as_vic.get(address).json()
    [order] = answer.get("results", [answer])

    assert _etr(order) == (planned, "PLANNED", None, "")


def test_orders_without_customers_out_have_none(as_vic: Any) -> None:
    models.WorkOrder.objects.update(customers_out=0)

    assert _etr(as_vic.get(ORDER).json()) == (None, None, None, "")


def test_a_manager_sets_it_and_takes_it_back(as_mara: Any, later: dict[str, str], planned: str) -> None:
    models.WorkOrder.objects.update(status="IN_PROGRESS")  # a crew is there, whatever the shifts say

    order = _post(as_mara, SET, later).json()
    assert _etr(order)[::2] == (later["back_at"], "Mara Lindqvist")
    assert order["etr_reason"] == "Cable fault found"

    order = _post(as_mara, f"{SET}take-back/").json()
    assert _etr(order) == (planned, "PLANNED", None, "")


def test_no_earlier_than_legal(as_mara: Any, later: dict[str, str]) -> None:
    soon = _written(datetime.fromisoformat(later["back_at"]) - timedelta(hours=20))
    problem = assert_problem(_post(as_mara, SET, later | {"back_at": soon}), 409, "too-early")

    assert "No crew can legally have WO-1 done before" in problem["detail"]


@pytest.mark.parametrize("wrong", [{"back_at": None}, {"reason": ""}, {"more": 1}, {"back_at": "noon"}])
def test_refuses_what_it_does_not_know(as_mara: Any, later: dict[str, str], wrong: dict[str, Any]) -> None:
    assert_problem(_post(as_mara, SET, later | wrong), 400, "invalid")
