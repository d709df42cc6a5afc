from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.inputs import consequences
from assignments.services.records import events
from notifications.models import Event, Notification
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    order = factories.OrderFactory(district=district, number="WO-1")
    factories.OrderNeedFactory(order=order, qualification=factories.QualificationFactory(code="LINE"))
    return order


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


@pytest.fixture
def suggestion(order: models.WorkOrder, shift: models.Shift) -> models.Suggestion:
    return factories.SuggestionFactory(order=order, shift=shift)


@pytest.fixture
def assignment(order: models.WorkOrder, shift: models.Shift) -> models.Assignment:
    models.WorkOrder.objects.update(status="SCHEDULED")
    order.refresh_from_db()
    return factories.AssignmentFactory(order=order, shift=shift)


def follow_order(order: models.WorkOrder, **options: Any) -> set[int]:
    return consequences.follow(order_ids={order.pk}, crew_ids=set(), now=NOW, **options)


def follow_crew(crew: models.Crew, **options: Any) -> set[int]:
    return consequences.follow(order_ids=set(), crew_ids={crew.pk}, now=NOW, **options)


def someone_falls_ill(crew: models.Crew) -> models.Absence:
    return factories.AbsenceFactory(employee=crew.foreman)


class TestSuggestions:
    def test_stay_when_nothing_they_rest_on_has_changed(self, suggestion: models.Suggestion) -> None:
        follow_order(suggestion.order)
        follow_crew(suggestion.crew)

        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"

    def test_go_stale_with_the_rule_that_now_breaks(self, suggestion: models.Suggestion) -> None:
        someone_falls_ill(suggestion.crew)

        affected = follow_crew(suggestion.crew)

        suggestion.refresh_from_db()
        assert (suggestion.status, affected) == ("STALE", {suggestion.order_id})
        assert suggestion.crew.foreman.name in suggestion.stale_cause

    def test_go_stale_with_the_name_of_what_changed_when_no_rule_breaks(self, suggestion: models.Suggestion) -> None:
        models.WorkOrder.objects.update(due_at=at("18:00"))

        follow_order(suggestion.order)

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "WO-1 has changed since this was suggested"

    def test_go_stale_with_the_words_given(self, suggestion: models.Suggestion) -> None:
        someone_falls_ill(suggestion.crew)

        follow_crew(suggestion.crew, cause="Mara changed Line 1 in the administration")

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "Mara changed Line 1 in the administration"

    def test_go_stale_when_the_shift_is_cancelled(self, suggestion: models.Suggestion) -> None:
        models.Shift.objects.update(cancelled=True)

        follow_crew(suggestion.crew)

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "The shift of Line 1 is not on the roster any more"

    def test_go_stale_when_the_order_is_over(self, suggestion: models.Suggestion) -> None:
        models.WorkOrder.objects.update(status="CANCELLED")

        follow_order(suggestion.order)

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "WO-1 is cancelled"

    def test_that_were_decided_stay_decided(self, suggestion: models.Suggestion) -> None:
        models.Suggestion.objects.update(status="REJECTED")
        someone_falls_ill(suggestion.crew)

        follow_crew(suggestion.crew)

        suggestion.refresh_from_db()
        assert suggestion.status == "REJECTED"

    def test_of_other_crews_stay(self, suggestion: models.Suggestion, district: models.District) -> None:
        other = factories.SuggestionFactory(
            order=factories.OrderFactory(district=district),
            shift=factories.ShiftFactory(crew=factories.CrewFactory(district=district)),
            run=suggestion.run,
        )
        someone_falls_ill(suggestion.crew)

        follow_crew(suggestion.crew)

        other.refresh_from_db()
        assert other.status == "PROPOSED"


class TestAssignments:
    def test_turn_red_with_the_cause_and_back(self, assignment: models.Assignment, mara: Any) -> None:
        absence = someone_falls_ill(assignment.crew)

        assert follow_crew(assignment.crew) == {assignment.order_id}
        assignment.refresh_from_db()
        assert assignment.crew.foreman.name in assignment.red_cause
        told = Notification.objects.get()
        assert (told.user, told.kind, told.body) == (mara, "assignment.red", assignment.red_cause)

        absence.delete()
        assert follow_crew(assignment.crew) == {assignment.order_id}
        assignment.refresh_from_db()
        assert assignment.red_cause == ""

    def test_tell_the_managers_once(self, assignment: models.Assignment, mara: Any) -> None:
        someone_falls_ill(assignment.crew)

        follow_crew(assignment.crew)
        follow_crew(assignment.crew)

        assert Notification.objects.filter(user=mara).count() == 1

    def test_stay_when_all_is_as_it_was(self, assignment: models.Assignment) -> None:
        assert follow_crew(assignment.crew) == set()

    def test_stay_when_only_the_clock_went_on(self, assignment: models.Assignment) -> None:
        consequences.follow(order_ids=set(), crew_ids={assignment.crew_id}, now=at("08:30"))

        assignment.refresh_from_db()
        assert assignment.red_cause == ""

    @pytest.mark.parametrize(
        ("change", "red"),
        [
            ("suspend", "The excavation permit P-7 is suspended."),
            ("cancel the order", "WO-1 is cancelled in work management."),
            ("cancel the shift", "The shift of Line 1 is not on the roster any more."),
        ],
    )
    def test_name_what_changed(self, assignment: models.Assignment, change: str, red: str) -> None:
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=assignment.order, number="P-7")
        if change == "suspend":
            models.Permit.objects.update(status="SUSPENDED")
        elif change == "cancel the order":
            models.WorkOrder.objects.update(status="CANCELLED")
        else:
            models.Shift.objects.update(cancelled=True)

        consequences.follow(order_ids={assignment.order_id}, crew_ids={assignment.crew_id}, now=NOW)

        assignment.refresh_from_db()
        assert assignment.red_cause == red

    def test_stay_where_a_manager_overrode_the_rule(self, assignment: models.Assignment) -> None:
        models.WorkOrder.objects.update(crew_size=3)
        models.Assignment.objects.update(override_rules=["crew-size"], override_reason="A helper joins on site.")

        follow_order(assignment.order)

        assignment.refresh_from_db()
        assert assignment.red_cause == ""

    def test_a_tentative_one_may_wait_for_its_permit(self, assignment: models.Assignment) -> None:
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=assignment.order, status="REQUESTED")
        models.Assignment.objects.update(status="TENTATIVE")

        follow_order(assignment.order)

        assignment.refresh_from_db()
        assert assignment.red_cause == ""

    def test_without_a_shift_or_already_over_are_left_alone(self, assignment: models.Assignment) -> None:
        someone_falls_ill(assignment.crew)

        consequences.follow(order_ids=set(), crew_ids={assignment.crew_id}, now=at("20:00"))
        models.Assignment.objects.update(shift=None)
        follow_crew(assignment.crew)

        assignment.refresh_from_db()
        assert assignment.red_cause == ""


class TestReadiness:
    @pytest.mark.parametrize(
        ("facts", "status"),
        [
            ({}, "READY"),
            ({"materials_ready": False}, "WAITING"),
            ({"required_permits": ["EXCAVATION"]}, "READY"),
            ({"required_permits": ["EXCAVATION", "TRAFFIC"]}, "WAITING"),
        ],
    )
    def test_is_derived_from_materials_and_permits(
        self, order: models.WorkOrder, facts: dict[str, Any], status: str
    ) -> None:
        factories.PermitFactory(order=order, kind="EXCAVATION")
        models.WorkOrder.objects.update(status="RECEIVED", **facts)

        follow_order(order)

        order.refresh_from_db()
        assert (order.status, order.version) == (status, 2)

    @pytest.mark.parametrize("lapsed", [{"status": "SUSPENDED"}, {"valid_until": NOW}])
    def test_ends_with_the_permit(self, order: models.WorkOrder, lapsed: dict[str, Any]) -> None:
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=order)
        models.Permit.objects.update(**lapsed)

        follow_order(order)

        order.refresh_from_db()
        assert order.status == "WAITING"

    @pytest.mark.parametrize(("before", "status"), [("READY", "WAITING"), ("COMPLETED", "READY")])
    def test_waits_for_prerequisites(self, order: models.WorkOrder, before: str, status: str) -> None:
        first = factories.OrderFactory(district=order.district, status=before)
        order.prerequisites.add(first)
        models.WorkOrder.objects.filter(pk=order.pk).update(status="RECEIVED")

        affected = follow_order(first)

        order.refresh_from_db()
        assert order.status == status
        assert affected == {first.pk, order.pk}

    @pytest.mark.parametrize("status", ["SCHEDULED", "IN_PROGRESS", "CLOSED"])
    def test_leaves_orders_that_have_gone_on_alone(self, order: models.WorkOrder, status: str) -> None:
        models.WorkOrder.objects.update(status=status, materials_ready=False)

        follow_order(order)

        order.refresh_from_db()
        assert (order.status, order.version) == (status, 1)


class TestTelling:
    def test_publishes_each_affected_order_once(self, suggestion: models.Suggestion) -> None:
        someone_falls_ill(suggestion.crew)

        consequences.follow(order_ids={suggestion.order_id}, crew_ids={suggestion.crew_id}, now=NOW)

        told = Event.objects.filter(type="order.changed")
        assert [(event.data["order"], event.data["cause"]) for event in told] == [
            (suggestion.order_id, "inputs.changed")
        ]

    def test_takes_everything_back_when_it_cannot_be_told(
        self, suggestion: models.Suggestion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone_falls_ill(suggestion.crew)

        def fail(**values: Any) -> None:
            raise RuntimeError("the machine stopped")

        monkeypatch.setattr(events, "order_changed", fail)
        with pytest.raises(RuntimeError):
            follow_crew(suggestion.crew)

        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"

    def test_doing_it_twice_is_one_effect(self, suggestion: models.Suggestion) -> None:
        someone_falls_ill(suggestion.crew)
        follow_crew(suggestion.crew)

        assert (
            consequences.follow(order_ids=set(), crew_ids={suggestion.crew_id}, now=NOW + timedelta(minutes=1)) == set()
        )
