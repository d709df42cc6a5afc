"""Work management speaks of whole orders, and is told of decisions about their parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services import upserting
from assignments.services.decisions import approving
from assignments.services.inputs import consequences
from tests import factories
from tests.factories import NOW, at
from tests.services.inputs.parts import a_record, parts_of

pytestmark = pytest.mark.django_db


class TestFromTheField:
    @pytest.fixture
    def system(self) -> models.DownstreamSystem:
        return factories.DownstreamSystemFactory(code="work")

    def tell(
        self, system: models.DownstreamSystem, version: int, now: datetime = NOW, **fields: Any
    ) -> models.WorkOrder:
        record = a_record(version=version, **fields)
        outcome = upserting.upsert(system=system, resource=Resource.ORDERS, records=[record], now=now)
        assert outcome.rejected == []
        consequences.follow(order_ids=outcome.order_ids, crew_ids=(), now=now)
        order: models.WorkOrder = models.WorkOrder.objects.get(number="WO-20")
        return order

    def test_gathered_split_approved_and_completed(self, week: Any, system: models.DownstreamSystem) -> None:
        order = self.tell(system, 1)
        first, second = parts_of(order)
        today = factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))
        tomorrow = factories.AssignmentFactory(order=second, shift=week[2], starts_at=at("06:30", days=1))
        models.WorkOrder.objects.filter(pk__in=[first.pk, second.pk]).update(status="SCHEDULED")

        self.tell(system, 2, at("07:00"), status="IN_PROGRESS")
        assert field_states(first, today) == ("IN_PROGRESS", "DISPATCHED")
        assert field_states(second, tomorrow) == ("SCHEDULED", "APPROVED")

        self.tell(system, 3, at("18:00"), status="IN_PROGRESS", parts_done=1)
        assert field_states(first, today) == ("COMPLETED", "COMPLETED")
        assert field_states(second, tomorrow) == ("SCHEDULED", "APPROVED")

        order = self.tell(system, 4, at("16:00", days=1), status="COMPLETED", parts_done=1)
        assert field_states(second, tomorrow) == ("COMPLETED", "COMPLETED")
        assert order.status == "COMPLETED"

    def test_the_whole_is_done_with_its_last_part(self, week: Any, system: models.DownstreamSystem) -> None:
        self.tell(system, 1)

        order = self.tell(system, 2, parts_done=2)

        assert order.status == "COMPLETED"

    def test_a_cancelled_order_cancels_its_parts_and_leaves_the_decision_to_a_manager(
        self, week: Any, system: models.DownstreamSystem
    ) -> None:
        first, second = parts_of(self.tell(system, 1))
        decision = factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))

        self.tell(system, 2, status="CANCELLED")

        assert field_states(first, decision) == ("CANCELLED", "APPROVED")
        assert decision.red_cause == "WO-20.1 is cancelled in work management."
        second.refresh_from_db()
        assert second.status == "CANCELLED"

    def test_an_order_that_is_opened_again_has_its_last_part_to_do(
        self, week: Any, system: models.DownstreamSystem
    ) -> None:
        self.tell(system, 1)
        self.tell(system, 2, status="COMPLETED")

        order = self.tell(system, 3, status="RECEIVED")

        assert [part.status for part in parts_of(order)] == ["COMPLETED", "READY"]

    def test_what_may_not_be_cut_is_kept_and_questioned(self, week: Any) -> None:
        system = factories.DownstreamSystemFactory(code="work")
        record = a_record(splitting="NO")

        outcome = upserting.upsert(system=system, resource=Resource.ORDERS, records=[record], now=NOW)

        assert (outcome.created, outcome.rejected) == (1, [])
        words = "20\xa0h of work, which may not be split: longer than any shift has time for (at most 12\xa0h)"
        assert outcome.questioned == [("W-20", words)]

    def test_work_that_no_shift_has_time_for_beside_its_break_is_questioned(
        self, week: Any, district: models.District
    ) -> None:
        factories.RuleSetBreakFactory(rule_set=district.rule_set)
        system = factories.DownstreamSystemFactory(code="work")
        records = [a_record(splitting="NO", duration_minutes=660), a_record(
            reference="W-21", number="WO-21", splitting="NO", duration_minutes=480)]  # fmt: skip

        outcome = upserting.upsert(system=system, resource=Resource.ORDERS, records=records, now=NOW)

        words = "11\xa0h of work, which may not be split: longer than any shift has time for (at most 8\xa0h)"
        assert outcome.questioned == [("W-20", words)]


def field_states(order: models.WorkOrder, decision: models.Assignment) -> tuple[str, str]:
    order.refresh_from_db()
    decision.refresh_from_db()
    return order.status, decision.status


class TestTelling:
    def test_a_decision_names_the_whole_and_the_part(
        self, district: models.District, week: Any, targets: Any, mara: Any
    ) -> None:
        system = models.DownstreamSystem.objects.get(code="work")
        for target in models.DownstreamSystem.objects.exclude(pk=system.pk):
            target.understands.add(system)
        outcome = upserting.upsert(system=system, resource=Resource.ORDERS, records=[a_record()], now=NOW)
        consequences.follow(order_ids=outcome.order_ids, crew_ids=(), now=NOW)
        first, _ = parts_of(models.WorkOrder.objects.get(number="WO-20"))
        suggestion = factories.SuggestionFactory(order=first, shift=week[0], starts_at=at("06:30"))

        decision = approving.approve(suggestion=suggestion, by=mara, now=NOW)

        payloads = [row.payload for row in decision.write_backs.all()]
        assert len(payloads) == 3
        assert {(one["order"], one["part"], one["parts"]) for one in payloads} == {("W-20", 1, 2)}

    def test_an_order_that_is_not_split_is_told_as_before(
        self, suggestion: models.Suggestion, targets: Any, mara: Any
    ) -> None:
        decision = approving.approve(suggestion=suggestion, by=mara, now=NOW)

        assert all("part" not in row.payload for row in decision.write_backs.all())
