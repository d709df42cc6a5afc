"""The board as it is kept up to date on open pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.core.paginator import Page
from django.template.loader import render_to_string
from django.utils import timezone

from assignments import models
from assignments.forms.filters import BoardFilter
from assignments.live import addresses
from assignments.presenters.board import filtering, rows
from assignments.presenters.shared import pages
from assignments.queries import work_queue
from notifications.services.paging import SteadyPaginator
from notifications.streams.fanout.pages import Changed, PageContent, PageKind, Query, name_of, register_kind

PER_PAGE = 50
_KIND = "board"


def register() -> None:
    register_kind(PageKind(_KIND, addresses.channel_of_day, addresses.planned, show))


def name(district: models.District, day: date, narrowed: BoardFilter, page: Page[int]) -> str:
    """The page by which its reader is kept up to date."""
    filters = {one.name: one.value for one in narrowed.chosen}
    number = page.number if page.number > 1 else ""
    return name_of(_KIND, {"district": district.pk, "day": day.isoformat(), "page": number, **filters})


def around(narrowed: BoardFilter, district: models.District, day: date, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Everything around the rows of a board; `page` has the ids of the page's orders."""
    page = SteadyPaginator(narrowed.qs.values_list("pk", flat=True), PER_PAGE).get_page(asked.get("page"))
    among = narrowed.qs if narrowed.is_narrowing else None
    return {
        "district": district,
        "tabs": pages.tabs(work_queue.counts(narrowed.without("state")), asked.get("state", "")),
        "bulk_count": work_queue.bulk_approvable(district, day, among).count(),
        "bar": filtering.bar(narrowed.chosen, day.isoformat()),
        "page": page,
    }


def hidden(narrowed: BoardFilter, day: date) -> tuple[filtering.Hidden, ...]:
    """The filters that hide orders, for a board that shows none."""
    chosen = [one for one in narrowed.chosen if one.name != "sort"]
    return filtering.hidden(chosen, [narrowed.without(one.name).count() for one in chosen], day.isoformat())


def show(query: Query, known: Mapping[str, Any], changed: Changed) -> PageContent:
    """The page, with the rows of orders that have changed, or are new on it, rendered."""
    now, day = timezone.now(), addresses.day_of(query)
    district = addresses.district_of(query)
    narrowed = BoardFilter(query, district=district, day=day, now=now)
    beside = around(narrowed, district, day, query)
    run = work_queue.latest_run(district, day)

    def render(orders: list[int]) -> Iterator[tuple[int, str]]:
        for row in rows.rows(orders, day=day, run=run, now=now):
            yield row.id, render_to_string("assignments/board/_order_row.html", {"row": row})

    shown = addresses.rows_of(list(beside["page"].object_list), known, changed, render)
    context = {**beside, "day": pages.day_switch(district, day, now), "filter": narrowed, "run": run}
    return PageContent(
        parts={
            "tabs": addresses.rendered("assignments/board/_tabs.html", context, query),
            "pages": addresses.rendered("assignments/shared/_pages.html", context, query),
            "count": addresses.rendered("assignments/board/_count.html", context, query),
        },
        rows=shown,
        around=_around_rows(context, query, is_filled=bool(shown)),
    )


def _around_rows(context: Mapping[str, Any], query: Query, *, is_filled: bool) -> str:
    extra = {} if is_filled else {"hidden": hidden(context["filter"], addresses.day_of(query))}
    return addresses.rendered("assignments/board/_rows.html", {**context, **extra, "is_filled": is_filled}, query)
