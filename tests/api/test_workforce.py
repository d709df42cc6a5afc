"""People, crews, shifts, absences and equipment: read by members of the district, by nobody else, in few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories
from tests.api.conftest import assert_problem

LISTS = ("employees", "crews", "shifts", "absences", "equipment")


def address(name: str) -> str:
    return f"/api/v1/{name}/"


def rows(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def make_crew(district: models.District, reference: str) -> models.Crew:
    """A crew of one person with a shift, an absence and a truck that is out of service for an hour."""
    own: dict[str, Any] = {"source": factories.DownstreamSystemFactory(code="workforce"), "source_version": 7}
    own |= {"synced_at": factories.NOW}
    person = factories.EmployeeFactory(district=district, name="Ann", source_reference=f"E-{reference}", **own)
    factories.HeldQualificationFactory(employee=person, level="MASTER")
    crew = factories.CrewFactory(
        district=district, staff__members=0, foreman=person, source_reference=f"C-{reference}", **own
    )
    factories.CrewMembershipFactory(crew=crew, employee=person)
    factories.ShiftFactory(crew=crew, source_reference=f"S-{reference}", **own)
    factories.AbsenceFactory(employee=person, source_reference=f"A-{reference}", **own)
    truck = factories.EquipmentFactory(crew=crew, name="Truck 7", source_reference=f"V-{reference}", **own)
    until = factories.NOW + timedelta(hours=1)
    models.EquipmentOutage.objects.create(equipment=truck, starts_at=factories.NOW, ends_at=until, reason="Brakes")
    return crew


@pytest.fixture
def crew(district: models.District, elsewhere: models.District) -> models.Crew:
    """Of my district; another one is elsewhere, and a truck stands in a depot."""
    make_crew(elsewhere, "elsewhere")
    factories.EquipmentFactory(crew=None)
    return make_crew(district, "mine")


@pytest.mark.parametrize("name", LISTS)
class TestEveryList:
    def test_shows_members_of_the_district_its_own_rows_only(
        self, as_mara: Client, as_vic: Client, crew: models.Crew, name: str
    ) -> None:
        [row] = rows(as_mara.get(address(name)))

        assert row["district"] == "NORTH"
        assert row["source_reference"].endswith("-mine")
        assert (row["source"], row["source_version"], row["synced_at"]) == ("workforce", 7, "2026-06-15T10:45:00Z")
        assert rows(as_vic.get(address(name))) == [row]

    def test_shows_a_stranger_their_own_district(self, as_stella: Client, crew: models.Crew, name: str) -> None:
        assert [row["district"] for row in rows(as_stella.get(address(name)))] == ["SOUTH"]

    def test_shows_nothing_to_an_administrator_without_a_role(self, crew: models.Crew, name: str) -> None:
        client = Client()
        client.force_login(factories.UserFactory(is_staff=True, is_superuser=True))

        assert rows(client.get(address(name))) == []

    def test_refuses_nobody_and_tokens_that_may_not_read(
        self, unwelcome: dict[str, Client], as_pusher: Client, crew: models.Crew, name: str
    ) -> None:
        assert {client.get(address(name)).status_code for client in unwelcome.values()} == {401}
        assert_problem(as_pusher.get(address(name)), 403, "permission-denied")

    def test_only_reads(self, as_mara: Client, crew: models.Crew, name: str) -> None:
        for send in (as_mara.post, as_mara.put, as_mara.delete):
            assert_problem(send(address(name)), 405, "method-not-allowed")

    def test_comes_in_pages_of_which_none_repeats_a_row(self, as_mara: Client, crew: models.Crew, name: str) -> None:
        make_crew(crew.district, "second")

        first = as_mara.get(address(name), {"page_size": "1"})
        second = as_mara.get(first.json()["next"])

        assert first.json()["count"] == 2
        assert {row["id"] for page in (first, second) for row in rows(page)} == {
            row["id"] for row in rows(as_mara.get(address(name)))
        }

    def test_takes_the_same_queries_however_many(self, as_mara: Client, crew: models.Crew, name: str) -> None:
        as_mara.get(address(name))
        counts = []
        for reference in ("second", "third"):
            with CaptureQueriesContext(connection) as queries:
                assert rows(as_mara.get(address(name)))
            counts.append(len(queries))
            make_crew(crew.district, reference)

        assert counts[0] == counts[1]

    def test_is_not_sent_again_while_nothing_changed(self, as_mara: Client, crew: models.Crew, name: str) -> None:
        etag = as_mara.get(address(name)).headers["ETag"]

        assert as_mara.get(address(name), headers={"If-None-Match": etag}).status_code == 304

    def test_refuses_a_filter_it_does_not_know(self, as_mara: Client, name: str) -> None:
        assert_problem(as_mara.get(address(name), {"distrikt": "NORTH"}), 400, "invalid")


def test_an_employee_comes_with_what_they_hold(as_vic: Client, crew: models.Crew) -> None:
    [row] = rows(as_vic.get(address("employees")))

    assert row["held_qualifications"] == [
        {"qualification": "LINE", "level": "MASTER", "issued_at": "2020-01-01T00:00:00Z", "expires_at": None}
    ]


def test_a_crew_comes_with_its_members(as_vic: Client, crew: models.Crew) -> None:
    [row] = rows(as_vic.get(address("crews")))

    person = {"id": crew.foreman_id, "name": "Ann", "source_reference": "E-mine"}
    assert row["foreman"] == person
    assert row["memberships"] == [{"employee": person, "starts_at": "2020-01-01T00:00:00Z", "ends_at": None}]


def test_equipment_comes_with_its_periods_out_of_service(as_vic: Client, crew: models.Crew) -> None:
    [row] = rows(as_vic.get(address("equipment")))

    assert row["crew"]["id"] == crew.pk
    assert row["outages"] == [
        {"starts_at": "2026-06-15T10:45:00Z", "ends_at": "2026-06-15T11:45:00Z", "reason": "Brakes"}
    ]


Query = Callable[[models.Crew], dict[str, Any]]


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("employees", lambda crew: {"district": "NORTH", "active": "true", "qualification": "LINE"}, 1),
        ("employees", lambda crew: {"qualification": "SWITCH"}, 0),
        ("employees", lambda crew: {"active": "false"}, 0),
        ("employees", lambda crew: {"district": "SOUTH"}, 0),
        ("crews", lambda crew: {"district": "NORTH", "active": "true"}, 1),
        ("crews", lambda crew: {"district": "SOUTH"}, 0),
        ("crews", lambda crew: {"active": "false"}, 0),
        ("shifts", lambda crew: {"crew": crew.pk, "district": "NORTH", "cancelled": "false", "on_call": "false"}, 1),
        ("shifts", lambda crew: {"crew": crew.pk + 1000}, 0),
        ("shifts", lambda crew: {"after": "2026-06-15T20:59:59Z", "before": "2026-06-15T11:00:01Z"}, 1),
        ("shifts", lambda crew: {"after": "2026-06-15T21:00:00Z"}, 0),
        ("shifts", lambda crew: {"before": "2026-06-15T11:00:00Z"}, 0),
        ("absences", lambda crew: {"employee": crew.foreman_id, "district": "NORTH", "cancelled": "false"}, 1),
        ("absences", lambda crew: {"after": "2026-06-15T21:00:00Z"}, 0),
        ("absences", lambda crew: {"employee": crew.foreman_id + 1000}, 0),
        ("equipment", lambda crew: {"crew": crew.pk, "code": "BUCKET", "district": "NORTH"}, 1),
        ("equipment", lambda crew: {"code": "DIGGER"}, 0),
    ],
)
def test_are_filtered(as_vic: Client, crew: models.Crew, name: str, query: Query, found: int) -> None:
    assert len(rows(as_vic.get(address(name), query(crew)))) == found
