"""Changes on condition: only on the state that the caller has read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests.api.conftest import ACTS, ROUTES, assert_problem
from tests.factories import NOW

FREE = {"batches", "notes", "notifications-read", "runs", "subscriptions", "write-backs-retry"}
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


@pytest.fixture
def decided(as_mara: Client, address: str) -> str:
    return str(as_mara.post(f"{address}approve/", {}, content_type="application/json").headers["Location"])


def is_told() -> None:
    """As a worker leaves the rows when every system has taken the decision."""
    models.WriteBack.objects.update(status="ACKNOWLEDGED", attempts=2, reference="B-7", acknowledged_at=NOW)
    models.Assignment.objects.update(status="CONFIRMED")


@pytest.mark.parametrize("of", ["assignment", "order"])
def test_that_systems_have_been_told_is_no_other_state(
    as_mara: Client, decided: str, suggestion: models.Suggestion, of: str
) -> None:
    at, act = {
        "assignment": (decided, f"{decided}pin/"),
        "order": (f"/api/v1/orders/{suggestion.order.number}/",) * 2,
    }[of]
    if of == "order":
        act = f"{at}restoration/take-back/"
    tag = as_mara.get(at).headers["ETag"]
    is_told()

    answer = post(as_mara, act, tag)

    assert answer.status_code != 412, answer.content
    # To read it again is worth while all the same.
    assert as_mara.get(at, headers={"If-None-Match": tag}).status_code == 200


def test_that_it_was_pinned_is_another_state(as_mara: Client, decided: str) -> None:
    tag = as_mara.get(decided).headers["ETag"]
    models.Assignment.objects.update(pinned=True)

    assert_problem(post(as_mara, f"{decided}revoke/", tag, {"reason": "Storm"}), 412, "precondition-failed")


def test_an_unchanged_row_is_not_sent_again(as_mara: Client, decided: str) -> None:
    tag = as_mara.get(decided).headers["ETag"]

    assert as_mara.get(decided, headers={"If-None-Match": tag}).status_code == 304


def test_a_repeated_request_gets_its_answer_although_it_changed_the_state(as_mara: Client, address: str) -> None:
    headers = {"If-Match": as_mara.get(address).headers["ETag"], "Idempotency-Key": "k-1"}
    answers = [
        as_mara.post(f"{address}approve/", {}, content_type="application/json", headers=headers) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [201, 201]


def test_a_row_of_another_district_is_unknown(as_stella: Client, address: str) -> None:
    assert_problem(post(as_stella, f"{address}approve/", "*"), 404, "not-found")
