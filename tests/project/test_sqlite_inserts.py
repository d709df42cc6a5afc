"""Rows that SQLite takes many at a time are what they would be one by one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import F, Value
from django.db.models.functions import Now

from assignments import models
from assignments.services.records import auditing
from tests import factories
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite"),
]

MADRID = timezone(timedelta(hours=2))


def stored(table: str) -> list[dict[str, Any]]:
    """The rows as the database holds them, in the order in which they were written."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def orders(district: models.District, count: int) -> list[models.WorkOrder]:
    return [
        models.WorkOrder(
            district=district, number=f"N-{n}", kind=models.WorkOrder.Kind.TROUBLE, title="Línea caída \U0001f525",
            latitude=41, longitude=-88.25, duration_minutes=60 + n, priority=models.WorkOrder.Priority.HIGH,
            equipment=["BUCKET"] if n % 2 else [], energised=bool(n % 2), due_at=NOW.astimezone(MADRID) if n else None,
            required_permits=["TRAFFIC"], source_version=2**62 + n,
        )
        for n in range(count)
    ]  # fmt: skip


def test_many_rows_are_stored_as_each_is_by_itself(district: models.District) -> None:
    for row in orders(district, 9):
        row.save(force_insert=True)
    alone = stored("assignments_workorder")
    models.WorkOrder.objects.all().delete()

    models.WorkOrder.objects.bulk_create(orders(district, 9))

    together = stored("assignments_workorder")
    for record in (*alone, *together):
        # Whenever that was.
        assert all(record.pop(name) for name in ("id", "updated_at", "created_at"))
    assert together == alone


def test_each_row_knows_its_id(district: models.District) -> None:
    made = models.WorkOrder.objects.bulk_create(orders(district, 700))

    assert {row.number: row.pk for row in made} == dict(models.WorkOrder.objects.values_list("number", "pk"))


def test_a_row_that_is_there_takes_the_columns_that_are_named(district: models.District) -> None:
    made = models.WorkOrder.objects.bulk_create(orders(district, 6))
    for row in made:
        row.title, row.address = f"Replace {row.number}", "not to be stored"

    models.WorkOrder.objects.bulk_create(made, update_conflicts=True, unique_fields=["id"], update_fields=["title"])

    assert set(models.WorkOrder.objects.values_list("title", "address")) == {(f"Replace N-{n}", "") for n in range(6)}


def test_expressions_and_whatever_is_prepared_by_its_field_are_taken_too(district: models.District) -> None:
    rows = orders(district, 5)
    rows[3].due_at = Now()
    rows[4].title = Value("computed")

    models.WorkOrder.objects.bulk_create(rows)

    assert models.WorkOrder.objects.get(number="N-4").title == "computed"
    assert isinstance(models.WorkOrder.objects.get(number="N-3").due_at, datetime)
    with pytest.raises(ValueError, match="F\\(\\) expressions"):
        models.Qualification.objects.bulk_create(models.Qualification(code=f"Q{n}", name=F("code")) for n in range(5))


def test_json_keeps_apart_what_python_takes_for_equal(district: models.District) -> None:
    entries = [
        auditing.entry(verb="tried", row=district, by="Lineup", now=NOW, before={"value": value})
        for value in (1, True, 1.0, 0, False, None)
    ]

    auditing.record_all(entries)

    held = [row["before"] for row in stored("assignments_auditentry")]
    assert held == [f'{{"value": {said}}}' for said in ("1", "true", "1.0", "0", "false", "null")]


def test_a_key_that_is_there_already_is_refused_or_passed_over() -> None:
    factories.QualificationFactory(code="Q3", name="Switching")
    rows = [models.Qualification(code=f"Q{n}", name="Line work") for n in range(5)]

    models.Qualification.objects.bulk_create(rows, ignore_conflicts=True)

    assert models.Qualification.objects.get(code="Q3").name == "Switching"
    assert models.Qualification.objects.count() == 5
    with pytest.raises(IntegrityError):
        models.Qualification.objects.bulk_create(rows)
