"""Moving, reassigning and pinning through the API have the effects, and meet the refusals, of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


@pytest.fixture
def address(as_mara: Client, suggestion: models.Suggestion) -> str:
    """Of an approved decision."""
    location: str = post(as_mara, f"/api/v1/suggestions/{suggestion.pk}/approve/").headers["Location"]
    return location


@pytest.fixture
def other(suggestion: models.Suggestion) -> models.Crew:
    """A second crew on duty at the same time."""
    shift = suggestion.shift
    second = factories.ShiftFactory(
        crew__district=shift.crew.district, starts_at=shift.starts_at, ends_at=shift.ends_at
    )
    return second.crew


def version() -> int:
    return models.WorkOrder.objects.get(number="WO-1").version


class TestMoving:
    def test_puts_a_new_decision_in_place_of_the_old_one(
        self, as_mara: Client, address: str, suggestion: models.Suggestion
    ) -> None:
        later = (suggestion.starts_at + timedelta(hours=1)).isoformat()
        place: dict[str, Any] = {"crew": suggestion.crew_id, "starts_at": later}

        outlook = as_mara.get(f"{address}move/", place).json()
        moved = post(as_mara, f"{address}move/", place | {"version": version()})

        assert (outlook["is_legal"], outlook["broken"]) == (True, [])
        assert moved.status_code == 201, moved.content
        assert moved.json()["starts_at"] == outlook["starts_at"]
        assert as_mara.get(moved.headers["Location"]).json() == moved.json()
        assert as_mara.get(address).json()["status"] == "REASSIGNED"

    def test_is_refused_where_a_rule_is_broken(
        self, as_mara: Client, address: str, suggestion: models.Suggestion
    ) -> None:
        past = (suggestion.starts_at - timedelta(days=1)).isoformat()
        place: dict[str, Any] = {"crew": suggestion.crew_id, "starts_at": past}

        assert as_mara.get(f"{address}move/", place).json()["broken"]
        assert_problem(post(as_mara, f"{address}move/", place | {"version": version()}), 409, "rules-broken")

    def test_is_refused_once_the_order_has_moved_on(
        self, as_mara: Client, address: str, suggestion: models.Suggestion
    ) -> None:
        body = {"crew": suggestion.crew_id, "starts_at": suggestion.starts_at.isoformat(), "version": version() - 1}

        assert_problem(post(as_mara, f"{address}move/", body), 409, "changed-meanwhile")

    @pytest.mark.parametrize("starts_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_a_time_out_of_reach_is_refused(self, as_mara: Client, address: str, starts_at: str, other: Any) -> None:
        body = {"crew": other.pk, "starts_at": starts_at, "version": 1}

        assert_problem(post(as_mara, f"{address}move/", body), 409, "day-out-of-reach")

    def test_a_crew_of_another_district_is_unknown(
        self, as_mara: Client, address: str, elsewhere: models.District
    ) -> None:
        crew = factories.CrewFactory(district=elsewhere)

        assert_problem(post(as_mara, f"{address}reassign/", {"crew": crew.pk, "version": 1}), 404, "not-found")


def test_reassigning_gives_the_work_to_another_crew_at_the_same_time(
    as_mara: Client, address: str, other: models.Crew
) -> None:
    before = as_mara.get(address).json()

    given = post(as_mara, f"{address}reassign/", {"crew": other.pk, "version": version()}).json()

    assert (given["crew"]["id"], given["starts_at"]) == (other.pk, before["starts_at"])


def test_a_pinned_decision_stays_until_it_is_unpinned(as_mara: Client, address: str, other: models.Crew) -> None:
    assert post(as_mara, f"{address}pin/").json()["pinned"] is True
    assert_problem(post(as_mara, f"{address}reassign/", {"crew": other.pk, "version": version()}), 409, "pinned")

    assert post(as_mara, f"{address}unpin/").json()["pinned"] is False
    assert post(as_mara, f"{address}reassign/", {"crew": other.pk, "version": version()}).status_code == 201
