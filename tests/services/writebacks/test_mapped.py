"""Systems of other people's making are told by the manifests of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assignments import models
from assignments.services.reconciling import comparing
from assignments.services.writebacks import connecting, writing_back
from tests import factories
from tests.downstream.foreign import examples, serving
from tests.downstream.foreign.serving import ForeignSystem
from tests.factories import NOW
from tests.services.writebacks.calls import attempt, claim

pytestmark = [pytest.mark.django_db, pytest.mark.serial]


@pytest.fixture(scope="module")
def maximo() -> Iterator[ForeignSystem]:
    with serving.running("maximo") as system:
        yield system
    for kept in connecting._kept.values():
        kept.close()
    connecting._kept.clear()


@pytest.fixture
def work(maximo: ForeignSystem, district: models.District, monkeypatch: pytest.MonkeyPatch) -> models.DownstreamSystem:
    monkeypatch.setenv("LINEUP_SECRET_MAXIMO", "s3cret")
    return examples.work(maximo)


@pytest.fixture
def assignment(work: models.DownstreamSystem, district: models.District, mara: Any) -> models.Assignment:
    """Of an order and a crew that the system knows by its own names."""
    order = factories.OrderFactory(
        district=district, number="WO-1", status="SCHEDULED", source=work, source_reference="WO-1"
    )
    crew = factories.CrewFactory(district=district, source=work, source_reference="C-1")
    return factories.AssignmentFactory(order=order, crew=crew, approved_by=mara)


def approve(assignment: models.Assignment, mara: Any) -> models.WriteBack:
    [row] = writing_back.assign(assignment=assignment, by=mara, now=NOW)
    return row


class TestMaximo:
    def test_a_booking_is_a_patch_of_the_work_order(
        self, assignment: models.Assignment, mara: Any, maximo: ForeignSystem
    ) -> None:
        told = approve(assignment, mara)

        row = attempt()

        assert (row.status, row.reference, row.last_error) == ("ACKNOWLEDGED", "2001", "")
        [patched] = maximo.state["patched"]
        hours = (assignment.ends_at - assignment.starts_at).total_seconds() / 3600
        assert patched == {
            "order": "WO-1", "key": str(told.idempotency_key), "crewid": "CREW-BED-1", "lead": "Mara Lindqvist",
            "externalref": str(assignment.pk), "schedhours": hours,
            "schedstart": "2026-06-15T08:00:00-05:00", "schedfinish": patched["schedfinish"],
        }  # fmt: skip

    def test_what_is_taken_back_frees_the_crew(
        self, assignment: models.Assignment, mara: Any, maximo: ForeignSystem
    ) -> None:
        approve(assignment, mara)
        attempt()
        [_] = writing_back.revoke(assignment=assignment, by=mara, now=NOW)

        assert attempt().status == "ACKNOWLEDGED"

        assert maximo.state["patched"][1]["crewid"] == ""

    def test_is_not_told_what_its_manifest_leaves_out(
        self, assignment: models.Assignment, work: models.DownstreamSystem, maximo: ForeignSystem
    ) -> None:
        factories.WriteBackFactory(assignment=assignment, target=work, action="PIN", payload={"action": "ASSIGN"})

        assert attempt().status == "ACKNOWLEDGED"

        assert maximo.state["patched"] == []

    @pytest.mark.parametrize(
        ("status", "becomes", "known"),
        [
            (503, "FAILED", True),
            (423, "FAILED", True),
            (429, "FAILED", False),
            (400, "DEAD", False),
            (422, "DEAD", False),
        ],
    )
    def test_what_it_answers_is_told_apart(
        self, assignment: models.Assignment, mara: Any, maximo: ForeignSystem, status: int, becomes: str, known: bool
    ) -> None:
        maximo.set(answers=[[status, "the work order is in use"]])
        approve(assignment, mara)

        row = attempt()

        assert (row.status, row.may_be_known) == (becomes, known)
        assert row.last_error == f"Work management answered {status}: the work order is in use"

    def test_a_token_that_was_taken_back_is_renewed_at_once(
        self, assignment: models.Assignment, mara: Any, maximo: ForeignSystem
    ) -> None:
        maximo.set(tokens=[])
        approve(assignment, mara)

        assert attempt().status == "ACKNOWLEDGED"

    def test_its_book_cannot_be_compared(self, work: models.DownstreamSystem) -> None:
        asked = comparing.ask_for(target=work, now=NOW)
        claimed = comparing.claim(owner="w", now=NOW, pk=asked.pk)
        assert claimed is not None

        ended = comparing.compare(comparison=claimed, owner="w", now_fn=lambda: NOW)

        assert (ended.status, ended.error) == ("NOT_SERVED", "has no book when its bookings are asked for")

    def test_a_client_that_is_locked_waits_for_a_person(
        self, assignment: models.Assignment, mara: Any, work: models.DownstreamSystem, maximo: ForeignSystem
    ) -> None:
        maximo.set(tokens=[], locked=True)
        approve(assignment, mara)

        row = attempt()

        assert (row.status, row.attempts) == ("PENDING", 0)
        work.refresh_from_db()
        assert work.is_away
        assert "gives no token" in work.away_because

    def test_a_manifest_that_was_broken_waits_for_a_person(
        self, assignment: models.Assignment, mara: Any, work: models.DownstreamSystem
    ) -> None:
        models.DownstreamSystem.objects.update(manifest={"actions": {"ASSIGN": {"verb": "POST"}}})
        approve(assignment, mara)

        row = attempt()

        assert row.status == "PENDING"
        assert "its settings cannot be used: actions.ASSIGN.verb" in row.last_error
        assert claim() == []
