"""The map as it is kept up to date on open pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from assignments import models
from assignments.live import addresses
from assignments.models.orders import WorkOrderQuerySet
from assignments.presenters.overview import places
from assignments.presenters.shared import pages
from assignments.queries import whereabouts
from notifications.streams.fanout.pages import Changed, PageContent, PageKind, Query, name_of, register_kind

_KIND = "map"


def register() -> None:
    register_kind(PageKind(_KIND, addresses.channel_of_day, addresses.planned, show))


def name(district: models.District, day: date, state: str) -> str:
    """The page by which its reader is kept up to date."""
    return name_of(_KIND, {"district": district.pk, "day": day.isoformat(), "state": state})


def asked_state(asked: Mapping[str, Any]) -> str:
    """The state in the address; empty for nonsense."""
    state = asked.get("state", "")
    return state if state in places.STANDINGS else ""


def orders_of(district: models.District, day: date, state: str, now: datetime) -> WorkOrderQuerySet:
    """The orders that the map shows."""
    orders = whereabouts.orders(district, day, now)
    return orders.filter(standing=state) if state else orders


def legend_of(district: models.District, day: date, state: str, now: datetime) -> dict[str, Any]:
    """The legend with its counts."""
    counts = whereabouts.counts(whereabouts.orders(district, day, now))
    return {"legend": places.legend(counts, state), "state": state, "total": sum(counts.values())}


def crews_of(district: models.District, day: date, now: datetime) -> dict[str, Any]:
    """Every crew where it is, and when the first of them is elsewhere."""
    found = whereabouts.crews(district, day, now)
    crews = places.of_crews(found, zone=district.zone, day=day, now=now)
    return {"crews": crews, "changes_at": found.changes_at}


def show(query: Query, known: Mapping[str, Any], changed: Changed) -> PageContent:
    """The map, with the places of orders that have changed, or are new on it, rendered."""
    now, day, state = timezone.now(), addresses.day_of(query), asked_state(query)
    district = addresses.district_of(query)
    orders = orders_of(district, day, state, now)
    frame = {"district": district, "day": pages.day_switch(district, day, now)}

    def render(stale: list[int]) -> Iterator[tuple[int, str]]:
        for place in places.of_orders(orders.filter(pk__in=stale), day=day, now=now):
            html = addresses.rendered("assignments/map/_place.html", {**frame, "place": place}, query)
            yield place.row.id, html

    crews = crews_of(district, day, now)
    legend = {**frame, **legend_of(district, day, state, now)}
    return PageContent(
        parts={
            "legend": addresses.rendered("assignments/map/_legend.html", legend, query),
            "crews": addresses.rendered("assignments/map/_crew_places.html", {**frame, **crews}, query),
        },
        # An order without a place is in no list.
        rows=addresses.rows_of(list(orders.values_list("pk", flat=True)), known, changed, render),
        until=crews["changes_at"],
    )
