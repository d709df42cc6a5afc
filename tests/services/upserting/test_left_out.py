"""A field that a later record leaves out keeps its value, whatever its default is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assignments import models
from assignments.downstream import messages
from tests.project import field_records
from tests.records import order, permit
from tests.services.upserting.calls import take

pytestmark = pytest.mark.django_db


def bare() -> Iterator[tuple[messages.Resource, messages.Record]]:
    """The second version of each full record, that says no more than it must."""
    for resource, sent in field_records.records(2).items():
        record: Any = sent[-1]
        needed = {name for name, field in type(record).model_fields.items() if field.is_required()}
        yield resource, type(record).model_validate({**record.model_dump(include=needed), "version": 9})


def test_nothing_is_lost_by_records_that_say_the_least() -> None:
    field_records.deliver(2)
    before = field_records.stored()

    for resource, record in bare():
        field_records.take(resource, [record])

    assert field_records.stored() == before


def test_needs_of_the_lead_crew_and_of_further_crews_are_left_out_apart(
    work: models.DownstreamSystem, workforce: models.DownstreamSystem
) -> None:
    take(workforce, messages.Resource.QUALIFICATIONS, messages.QualificationMessage(reference="Q", version=1, name="Q"))
    need = {"qualification": "Q"}
    further = {"title": "Traffic", "needs": (need,)}
    take(work, messages.Resource.ORDERS, order(needs=(need,), further_crews=(further,)))

    take(work, messages.Resource.ORDERS, order(version=2, needs=({**need, "people": 2},)))
    assert set(models.OrderNeed.objects.values_list("part", "people")) == {(0, 2), (1, 1)}

    take(work, messages.Resource.ORDERS, order(version=3, further_crews=()))
    assert set(models.OrderNeed.objects.values_list("part", "people")) == {(0, 2)}


def test_null_is_said_and_not_left_out(work: models.DownstreamSystem, register: models.DownstreamSystem) -> None:
    take(work, messages.Resource.ORDERS, order(due="2026-06-20T12:00:00Z"))
    take(register, messages.Resource.PERMITS, permit(status="REQUESTED"))

    take(work, messages.Resource.ORDERS, order(version=2, due=None))
    take(register, messages.Resource.PERMITS, permit(version=2, status="REQUESTED", valid=None))

    assert models.WorkOrder.objects.get().due_at is None
    assert models.Permit.objects.get().valid_from is None
