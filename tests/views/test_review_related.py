"""The review of one order: what its permits went through, and what depends on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services.inputs import lapsing
from tests import factories
from tests.factories import at
from tests.records import permit
from tests.services.upserting.calls import take

REVIEW = "/orders/WO-1/"


class TestPermitHistory:
    def test_tells_each_change_with_who_said_so_and_when(self, viewer: Client, order: models.WorkOrder) -> None:
        register = factories.DownstreamSystemFactory(code="permits", name="County permits")
        window = {"start": at("00:00"), "end": at("05:00")}
        take(register, Resource.PERMITS, permit(order="WO-1", status="REQUESTED", valid=None))
        take(register, Resource.PERMITS, permit(order="WO-1", version=2, valid=window))
        lapsing.lapse_permits(now=at("06:00"))

        [line] = viewer.get(REVIEW).context["review"].permits

        assert [(one.what, one.who) for one in line.history] == [
            ("Issued → Expired", "Lineup clock"),
            ("Requested → Issued, valid Mon 15 Jun 00:00–05:00", "County permits"),
            ("Requested", "County permits"),
        ]

    def test_what_an_administrator_changed_by_hand_is_told(self, viewer: Client, order: Any, mara: Any) -> None:
        row = factories.PermitFactory(order=order)
        models.AuditEntry.objects.create(
            actor=mara, actor_name="Mara Lindqvist", verb="permit.changed", object_type="permit",
            object_id=str(row.pk), after={"fields": ["valid_until"]}, at=factories.NOW,
        )  # fmt: skip

        [line] = viewer.get(REVIEW).context["review"].permits

        assert [(one.what, one.who) for one in line.history] == [("valid until changed by hand", "Mara Lindqvist")]


class TestFollowers:
    @pytest.fixture
    def follower(self, order: models.WorkOrder) -> models.WorkOrder:
        later = factories.OrderFactory(district=order.district, number="WO-2", status="SCHEDULED")
        later.prerequisites.add(order)
        return later

    def planned(self, order: models.WorkOrder, clock: str, **fields: Any) -> models.Assignment:
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=order.district))
        return factories.AssignmentFactory(order=order, shift=shift, starts_at=at(clock), **fields)

    def outlook(self, client: Client) -> tuple[str, str]:
        [line] = client.get(REVIEW).context["review"].followers
        return line.outlook.word, line.if_failed

    def test_without_a_crew_it_waits(self, viewer: Client, order: Any, follower: Any) -> None:
        assert self.outlook(viewer) == ("No crew yet, waits", "It gets no crew until WO-1 is done.")

    @pytest.mark.parametrize(
        ("begins", "word"),
        [
            ("10:30", "Stands, 1\xa0h 30\xa0min of room"),
            ("08:30", "Begins 30\xa0min too early"),
        ],
    )
    def test_planned_it_stands_or_falls_with_the_order(
        self, viewer: Client, order: Any, follower: Any, begins: str, word: str
    ) -> None:
        self.planned(order, "08:00")
        self.planned(follower, begins)

        said, failed = self.outlook(viewer)
        assert (said, failed.split(":")[0]) == (word, "It turns red")

    def test_planned_for_an_order_without_a_crew(self, viewer: Client, order: Any, follower: Any) -> None:
        self.planned(follower, "10:30")

        assert self.outlook(viewer)[0] == "WO-1 has no crew"

    def test_an_override_lets_it_go_ahead(self, viewer: Client, order: Any, follower: Any) -> None:
        self.planned(follower, "10:30", override_rules=["prerequisite"], override_reason="Done already")

        assert self.outlook(viewer)[0] == "Goes ahead in any case"

    def test_what_hangs_on_a_follower_names_it(self, viewer: Client, order: Any, follower: Any) -> None:
        factories.OrderFactory(district=order.district, number="WO-3").prerequisites.add(follower)

        lines = viewer.get(REVIEW).context["review"].followers

        assert [(line.number, line.after, line.depth) for line in lines] == [("WO-2", "", 1), ("WO-3", "WO-2", 2)]
