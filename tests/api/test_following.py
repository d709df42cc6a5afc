"""Programs that keep a copy: pages by cursor while rows change, and what was written since."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments import models
from assignments.models import stamps
from tests import factories
from tests.api.conftest import assert_problem

ORDERS = "/api/v1/orders/"


def pages(client: Client, path: str, **query: str) -> Any:
    """Each page of the list, read by cursor."""
    answer = client.get(path, {"cursor": "", "page_size": "2", **query})
    while True:
        assert answer.status_code == 200, answer.content
        yield answer.json()["results"]
        if answer.json()["next"] is None:
            return
        answer = client.get(answer.json()["next"])


class TestACursor:
    def test_reads_every_row_once(self, as_mara: Client, district: models.District) -> None:
        factories.OrderFactory.create_batch(5, district=district)

        read = [row["id"] for page in pages(as_mara, ORDERS) for row in page]

        assert read == sorted(models.WorkOrder.objects.values_list("pk", flat=True))

    # Tests of the database run in one transaction: each example undoes what it did.
    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(st.sampled_from(["add", "urgent", "finish", "delete"]), min_size=1, max_size=6))
    def test_skips_and_doubles_nothing_while_rows_change(
        self, as_mara: Client, district: models.District, changes: list[str]
    ) -> None:
        models.WorkOrder.objects.all().delete()
        factories.OrderFactory.create_batch(6, district=district)
        stays = set(models.WorkOrder.objects.values_list("pk", flat=True)[1:5])
        read: list[int] = []
        for page in pages(as_mara, ORDERS):
            read += [row["id"] for row in page]
            if changes:
                self.apply(changes.pop(), district, stays)

        assert len(read) == len(set(read))
        assert stays <= set(read)

    def apply(self, change: str, district: models.District, stays: set[int]) -> None:
        rows = models.WorkOrder.objects
        if change == "add":
            factories.OrderFactory(district=district, priority=0)
        elif change == "urgent":
            rows.filter(pk=max(stays)).update(priority=0)
        elif change == "finish":
            rows.exclude(pk__in=stays).update(status="CANCELLED")
        else:
            rows.filter(pk=rows.exclude(pk__in=stays).values("pk")[:1]).delete()

    def test_goes_with_filters(self, as_mara: Client, district: models.District) -> None:
        factories.OrderFactory.create_batch(3, district=district, status="READY")
        factories.OrderFactory(district=district, status="WAITING")

        assert sum(len(page) for page in pages(as_mara, ORDERS, status="READY")) == 3

    @pytest.mark.parametrize("path", ["assignments", "runs", "batches", "notifications", "permits", "suggestions"])
    def test_is_taken_by_every_list(self, as_mara: Client, suggestion: models.Suggestion, path: str) -> None:
        query = {"order": "WO-1"} if path == "suggestions" else {}

        assert list(pages(as_mara, f"/api/v1/{path}/", **query))

    @pytest.mark.parametrize("query", [{"cursor": "x"}, {"cursor": "w7w"}, {"cursor": "AA"}])
    def test_that_is_none_is_not_found(self, as_mara: Client, query: dict[str, str]) -> None:
        assert_problem(as_mara.get(ORDERS, query), 404, "not-found")


class TestWhatWasWrittenSince:
    def test_is_found_whatever_wrote_it(self, as_mara: Client, district: models.District) -> None:
        one, other = factories.OrderFactory.create_batch(2, district=district)
        other.refresh_from_db()
        models.WorkOrder.objects.filter(pk=one.pk).update(customers_out=7)

        one.refresh_from_db()
        assert one.updated_at > other.updated_at
        since = one.updated_at.isoformat()
        assert [row["id"] for row in as_mara.get(ORDERS, {"updated_since": since}).json()["results"]] == [one.pk]

    @pytest.mark.parametrize("name", stamps.MODELS)
    def test_is_stamped_by_the_database_itself(self, db: None, name: str) -> None:
        row = getattr(factories, {"WorkOrder": "Order"}.get(name, name) + "Factory")()
        table = type(row).objects.filter(pk=row.pk)
        table.update(updated_at=None)
        first = table.values_list("updated_at", flat=True).get()

        row.save()

        assert first is not None
        assert table.values_list("updated_at", flat=True).get() >= first

    def test_triggers_come_back_after_a_rebuilt_table(self, db: None) -> None:
        stamps.drop(connection, stamps.MODELS)
        stamps.ensure(connection, stamps.tables())
        stamps.ensure(connection, stamps.tables())

        assert models.WorkOrder.objects.get(pk=factories.OrderFactory().pk).updated_at

    def test_is_indexed(self) -> None:
        for name in stamps.MODELS:
            indexes = getattr(models, name)._meta.indexes
            assert ["updated_at"] in [index.fields for index in indexes]


class TestRowsByIdAndDay:
    def test_by_id(self, as_mara: Client, district: models.District) -> None:
        one, other, _ = factories.OrderFactory.create_batch(3, district=district)

        rows = as_mara.get(ORDERS, {"id": f"{one.pk},{other.pk}"}).json()["results"]

        assert {row["id"] for row in rows} == {one.pk, other.pk}

    @pytest.mark.parametrize("value", ["x", "1.5", "-1", str(2**64)])
    def test_an_id_that_none_can_have_is_refused(self, as_mara: Client, district: models.District, value: str) -> None:
        assert_problem(as_mara.get(ORDERS, {"id": value}), 400, "invalid")

    @pytest.mark.parametrize(("day", "found"), [("2026-06-15", 1), ("2026-06-16", 0), ("0001-01-01", 0)])
    @pytest.mark.parametrize("path", ["shifts", "assignments"])
    def test_by_the_local_day_of_the_district(
        self, as_mara: Client, district: models.District, path: str, day: str, found: int
    ) -> None:
        order = factories.OrderFactory(district=district, status="SCHEDULED")
        shift = factories.ShiftFactory(crew__district=district)
        factories.AssignmentFactory(order=order, shift=shift)

        assert as_mara.get(f"/api/v1/{path}/", {"day": day}).json()["count"] == found
