"""A storm through the API: declared, seen, ended, with the refusals of the pages."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

DECLARE, END = "/api/v1/districts/NORTH/storm/declare/", "/api/v1/districts/NORTH/storm/end/"


@pytest.fixture(autouse=True)
def rules(district: models.District) -> models.RuleSet:
    district.storm_rule_set = factories.RuleSetFactory(name="storm", storm=True, emergency_customers=500)
    district.save()
    return district.storm_rule_set


def post(client: Any, path: str, reason: str = "Ice on the lines") -> Any:
    return client.post(path, {"reason": reason}, content_type="application/json")


def test_is_declared_seen_and_ended(as_mara: Any) -> None:
    declared = post(as_mara, DECLARE)

    assert declared.status_code == 200
    storm = declared.json()["storm"]
    assert (declared.json()["rule_set"], storm["declared_by"], storm["reason"]) == (
        "storm", "Mara Lindqvist", "Ice on the lines",
    )  # fmt: skip
    assert as_mara.get("/api/v1/districts/").json()["results"] == [declared.json()]

    ended = post(as_mara, END, "Power is back")

    assert (ended.status_code, ended.json()["storm"], ended.json()["rule_set"]) == (200, None, "normal")


def test_refusals_are_those_of_the_service(as_mara: Any) -> None:
    assert_problem(post(as_mara, END), 409, "no-storm")
    post(as_mara, DECLARE)
    assert_problem(post(as_mara, DECLARE), 409, "storm-under-way")
    assert_problem(post(as_mara, END, ""), 400, "invalid")


def test_orders_tell_and_filter_their_priority_in_force(as_mara: Any, order: models.WorkOrder) -> None:
    models.WorkOrder.objects.update(customers_out=900)
    post(as_mara, DECLARE)

    (told,) = as_mara.get("/api/v1/orders/", {"urgency": "EMERGENCY"}).json()["results"]

    assert (told["priority"], told["urgency"]) == ("NORMAL", "EMERGENCY")
    assert as_mara.get(f"/api/v1/orders/{order.number}/").json()["urgency"] == "EMERGENCY"
    assert as_mara.get("/api/v1/orders/", {"urgency": "NORMAL"}).json()["results"] == []
