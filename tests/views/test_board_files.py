"""The board as a file: what the page shows, for whoever may read it, with no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assignments import models
from tests import factories

FILE = "/districts/NORTH/board/board."


def lines(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


class TestContent:
    def test_a_line_for_each_order_in_the_sequence_and_under_the_filters_of_the_page(
        self, viewer: Client, suggestion: models.Suggestion
    ) -> None:
        factories.OrderFactory(district=suggestion.order.district, number="WO-2", kind="TROUBLE", priority=0)
        factories.OrderFactory(district=suggestion.order.district, number="WO-3", kind="INSPECTION")

        answer = viewer.get(f"{FILE}csv?day=2026-06-15&kind=TROUBLE,{suggestion.order.kind}&sort=crew")

        assert [line["Order"] for line in lines(answer)] == ["WO-1", "WO-2"]
        assert answer["Content-Disposition"] == 'attachment; filename="board-NORTH-2026-06-15.csv"'

    def test_suggestions_and_decisions_with_the_times_of_the_district(
        self, viewer: Client, suggestion: models.Suggestion
    ) -> None:
        models.Suggestion.objects.update(warnings=[{"code": "late", "text": "Done after it is due."}])

        (line,) = lines(viewer.get(f"{FILE}csv"))

        starts = suggestion.starts_at.astimezone(suggestion.order.district.zone)
        assert (line["Crew"], line["Starts"], line["Decision"], line["Warnings"]) == (
            "Trouble 7", f"{starts:%Y-%m-%d %H:%M}", "Suggested", "Done after it is due.",
        )  # fmt: skip

    def test_a_workbook_holds_the_same(self, viewer: Client, suggestion: models.Suggestion) -> None:
        book = openpyxl.load_workbook(io.BytesIO(viewer.get(f"{FILE}xlsx?day=2026-06-15").content))

        headings, first = book.active.iter_rows(values_only=True)
        assert dict(zip(headings, first, strict=True))["Order"] == "WO-1"
        assert book.active.title == "NORTH 2026-06-15"

    def test_no_cell_is_a_formula(self, viewer: Client, order: models.WorkOrder) -> None:
        models.WorkOrder.objects.update(title="=HYPERLINK(0)")

        assert lines(viewer.get(f"{FILE}csv"))[0]["Title"] == "'=HYPERLINK(0)"

    def test_an_empty_board_is_a_file_of_headings(self, viewer: Client, order: models.WorkOrder) -> None:
        assert lines(viewer.get(f"{FILE}csv?q=nothing")) == []

    def test_more_orders_cost_no_query_more(
        self, viewer: Client, order: models.WorkOrder, django_assert_num_queries: Any
    ) -> None:
        viewer.get(f"{FILE}csv")
        with CaptureQueriesContext(connection) as few:
            viewer.get(f"{FILE}csv")
        factories.OrderFactory.create_batch(60, district=order.district)

        with django_assert_num_queries(len(few)):
            assert len(lines(viewer.get(f"{FILE}csv"))) == 61


class TestAccess:
    @pytest.mark.parametrize(
        ("person", "status"), [("manager", 200), ("viewer", 200), ("stranger", 404), ("anonymous", 302)]
    )
    def test_whoever_reads_the_board_may_take_it_along(
        self, request: Any, order: models.WorkOrder, person: str, status: int
    ) -> None:
        assert request.getfixturevalue(person).get(f"{FILE}xlsx").status_code == status

    @pytest.mark.parametrize("address", [f"{FILE}pdf", f"{FILE}csv?day=monday"])
    def test_there_is_no_other_kind_and_no_odd_day(self, viewer: Client, order: models.WorkOrder, address: str) -> None:
        assert viewer.get(address).status_code == 404
