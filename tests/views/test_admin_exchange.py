"""Files of the administration: all rows or none, each refusal with its row and column, and round trips."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assignments import models
from tests import factories
from tests.views.exchanging import file_of, import_into

ORDER = {
    "number": "WO-1", "district": "NORTH", "kind": "trouble", "priority": "Urgent", "title": "Line down",
    "latitude": "41.9", "longitude": "-88.3", "duration_minutes": "90", "due_at": "2026-06-15T18:00",
    "needs": "LINE:MASTER:2; SWITCH", "equipment": "bucket", "required_permits": "EXCAVATION",
}  # fmt: skip


@pytest.fixture
def vocabulary(district: models.District) -> None:
    factories.QualificationFactory(code="LINE")
    factories.QualificationFactory(code="SWITCH")


@pytest.mark.usefixtures("vocabulary")
class TestWorkOrders:
    def test_are_imported_with_their_needs_and_local_times(self, ada: Client) -> None:
        response = import_into(ada, models.WorkOrder, file_of(ORDER))

        assert response.is_taken
        order = models.WorkOrder.objects.get(number="WO-1")
        assert (order.kind, order.priority) == ("TROUBLE", models.WorkOrder.Priority.URGENT)
        assert order.due_at == factories.at("18:00")
        assert order.equipment == ["BUCKET"]
        assert [(need.qualification.code, need.level, need.people) for need in order.needs.all()] == [
            ("LINE", "MASTER", 2),
            ("SWITCH", "STANDARD", 1),
        ]

    def test_bring_what_is_asked_of_further_crews(self, ada: Client) -> None:
        asked = {"further_crews": "traffic crew|2|SWITCH::2|arrow-board; second crew"}

        assert import_into(ada, models.WorkOrder, file_of(ORDER | asked)).is_taken

        order = models.WorkOrder.objects.get(number="WO-1")
        first, second = order.further_parts
        assert (first.title, first.crew_size, first.equipment) == ("traffic crew", 2, ["ARROW-BOARD"])
        assert (second.number, second.title, second.crew_size) == (2, "second crew", 1)
        assert [(need.qualification.code, need.people) for need in order.needs_of(1)] == [("SWITCH", 2)]
        assert len(order.needs_of(0)) == 2

    def test_one_bad_row_lets_none_in_and_is_named_with_its_column(self, ada: Client) -> None:
        rows = [ORDER | {"number": f"WO-{n}"} for n in (1, 2, 3, 4)]
        rows[2] |= {"duration_minutes": "an hour", "district": "NOWHERE", "latitude": "991", "due_at": ""}

        response = import_into(ada, models.WorkOrder, file_of(*rows))

        assert models.WorkOrder.objects.count() == 0
        assert [(row, column) for row, column, _ in response.refusals] == [
            (3, "district"),
            (3, "duration_minutes"),
            (3, "latitude"),
        ]
        page = response.page
        assert "“an hour” is not a whole number." in page
        assert "There is no district with the code “NOWHERE”." in page

    @pytest.mark.parametrize(
        ("column", "cell"),
        [
            ("kind", "PARTY"),
            ("priority", "9"),
            ("status", "SCHEDULED"),  # is concluded from a decision
            ("title", ""),
            ("longitude", "nan"),
            ("voltage", "-4"),
            ("energised", "perhaps"),
            ("due_at", "tomorrow"),
            ("needs", "JUGGLING"),
            ("needs", "LINE:GOD"),
            ("needs", "LINE:MASTER:many"),
            ("needs", "LINE; LINE"),
            ("further_crews", "traffic crew|many"),
            ("further_crews", "traffic crew|1|JUGGLING"),
            ("further_crews", "|2"),
            ("required_permits", "FISHING"),
            ("prerequisites", "WO-404"),
            ("prerequisites", "WO-1"),  # cannot wait for itself
            ("source", "nobody"),
        ],
    )
    def test_a_cell_that_cannot_be_is_refused_by_its_column(self, ada: Client, column: str, cell: str) -> None:
        response = import_into(ada, models.WorkOrder, file_of({**ORDER, column: cell}))

        assert [(row, where) for row, where, _ in response.refusals] == [(1, column)]
        assert models.WorkOrder.objects.count() == 0

    def test_a_prerequisite_may_stand_further_down(self, ada: Client) -> None:
        first, second = ORDER | {"prerequisites": "WO-2"}, ORDER | {"number": "WO-2", "prerequisites": ""}

        import_into(ada, models.WorkOrder, file_of(first, second))

        assert [o.number for o in models.WorkOrder.objects.get(number="WO-1").prerequisites.all()] == ["WO-2"]

    def test_only_the_columns_of_the_file_change(self, ada: Client) -> None:
        order = factories.OrderFactory(number="WO-1", title="Old", feeder="F-7", status="READY")

        response = import_into(ada, models.WorkOrder, file_of({"number": "WO-1", "title": "New"}))

        assert response.is_taken
        order.refresh_from_db()
        assert (order.title, order.feeder, order.status, order.version) == ("New", "F-7", "READY", 2)

    def test_a_status_moves_only_where_the_state_machine_leads(self, ada: Client) -> None:
        factories.OrderFactory(number="WO-1", status="CLOSED")

        response = import_into(ada, models.WorkOrder, file_of({"number": "WO-1", "status": "RECEIVED"}))

        assert [(row, where) for row, where, _ in response.refusals] == [(1, "status")]

    def test_checking_only_shows_the_change_and_imports_nothing(self, ada: Client) -> None:
        response = import_into(ada, models.WorkOrder, file_of(ORDER), check_only=True)

        assert response.file.status == "READY"
        assert "Line down" in response.page
        assert models.WorkOrder.objects.count() == 0

    def test_a_file_without_the_key_column_is_refused(self, ada: Client) -> None:
        lacking = import_into(ada, models.WorkOrder, file_of({"title": "x"}))
        assert lacking.refusals[0] == (0, "", "The file lacks the column “number”.")

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"title\ncaf\x81", "none of UTF-8"),
            (b"number,title", "no row below"),
            (b"PK\x03\x04 and no more", "begins like a workbook"),
            (b"\xd0\xcf\x11\xe0 of 1997", "old kind (.xls)"),
        ],
    )
    def test_a_file_that_is_no_table_is_refused_in_words(self, ada: Client, content: bytes, words: str) -> None:
        response = import_into(ada, models.WorkOrder, SimpleUploadedFile("rows", content))

        [(_, _, sentence)] = response.refusals
        assert words in sentence
        assert "Nothing was imported" in response.page

    def test_a_row_said_twice_is_refused(self, ada: Client) -> None:
        response = import_into(ada, models.WorkOrder, file_of(ORDER, ORDER | {"title": "Other"}))

        assert response.refusals[0][0] == 2
        assert models.WorkOrder.objects.count() == 0


class TestPeopleAndCrews:
    def test_a_person_is_found_by_reference_and_by_name(self, ada: Client, district: models.District) -> None:
        ann = factories.EmployeeFactory(name="Ann", source_reference="E-1", district=district)
        bo = factories.EmployeeFactory(name="Bo", district=district)
        rows = [
            {"district": "NORTH", "name": "Ann Lee", "source_reference": "E-1"},
            {"district": "NORTH", "name": "Bo", "source_reference": ""},
            {"district": "NORTH", "name": "Cy", "source_reference": "E-3"},
        ]

        assert import_into(ada, models.Employee, file_of(*rows)).is_taken

        ann.refresh_from_db()
        assert ann.name == "Ann Lee"
        assert set(models.Employee.objects.values_list("name", flat=True)) == {"Ann Lee", "Bo", "Cy"}
        assert models.Employee.objects.get(name="Bo") == bo

    def test_two_people_of_one_name_need_their_references(self, ada: Client, district: models.District) -> None:
        factories.EmployeeFactory.create_batch(2, name="Ann", district=district)
        factories.QualificationFactory(code="LINE")
        row = {"district": "NORTH", "employee": "Ann", "qualification": "LINE", "issued_at": "2026-01-01"}

        response = import_into(ada, models.HeldQualification, file_of(row))

        assert response.refusals == [
            (1, "employee", "2 employees are called “Ann”; write their source_reference instead.")
        ]

    def test_a_crew_is_imported_with_its_members(self, ada: Client, district: models.District) -> None:
        for reference in ("E-1", "E-2"):
            factories.EmployeeFactory(source_reference=reference, district=district)
        row = {
            "district": "NORTH", "name": "Line 9", "foreman": "E-1", "latitude": "41", "longitude": "-88",
            "members": "E-1 2026-01-05T00:00-06:00/; E-2 2026-01-05/2026-06-01",
        }  # fmt: skip

        assert import_into(ada, models.Crew, file_of(row)).is_taken

        crew = models.Crew.objects.get(name="Line 9")
        members = crew.memberships.order_by("employee__source_reference")
        assert [member.employee.source_reference for member in members] == ["E-1", "E-2"]
        assert [member.ends_at is None for member in members] == [True, False]

    def test_members_left_out_leave_and_bare_ones_stay_as_they_are(self, ada: Client, district: Any) -> None:
        crew = factories.CrewFactory(name="Line 9", district=district, staff__members=0)
        stays, leaves = (factories.EmployeeFactory(name=name, district=district) for name in ("Ann", "Bo"))
        for person in (stays, leaves):
            factories.CrewMembershipFactory(crew=crew, employee=person)

        import_into(ada, models.Crew, file_of({"district": "NORTH", "name": "Line 9", "members": "Ann"}))

        assert [(m.employee, m.starts_at) for m in crew.memberships.all()] == [(stays, factories.LONG_AGO)]

    @pytest.mark.parametrize("members", ["Nobody", "Ann 2026-05-01/2026-04-01", "Ann soon/later", "Ann 2026-13-01/"])
    def test_members_that_cannot_be_are_refused(self, ada: Client, district: models.District, members: str) -> None:
        crew = factories.CrewFactory(name="Line 9", district=district)
        factories.EmployeeFactory(name="Ann", district=district)
        before = list(crew.memberships.values())

        response = import_into(ada, models.Crew, file_of({"district": "NORTH", "name": "Line 9", "members": members}))

        assert [(row, where) for row, where, _ in response.refusals] == [(1, "members")]
        assert list(crew.memberships.values()) == before

    def test_a_shift_must_end_after_it_starts(self, ada: Client, district: models.District) -> None:
        factories.CrewFactory(name="Line 9", district=district)
        row = {"district": "NORTH", "crew": "Line 9", "starts_at": "2026-06-15T15:00", "ends_at": "2026-06-15T06:00"}

        response = import_into(ada, models.Shift, file_of(row))

        assert response.refusals == [(1, "ends_at, starts_at", "It must hold that: shift ends after it starts.")]
        assert models.Shift.objects.count() == 0
