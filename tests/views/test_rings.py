"""Orders that wait for each other in a ring: named to managers, refused at the door, kept when told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.downstream.messages import Resource
from assignments.queries import rings, work_queue
from assignments.services.runs import explaining
from tests import factories
from tests.factories import DAY, NOW
from tests.records import order as record
from tests.services.upserting.calls import take
from tests.views import adminforms
from tests.views.exchanging import file_of, import_into

RING = "WO-1 waits for WO-2, which waits for WO-3, which waits for WO-1"


@pytest.fixture
def ada(db: None) -> Client:
    client = Client()
    client.force_login(factories.UserFactory(username="ada", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def three(district: models.District) -> list[models.WorkOrder]:
    """WO-1, WO-2 and WO-3; the first two wait for the next one."""
    found: list[models.WorkOrder] = [factories.OrderFactory(district=district, number=f"WO-{n}") for n in (1, 2, 3)]
    found[0].prerequisites.add(found[1])
    found[1].prerequisites.add(found[2])
    return found


@pytest.fixture
def ring(three: list[models.WorkOrder]) -> list[models.WorkOrder]:
    """The same, and WO-3 waits for WO-1."""
    three[2].prerequisites.add(three[0])
    return three


class TestNamed:
    def test_on_the_review(self, viewer: Client, ring: Any) -> None:
        page = viewer.get("/orders/WO-1/")

        assert page.context["review"].ring == f"{RING}: none of them can be first."
        assert RING in page.content.decode()

    def test_on_the_board_among_what_needs_attention(self, ring: Any, district: models.District) -> None:
        queue = work_queue.queue(district, DAY, NOW)

        assert {one.number for one in work_queue.in_state(queue, "attention")} == {"WO-1", "WO-2", "WO-3"}
        assert work_queue.counts(queue).attention == 3
        [row] = work_queue.rows([ring[0].pk], DAY, NOW)
        assert row.ring == ("WO-1", "WO-2", "WO-3")

    def test_on_the_row(self, viewer: Client, ring: Any) -> None:
        assert f"{RING}: none of them can be first" in viewer.get("/districts/NORTH/board/").content.decode()

    def test_in_why_not(self, ring: Any, district: models.District) -> None:
        factories.ShiftFactory(crew=factories.CrewFactory(district=district))

        [answer] = explaining.why_not(order=ring[0], day=DAY, now=NOW)

        assert [one.text for one in answer.obstacles] == [f"{RING}: none of them can be first."]
        assert answer.fix == "Let WO-1 no longer wait for WO-2."

    def test_no_longer_once_one_of_them_is_done(self, ring: Any) -> None:
        models.WorkOrder.objects.filter(pk=ring[1].pk).update(status="COMPLETED")

        assert rings.everybody() == set()


class TestTheDoor:
    def test_the_form_refuses_what_would_close_one(self, ada: Client, three: list[models.WorkOrder]) -> None:
        address, form = adminforms.form_of(ada, three[2])

        response = ada.post(address, form | {"prerequisites": [three[0].pk]})

        told = "WO-3 waits for WO-1, which waits for WO-2, which waits for WO-3: none of them could be first."
        assert response.context["adminform"].form.errors == {"prerequisites": [told]}
        assert not three[2].prerequisites.exists()

    def test_the_form_takes_what_closes_none(self, ada: Client, three: list[models.WorkOrder]) -> None:
        adminforms.save(ada, three[0], prerequisites=[three[2].pk])

        assert three[0].prerequisites.get() == three[2]

    def test_a_file_is_refused_as_a_whole(self, ada: Client, three: list[models.WorkOrder]) -> None:
        response = import_into(ada, models.WorkOrder, file_of({"number": "WO-3", "prerequisites": "WO-1"}))

        assert [(row, column) for row, column, _ in response.refusals] == [(1, "prerequisites")]
        assert not three[2].prerequisites.exists()

    def test_a_file_may_turn_the_sequence_round(self, ada: Client, three: list[models.WorkOrder]) -> None:
        turned = [("WO-3", "WO-2"), ("WO-2", "WO-1"), ("WO-1", "")]
        rows = [{"number": number, "prerequisites": after} for number, after in turned]

        assert import_into(ada, models.WorkOrder, file_of(*rows)).is_taken
        assert three[2].prerequisites.get() == three[1]

    def test_what_is_gathered_is_kept_and_told(self, district: models.District) -> None:
        work = factories.DownstreamSystemFactory(code="work")
        sent = record("W-1", prerequisites=("W-2",)), record("W-2", prerequisites=("W-1",))

        outcome = take(work, Resource.ORDERS, *sent)

        assert (outcome.created, outcome.rejected) == (2, [])
        assert [name for name, _ in outcome.questioned] == ["W-1", "W-2"]
        assert all("which waits for" in what for _, what in outcome.questioned)
