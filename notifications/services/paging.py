"""Pages of rows that others add to meanwhile."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator


class SteadyPaginator(Paginator[Any]):
    """Django's cuts a page off at the number of rows that it counted before: one that came in between, first in the
    order of the page, would take the place of another."""

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        return Page(self.object_list[first : first + self.per_page], number, self)
