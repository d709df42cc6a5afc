"""Emergencies through the API: the choices, accepting one, and refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

CHOICES = "/api/v1/orders/WO-9/emergency/"


@pytest.fixture
def planned(district: models.District) -> models.Assignment:
    """Approved work in two hours on a shift that has begun; the emergency WO-9 is at the same place."""
    begun = (timezone.now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"), starts_at=begun)
    where = {"district": district, "latitude": 41.9, "longitude": -88.3}
    factories.OrderFactory(number="WO-9", priority=0, duration_minutes=180, **where)
    order = factories.OrderFactory(number="WO-1", status="SCHEDULED", **where)
    start = begun + timedelta(hours=3)
    return factories.AssignmentFactory(order=order, shift=shift, starts_at=start, departs_at=start)


def accept(client: Any, choice: dict[str, Any]) -> Any:
    body = {"shift": choice["shift"], "fingerprint": choice["fingerprint"]}
    return client.post(f"{CHOICES}accept/", body, content_type="application/json")


class TestChoices:
    def test_say_who_is_there_first_and_what_gives_way(self, as_vic: Any, planned: models.Assignment) -> None:
        body = as_vic.get(CHOICES).json()

        first, second = body["choices"]
        assert (body["order"], first["crew"]["name"], second["moves"]) == ("WO-9", "Line 1", [])
        [move] = first["moves"]
        assert (move["order"], move["priority"], move["late"]) == ("WO-1", "NORMAL", False)
        assert move["becomes"]["starts_at"] == first["ends_at"] > move["was"]["starts_at"]
        assert first["starts_at"] >= body["holds_until"]

    def test_name_crews_that_a_manager_would_have_to_answer_for(self, as_vic: Any, district: models.District) -> None:
        over = timezone.now() - timedelta(minutes=30)
        crew = factories.CrewFactory(district=district, name="Night 1")
        factories.ShiftFactory(crew=crew, starts_at=over - timedelta(hours=9), ends_at=over)
        factories.OrderFactory(district=district, number="WO-9", priority=0)

        body = as_vic.get(CHOICES).json()

        [only] = body["call_outs"]
        assert (body["choices"], only["crew"]["name"], only["rules"]) == ([], "Night 1", ["shift"])
        assert only["departs_at"] >= body["holds_until"]

    def test_of_ordinary_work_are_refused(self, as_mara: Any, district: models.District) -> None:
        factories.OrderFactory(district=district, number="WO-9")

        assert_problem(as_mara.get(CHOICES), 409, "not-an-emergency")


class TestAccepting:
    def test_makes_the_assignment_and_moves_the_rest(self, as_mara: Any, planned: models.Assignment) -> None:
        first = as_mara.get(CHOICES).json()["choices"][0]

        response = accept(as_mara, first)

        assert response.status_code == 201, response.content
        body = response.json()
        assert (body["assignment"]["order"], body["assignment"]["starts_at"]) == ("WO-9", first["starts_at"])
        assert [one["order"] for one in body["moved"]] == ["WO-1"]
        assert body["given_up"] == []
        assert as_mara.get(response.headers["Location"]).json() == body["assignment"]
        planned.refresh_from_db()
        assert planned.status == "REASSIGNED"

    def test_what_has_changed_is_refused_with_what_could_be_done_now(
        self, as_mara: Any, planned: models.Assignment
    ) -> None:
        first = as_mara.get(CHOICES).json()["choices"][0]
        models.Assignment.objects.update(pinned=True)

        problem = assert_problem(accept(as_mara, first), 409, "choice-changed")

        assert problem["choice"]["moves"] == []
        assert accept(as_mara, problem["choice"]).status_code == 201

    def test_needs_both_fields(self, as_mara: Any, planned: models.Assignment) -> None:
        response = as_mara.post(f"{CHOICES}accept/", {}, content_type="application/json")

        assert {one["field"] for one in assert_problem(response, 400, "invalid")["errors"]} == {"shift", "fingerprint"}
