"""Files of equipment, absences, memberships and rule sets: what they bring, and each refusal with row and column."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from assignments import models
from notifications.models import Event
from notifications.services import inbox
from tests import factories
from tests.views.exchanging import file_of, import_into

TRUCK = {"code": "BUCKET", "name": "Truck 7", "district": "NORTH", "crew": "Line 9"}
ABSENCE = {"district": "NORTH", "employee": "Ann", "starts_at": "2026-06-15T06:00", "ends_at": "2026-06-15T16:00"}


@pytest.fixture
def ada(db: None) -> Client:
    client = Client()
    client.force_login(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def crew(district: models.District) -> models.Crew:
    return factories.CrewFactory(name="Line 9", district=district, staff__members=0)


def places(response: Any) -> list[tuple[int, str]]:
    return [(row, column) for row, column, _ in response.refusals]


class TestEquipment:
    def test_comes_with_its_periods_out_of_service(self, ada: Client, crew: models.Crew) -> None:
        outages = '"2026-06-15T06:00/2026-06-15T16:00 brakes; tyres"; 2026-07-01T00:00Z/2026-07-02T00:00Z'

        assert import_into(ada, models.Equipment, file_of(TRUCK | {"out_of_service": outages})).is_taken

        truck = models.Equipment.objects.get(code="BUCKET")
        assert truck.crew == crew
        first, second = truck.outages.all()
        assert (first.starts_at, first.ends_at, first.reason) == (
            factories.at("06:00"),
            factories.at("16:00"),
            "brakes; tyres",
        )
        assert second.reason == ""

    @pytest.mark.parametrize(
        ("column", "cell"),
        [
            ("out_of_service", "brakes"),
            ("out_of_service", "2026-06-15T06:00 brakes"),
            ("out_of_service", "2026-06-15T06:00/2026-06-15T06:00"),
            ("out_of_service", "soon/later"),
            ("out_of_service", f"2026-06-15T06:00/2026-06-15T07:00 {'x' * 201}"),
            ("crew", "Line 404"),
            ("name", ""),
            ("source", "nobody"),
        ],
    )
    def test_a_cell_that_cannot_be_lets_no_row_in(self, ada: Client, crew: Any, column: str, cell: str) -> None:
        good = {column: ""} | TRUCK

        response = import_into(ada, models.Equipment, file_of(good, good | {"name": "Truck 8", column: cell}))

        assert places(response) == [(2, column)]
        assert models.Equipment.objects.count() == 0

    def test_of_one_name_is_told_apart_by_its_crew(self, ada: Client, crew: models.Crew) -> None:
        mine, _ = (factories.EquipmentFactory(name="Truck 7", crew=one) for one in (crew, factories.CrewFactory()))
        row = TRUCK | {"out_of_service": "2026-06-15T06:00/2026-06-15T16:00"}

        assert import_into(ada, models.Equipment, file_of(row)).is_taken
        nobodys = import_into(ada, models.Equipment, file_of(TRUCK | {"crew": ""}))

        assert [outage.equipment for outage in models.EquipmentOutage.objects.all()] == [mine]
        assert places(nobodys) == [(1, "name")]

    def test_that_is_out_of_service_makes_what_needs_it_stale(self, ada: Client, crew: models.Crew) -> None:
        factories.EquipmentFactory(code="BUCKET", name="Truck 7", crew=crew)
        suggestion = factories.SuggestionFactory(
            order__equipment=["BUCKET"], order__district=crew.district, shift__crew=crew
        )

        import_into(ada, models.Equipment, file_of(TRUCK | {"out_of_service": "2026-06-15T06:00/2026-06-15T16:00"}))

        suggestion.refresh_from_db()
        assert suggestion.status == models.Suggestion.Status.STALE
        assert "imported equipment" in suggestion.stale_cause


class TestAbsences:
    def test_are_found_by_person_and_start(self, ada: Client, district: models.District) -> None:
        person = factories.EmployeeFactory(name="Ann", district=district)
        known = factories.AbsenceFactory(employee=person, starts_at=factories.at("06:00"))

        rows = file_of(ABSENCE | {"kind": "training"}, ABSENCE | {"starts_at": "2026-06-15T05:00", "kind": ""})
        assert import_into(ada, models.Absence, rows).is_taken

        known.refresh_from_db()
        assert known.kind == "TRAINING"
        new = models.Absence.objects.exclude(pk=known.pk).get()
        assert (new.employee, new.kind, new.starts_at) == (person, "LEAVE", factories.at("05:00"))

    @pytest.mark.parametrize(
        ("cells", "place"),
        [
            ({"employee": "Nobody"}, "employee"),
            ({"kind": "HOLIDAY"}, "kind"),
            ({"starts_at": "soon"}, "starts_at"),
            ({"ends_at": "2026-06-15T06:00"}, "ends_at, starts_at"),
        ],
    )
    def test_a_cell_that_cannot_be_is_refused(self, ada: Client, district: Any, cells: Any, place: str) -> None:
        factories.EmployeeFactory(name="Ann", district=district)

        assert places(import_into(ada, models.Absence, file_of(ABSENCE | cells))) == [(1, place)]
        assert models.Absence.objects.count() == 0


class TestMemberships:
    def test_are_given_and_have_open_streams_checked(self, ada: Client, district: models.District, vic: Any) -> None:
        mara = factories.UserFactory(username="mara")
        rows = [{"user": name, "district": "NORTH", "role": "manager"} for name in ("mara", "vic")]

        assert import_into(ada, models.Membership, file_of(*rows)).is_taken

        assert set(models.Membership.objects.values_list("user__username", "role")) == {
            ("mara", "MANAGER"),
            ("vic", "MANAGER"),
        }
        reviewed = Event.objects.filter(type="access.changed").values_list("channel", flat=True)
        assert {inbox.channel_of(mara.pk), inbox.channel_of(vic.pk)} <= set(reviewed)

    def test_stand_in_the_record_with_the_columns_that_changed(self, ada: Client, vic: Any, mara: Any) -> None:
        anew = factories.UserFactory(username="anew")
        rows = [{"user": name, "district": "NORTH", "role": "MANAGER"} for name in ("vic", "mara", "anew")]

        import_into(ada, models.Membership, file_of(*rows), check_only=True)
        import_into(ada, models.Membership, file_of(*rows, {"user": "x", "district": "NORTH", "role": "MANAGER"}))
        assert not models.AuditEntry.objects.filter(object_type="membership").exists()
        import_into(ada, models.Membership, file_of(*rows))

        entries = models.AuditEntry.objects.filter(object_type="membership").order_by("verb")
        assert [(entry.verb, entry.object_id, entry.after["fields"]) for entry in entries] == [
            ("membership.added", str(anew.memberships.get().pk), ["user", "district", "role"]),
            ("membership.changed", str(vic.memberships.get().pk), ["role"]),
        ]
        assert {(entry.actor_name, entry.district.code, entry.reason) for entry in entries} == {
            ("ada", "NORTH", "Imported from a file.")
        }

    @pytest.mark.parametrize(
        ("column", "cell"), [("user", "nobody"), ("district", "WEST"), ("role", "boss"), ("role", "")]
    )
    def test_a_cell_that_cannot_be_is_refused(self, ada: Client, vic: Any, column: str, cell: str) -> None:
        row = {"user": "vic", "district": "NORTH", "role": "MANAGER"} | {column: cell}
        events = Event.objects.filter(type="access.changed").count()

        assert places(import_into(ada, models.Membership, file_of(row))) == [(1, column)]
        assert vic.memberships.get().role == "VIEWER"
        assert Event.objects.filter(type="access.changed").count() == events

    @pytest.mark.parametrize("lacking", ["add", "change"])
    def test_are_given_by_nobody_who_may_not_add_and_change_them(self, district: Any, vic: Any, lacking: str) -> None:
        rights = {f"{verb}_membership" for verb in ("view", "add", "change", "delete")} - {f"{lacking}_membership"}
        clerk = factories.UserFactory(is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
        client = Client()
        client.force_login(clerk)

        response = import_into(
            client, models.Membership, file_of({"user": "vic", "district": "NORTH", "role": "MANAGER"})
        )

        assert response.response.status_code == 403
        assert vic.memberships.get().role == "VIEWER"


class TestRuleSets:
    def test_are_read_with_their_breaks(self, ada: Client) -> None:
        cell = "meal break|30|210-360|360; coffee|15|60-120||paid|base"

        assert import_into(ada, models.RuleSet, file_of({"name": "winter", "breaks": cell})).is_taken

        coffee, meal = models.RuleSet.objects.get(name="winter").breaks.all()
        assert (meal.name, meal.length_minutes, meal.after_minutes, meal.paid) == ("meal break", 30, 360, False)
        assert (coffee.earliest_minutes, coffee.latest_minutes, coffee.paid, coffee.at_base) == (60, 120, True, True)

    def test_are_read_in_words(self, ada: Client) -> None:
        row = {
            "name": "winter", "storm": "yes", "weights": "travel:2; lateness:-0.25", "horizon_hours": "36",
            "kind_priorities": "TROUBLE:URGENT", "two_person_exempt_kinds": "switching; trouble", "circuity": "",
        }  # fmt: skip

        assert import_into(ada, models.RuleSet, file_of(row)).is_taken

        rules = models.RuleSet.objects.get(name="winter")
        assert (rules.weights, rules.kind_priorities) == ({"travel": 2, "lateness": -0.25}, {"TROUBLE": "URGENT"})
        assert rules.two_person_exempt_kinds == ["SWITCHING", "TROUBLE"]
        assert (rules.storm, rules.horizon_hours, rules.circuity, rules.min_rest_hours) == (True, 36, 1.3, 8)

    @pytest.mark.parametrize(
        ("column", "cell"),
        [
            ("breaks", "meal break"),
            ("breaks", "meal break|half|210-360"),
            ("breaks", "meal break|30|210"),
            ("breaks", "meal break|30|210-360|360|perhaps"),
            ("breaks", "meal break|30|210-360|360|paid|bed"),
            ("breaks", "meal break|30|210-360; meal break|15|60-90"),
            ("breaks", "meal break|30|360-210"),
            ("breaks", "meal break|0|210-360"),
            ("weights", "travel"),
            ("weights", "travel:many"),
            ("weights", "travel:true"),
            ("weights", "travel:NaN"),
            ("weights", "trawel:2"),
            ("kind_priorities", "TROUBLE:SOON"),
            ("kind_priorities", "PARTY:HIGH"),
            ("two_person_exempt_kinds", "PARTY"),
            ("circuity", "0.5"),
            ("speed_kmh", "fast"),
            ("horizon_hours", "0"),
            ("storm", "perhaps"),
        ],
    )
    def test_a_cell_that_cannot_be_is_refused(self, ada: Client, column: str, cell: str) -> None:
        response = import_into(ada, models.RuleSet, file_of({"name": "winter", column: cell}))

        assert places(response) == [(1, column)]
        assert not models.RuleSet.objects.filter(name="winter").exists()

    def test_in_force_have_what_rests_on_them_looked_at_again(self, ada: Client, district: models.District) -> None:
        suggestion = factories.SuggestionFactory(
            order__district=district, shift=factories.ShiftFactory(crew__district=district)
        )

        import_into(ada, models.RuleSet, file_of({"name": district.rule_set.name, "max_work_hours_in_24": "3"}))

        suggestion.refresh_from_db()
        assert suggestion.status == models.Suggestion.Status.STALE
        assert "imported rule sets" in suggestion.stale_cause
