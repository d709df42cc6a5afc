"""Overriding through the API: what is in the way, who may answer for it, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.engine.rules.rule import NOBODY
from tests import added_rules
from tests.api.conftest import assert_problem


@pytest.fixture
def address(suggestion: models.Suggestion) -> str:
    """Of a crew that is one person short for the order."""
    models.WorkOrder.objects.update(crew_size=3)
    return f"/api/v1/orders/WO-1/override/{suggestion.shift_id}/"


def approve(client: Any, address: str, **changed: Any) -> Any:
    seen = client.get(address).json()
    body = {
        "starts_at": seen["starts_at"], "rules": [one["rule"] for one in seen["overridable"]],
        "fingerprint": seen["fingerprint"], "code": "HELP_ON_SITE", "reason": "Ben joins there",
    }  # fmt: skip
    return client.post(f"{address}approve/", body | changed, content_type="application/json")


def test_why_not_names_each_rule_and_where_an_override_would_break_least(
    as_vic: Any, suggestion: models.Suggestion, address: str
) -> None:
    day = suggestion.run.day.isoformat()

    [answer] = as_vic.get("/api/v1/orders/WO-1/why-not/", {"day": day}).json()

    assert (answer["shift"], [one["rule"] for one in answer["obstacles"]]) == (suggestion.shift_id, ["crew-size"])
    assert (answer["obstacles"][0]["authority"], bool(answer["override_at"])) == ("manager", True)


def test_why_not_names_the_source_of_each_rule(as_vic: Any, suggestion: models.Suggestion, address: str) -> None:
    models.WorkOrder.objects.update(voltage=13_800, energised=True)
    models.HeldQualification.objects.all().delete()

    [answer] = as_vic.get("/api/v1/orders/WO-1/why-not/", {"day": suggestion.run.day.isoformat()}).json()

    assert [(one["rule"], one["basis"], one["source"][:21]) for one in answer["obstacles"]] == [
        ("two-person", "law", "29 CFR 1910.269(l)(2)"),
        ("crew-size", "policy", "Work rule of the util"),
    ]


def test_a_rule_added_to_the_register_is_obeyed_and_named(
    as_mara: Any, address: str, suggestion: models.Suggestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, crew = str(suggestion.order.kind).lower(), suggestion.shift.crew.name
    models.WorkOrder.objects.update(crew_size=suggestion.order.crew_size)
    added_rules.add(monkeypatch, added_rules.not_for(crew, kind, authority=NOBODY))

    [answer] = as_mara.get("/api/v1/orders/WO-1/why-not/", {"day": suggestion.run.day.isoformat()}).json()
    problem = assert_problem(approve(as_mara, address), 409, "law-forbids")
    refused = as_mara.post(f"/api/v1/suggestions/{suggestion.pk}/approve/", {}, content_type="application/json")

    assert [(one["rule"], one["source"]) for one in answer["obstacles"]] == [("crew-kind", "Safety bulletin 7")]
    assert f"Kind of work (Safety bulletin 7): {crew} does no {kind} work." in problem["detail"]
    assert f"{crew} does no {kind} work." in assert_problem(refused, 409, "rules-broken")["detail"]


def test_assigns_the_crew_against_the_named_rules(as_mara: Any, address: str) -> None:
    response = approve(as_mara, address)

    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["override_rules"], body["override_code"]) == (["crew-size"], "HELP_ON_SITE")
    assert body["override_reason"] == "Help or materials meet the crew on site: Ben joins there"
    assert as_mara.get(response.headers["Location"]).json() == body


def test_refuses_what_the_law_forbids(as_mara: Any, address: str, suggestion: models.Suggestion) -> None:
    models.WorkOrder.objects.update(voltage=13_800, energised=True)
    models.HeldQualification.objects.all().delete()

    assert [one["rule"] for one in as_mara.get(address).json()["forbidden"]] == ["two-person"]
    assert_problem(approve(as_mara, address), 409, "law-forbids")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fingerprint": "0"}, "changed-meanwhile"),
        ({"rules": []}, "other-rules-broken"),
        ({"code": "OTHER", "reason": ""}, "reason-missing"),
    ],
)
def test_refuses_what_was_not_read_or_said(as_mara: Any, address: str, changed: Any, code: str) -> None:
    assert_problem(approve(as_mara, address, **changed), 409, code)
    assert not models.Assignment.objects.exists()


@pytest.mark.parametrize(("name", "value"), [("code", "WHIM"), ("starts_at", "noon"), ("force", True)])
def test_a_request_that_cannot_be_read_names_the_field(as_mara: Any, address: str, name: str, value: Any) -> None:
    problem = assert_problem(approve(as_mara, address, **{name: value}), 400, "invalid")

    assert [error["field"] for error in problem["errors"]] == [name]


@pytest.mark.parametrize("query", ["?starts_at=noon", "?start=2026-06-15T08:00:00Z"])
def test_a_start_that_cannot_be_read_is_refused(as_mara: Any, address: str, query: str) -> None:
    assert_problem(as_mara.get(address + query), 400, "invalid")


def test_a_shift_of_another_district_is_unknown(as_mara: Any, address: str, elsewhere: models.District) -> None:
    assert_problem(as_mara.get("/api/v1/orders/WO-1/override/999999/"), 404, "not-found")
