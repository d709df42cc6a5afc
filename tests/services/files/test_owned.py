"""A file that says otherwise than a source would be overruled by its next message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.services.files.conftest import ImportWorker, fresh, send

Status = models.FileImport.Status

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture
def order(district: Any) -> models.WorkOrder:
    work = factories.DownstreamSystemFactory(code="work", name="Work management")
    return factories.OrderFactory(
        number="WO-1", district=district, title="Line down", source=work, source_reference="W-1"
    )


def bring(boss: Any, **cells: str) -> models.FileImport:
    file = send(boss, {"number": "WO-1", **cells})
    ImportWorker("one").work()
    return fresh(file)


def test_what_a_source_says_is_not_overwritten(boss: Any, order: models.WorkOrder) -> None:
    file = bring(boss, title="Pole down", priority="EMERGENCY")

    assert file.status == Status.REFUSED
    told = json.loads(file.staged.get().told)
    assert [column for column, _ in told] == ["priority", "title"]
    assert told[0][1].startswith("Work management says this.")
    order.refresh_from_db()
    assert order.title == "Line down"


def test_what_a_source_says_may_stand_in_the_file_as_it_is(boss: Any, order: models.WorkOrder) -> None:
    assert bring(boss, title="Line down").status == Status.DONE


def test_what_a_source_says_is_written_where_it_was_taken_over_or_nobody_is_heard(
    boss: Any, order: models.WorkOrder
) -> None:
    models.WorkOrder.objects.update(taken_over=["title"])
    assert bring(boss, title="Pole down").status == Status.DONE

    models.DownstreamSystem.objects.update(enabled=False)
    assert bring(boss, title="Pole down", priority="EMERGENCY").status == Status.DONE
    order.refresh_from_db()
    assert (order.title, order.priority) == ("Pole down", 0)


def test_what_a_source_says_is_not_added_to_beneath_a_person(boss: Any, district: Any) -> None:
    roster = factories.DownstreamSystemFactory(code="roster", kind="WORKFORCE", name="Roster")
    factories.EmployeeFactory(name="Ola Berg", district=district, source=roster, source_reference="E-1")
    factories.QualificationFactory(code="LINE")
    row = {
        "district": district.code, "employee": "Ola Berg", "qualification": "LINE", "issued_at": "2026-01-01T00:00"
    }  # fmt: skip
    file = send(boss, row, table="heldqualification")

    ImportWorker("one").work()

    assert fresh(file).status == Status.REFUSED
    assert "Roster says this." in file.staged.get().told
