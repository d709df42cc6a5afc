"""Pages of rows that others add to between the count and the rows."""

from __future__ import annotations

from assignments import models
from notifications.services.paging import SteadyPaginator
from tests import factories


def by_number():
    return models.WorkOrder.objects.order_by("number")


class TestSteadyPaginator:
    def test_a_row_that_comes_first_meanwhile_displaces_none(self, district):
        factories.OrderFactory(district=district, number="WO-2")
        page = SteadyPaginator(by_number(), 50).get_page(1)
        factories.OrderFactory(district=district, number="WO-1")

        assert [order.number for order in page] == ["WO-1", "WO-2"]

    def test_a_page_is_never_longer_than_asked_for(self, district):
        factories.OrderFactory.create_batch(5, district=district)

        pages = SteadyPaginator(by_number(), 2)

        assert [len(pages.page(number)) for number in pages.page_range] == [2, 2, 1]

    def test_the_last_page_stands_for_those_behind_it(self, district):
        factories.OrderFactory.create_batch(3, district=district)

        page = SteadyPaginator(by_number(), 2).get_page(9)

        assert (page.number, len(page)) == (2, 1)
