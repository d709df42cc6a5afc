"""Changes on condition: only on the state that the caller has read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests.api.conftest import ACTS, ROUTES, assert_problem

FREE = {"batches", "notifications-read", "runs", "subscriptions", "write-backs-retry"}
"""Acts that make a row, or change many."""


def post(client: Client, path: str, tag: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json", headers={"If-Match": tag})


@pytest.fixture
def address(suggestion: models.Suggestion) -> str:
    return f"/api/v1/suggestions/{suggestion.pk}/"


def test_every_change_of_a_row_can_be_conditional() -> None:
    assert {name for name in ACTS if ROUTES[name].about is None} == FREE


def test_the_state_that_was_read_is_changed(as_mara: Client, address: str) -> None:
    tag = as_mara.get(address).headers["ETag"]

    assert post(as_mara, f"{address}approve/", tag).status_code == 201


@pytest.mark.parametrize("tag", ["*", '"older", {tag}', "W/{tag}"])
def test_any_of_several_tags_will_do(as_mara: Client, address: str, tag: str) -> None:
    tag = tag.format(tag=as_mara.get(address).headers["ETag"])

    assert post(as_mara, f"{address}approve/", tag).status_code == 201


def test_another_state_is_shown_and_not_changed(as_mara: Client, address: str, suggestion: models.Suggestion) -> None:
    tag = as_mara.get(address).headers["ETag"]
    models.Suggestion.objects.update(status="STALE", stale_cause="Line 3 is ill.")

    response = post(as_mara, f"{address}reject/", tag, {"reason": "No"})

    problem = assert_problem(response, 412, "precondition-failed")
    now = as_mara.get(address)
    assert problem["present"] == now.json()
    assert response.headers["ETag"] == now.headers["ETag"] != tag
    assert not models.Rejection.objects.exists()


def test_a_repeated_request_gets_its_answer_although_it_changed_the_state(as_mara: Client, address: str) -> None:
    headers = {"If-Match": as_mara.get(address).headers["ETag"], "Idempotency-Key": "k-1"}
    answers = [
        as_mara.post(f"{address}approve/", {}, content_type="application/json", headers=headers) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [201, 201]


def test_a_row_of_another_district_is_unknown(as_stella: Client, address: str) -> None:
    assert_problem(post(as_stella, f"{address}approve/", "*"), 404, "not-found")
