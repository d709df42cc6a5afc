from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from assignments.services import upserting
from tests import factories
from tests.factories import NOW, at
from tests.records import order
from tests.services.upserting.calls import take

pytestmark = pytest.mark.django_db


def misfit(*args: Any, **values: Any) -> messages.OrderMessage:
    """A record that passes the contract and that no column can hold."""
    return order(*args, **values).model_copy(update={"feeder": "F" * 41})


class TestOrders:
    def test_creates_an_order_with_all_that_the_source_says(self, work: models.DownstreamSystem) -> None:
        line = factories.QualificationFactory(code="LINE")
        sent = order(
            needs=({"qualification": "LINE", "level": "MASTER", "people": 2},),
            equipment=("BUCKET",),
            required_permits=("CLEARANCE",),
            appointment={"start": at("08:00"), "end": at("10:00")},
            due=at("17:00"),
            prerequisites=("W-2",),
            customers_out=12,
        )

        outcome = take(work, Resource.ORDERS, sent, order("W-2"))

        row = models.WorkOrder.objects.get(source=work, source_reference="W-1")
        assert (outcome.created, outcome.rejected) == (2, [])
        assert row.pk in outcome.order_ids
        assert (row.priority, row.status, row.customers_out) == (models.WorkOrder.Priority.HIGH, "RECEIVED", 12)
        assert (row.equipment, row.required_permits, row.due_at) == (["BUCKET"], ["CLEARANCE"], at("17:00"))
        assert (row.appointment_starts_at, row.appointment_ends_at) == (at("08:00"), at("10:00"))
        assert [(n.qualification, n.level, n.people) for n in row.needs.all()] == [(line, "MASTER", 2)]
        assert [one.source_reference for one in row.prerequisites.all()] == ["W-2"]
        assert (row.source_version, row.synced_at) == (1, NOW)

    def test_the_same_records_twice_are_one_effect(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(), order("W-2"))

        again = take(work, Resource.ORDERS, order(), order("W-2"))

        assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
        assert again.order_ids == set()
        assert models.WorkOrder.objects.count() == 2

    def test_ignores_a_version_that_is_not_newer(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(version=5, title="Newer"))

        outcome = take(work, Resource.ORDERS, order(version=4, title="Older"))

        assert outcome.unchanged == 1
        assert models.WorkOrder.objects.get().title == "Newer"

    def test_takes_the_newest_of_two_pages_that_overlap(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(version=3, title="Newer"), order(version=2, title="Older"))

        assert models.WorkOrder.objects.get().title == "Newer"

    def test_a_change_grows_the_order_s_version(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(work, Resource.ORDERS, order(version=2, crew_size=3))

        row = models.WorkOrder.objects.get()
        assert (row.crew_size, row.version, outcome.updated, outcome.order_ids) == (3, 2, 1, {row.pk})

    def test_a_newer_version_that_says_the_same_changes_nothing_but_the_version(
        self, work: models.DownstreamSystem
    ) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(work, Resource.ORDERS, order(version=7))

        row = models.WorkOrder.objects.get()
        assert (outcome.updated, outcome.unchanged, outcome.order_ids) == (0, 1, set())
        assert (row.version, row.source_version) == (1, 7)

    def test_a_change_of_needs_alone_is_a_change_of_the_order(self, work: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE")
        take(work, Resource.ORDERS, order(needs=({"qualification": "LINE"},)))

        outcome = take(work, Resource.ORDERS, order(version=2, needs=({"qualification": "LINE", "people": 2},)))

        row = models.WorkOrder.objects.get()
        assert (outcome.updated, row.version, row.needs.get().people) == (1, 2, 2)
        assert outcome.order_ids == {row.pk}

    def test_takes_what_is_asked_of_further_crews(self, work: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE")
        flagger = factories.QualificationFactory(code="FLAGGER")
        asked = {"title": "traffic crew", "crew_size": 2, "equipment": ("ARROW-BOARD",)}
        asked["needs"] = ({"qualification": "FLAGGER", "people": 2},)
        needs = ({"qualification": "LINE"},)

        take(work, Resource.ORDERS, order(needs=needs, further_crews=(asked,)))
        again = take(work, Resource.ORDERS, order(needs=needs, further_crews=(asked,), version=2))

        row = models.WorkOrder.objects.get()
        [part] = row.further_parts
        assert (part.number, part.title, part.crew_size, part.equipment) == (1, "traffic crew", 2, ["ARROW-BOARD"])
        assert [(need.qualification, need.people) for need in row.needs_of(1)] == [(flagger, 2)]
        assert [need.qualification.code for need in row.needs_of(0)] == ["LINE"]
        assert again.order_ids == set()

    def test_a_change_of_a_further_crew_alone_is_a_change_of_the_order(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(further_crews=({"title": "traffic crew"},)))

        outcome = take(work, Resource.ORDERS, order(version=2, further_crews=()))

        row = models.WorkOrder.objects.get()
        assert (row.further_parts, row.version, outcome.order_ids) == ([], 2, {row.pk})

    def test_knows_a_prerequisite_gathered_before(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order("W-2"))

        take(work, Resource.ORDERS, order(prerequisites=("W-2",)))

        assert models.WorkOrder.objects.get(source_reference="W-1").prerequisites.get().source_reference == "W-2"

    @pytest.mark.parametrize(
        ("values", "reason", "later"),
        [
            ({"district": "NOWHERE"}, "district NOWHERE is not set up", False),
            ({"needs": ({"qualification": "DIVING"},)}, "qualification DIVING is not known", True),
            ({"prerequisites": ("W-9",)}, "prerequisite W-9 is not known", True),
            ({"prerequisites": ("W-9", "W-8")}, "prerequisites W-8 and W-9 are not known", True),
            ({"prerequisites": ("W-1",)}, "is its own prerequisite", False),
            ({"number": "WO-W-2"}, "number WO-W-2 belongs to another work order", True),
        ],
    )
    def test_rejects_one_record_with_its_reason_and_takes_the_rest(
        self, work: models.DownstreamSystem, values: dict[str, Any], reason: str, later: bool
    ) -> None:
        factories.QualificationFactory(code="LINE")
        take(work, Resource.ORDERS, order("W-2"))

        outcome = take(work, Resource.ORDERS, order(**values), order("W-3"))

        assert outcome.rejected == [("W-1", reason)]
        assert outcome.unresolved == ({"W-1"} if later else set())
        assert set(models.WorkOrder.objects.values_list("source_reference", flat=True)) == {"W-2", "W-3"}

    def test_rejects_what_depends_on_a_rejected_record(self, work: models.DownstreamSystem) -> None:
        outcome = take(work, Resource.ORDERS, order(prerequisites=("W-2",)), order("W-2", prerequisites=("W-9",)))

        assert {reference for reference, _ in outcome.rejected} == {"W-1", "W-2"}
        assert not models.WorkOrder.objects.exists()

    def test_gives_an_order_up_until_its_refused_prerequisite_comes(self, work: models.DownstreamSystem) -> None:
        first = order("W-1", prerequisites=("W-2",))
        bad = order("W-2", prerequisites=("W-3",))
        worse = misfit("W-3")

        outcome = take(work, Resource.ORDERS, first, bad, worse)
        assert outcome.unresolved == {"W-1", "W-2"}
        assert (outcome.created, outcome.order_ids, models.WorkOrder.objects.count()) == (0, set(), 0)

        assert take(work, Resource.ORDERS, first, bad, order("W-3", version=2)).created == 3

    def test_keeps_a_stored_order_and_takes_its_change_once_its_prerequisite_comes(
        self, work: models.DownstreamSystem
    ) -> None:
        take(work, Resource.ORDERS, order())
        changed = order(version=2, prerequisites=("W-2",))

        outcome = take(work, Resource.ORDERS, changed, misfit("W-2"))
        assert ("W-1", "prerequisite W-2 was not taken") in outcome.rejected
        assert models.WorkOrder.objects.count() == 1

        take(work, Resource.ORDERS, changed, order("W-2", version=2))
        assert models.WorkOrder.objects.get(source_reference="W-1").prerequisites.count() == 1

    def test_takes_only_the_districts_it_is_given(
        self, work: models.DownstreamSystem, elsewhere: models.District
    ) -> None:
        outcome = upserting.upsert(
            system=work, resource=Resource.ORDERS, records=[order()], now=NOW, districts={"SOUTH": elsewhere}
        )

        assert outcome.rejected == [("W-1", "district NORTH is not set up")]

    def test_rejects_a_bad_change_and_keeps_the_order_as_it_was(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(work, Resource.ORDERS, misfit(version=2, title="Other"))

        assert [reference for reference, _ in outcome.rejected] == ["W-1"]
        assert models.WorkOrder.objects.get().title == "Replace cross-arm"

    def test_makes_the_same_number_of_queries_for_one_and_for_twenty(self, work: models.DownstreamSystem) -> None:
        with CaptureQueriesContext(
            connection,
        ) as one:
            take(work, Resource.ORDERS, order("W-1"))
        with CaptureQueriesContext(connection) as twenty:
            take(work, Resource.ORDERS, *(order(f"W-2{n}") for n in range(20)))

        assert len(twenty) == len(one)
