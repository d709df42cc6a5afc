"""The map: orders and crews of one district and one day, and what of it has changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.models.orders import WorkOrderQuerySet
from assignments.presenters.overview import places
from assignments.presenters.shared import pages
from assignments.queries import days, whereabouts
from assignments.views import answers
from assignments.views.board import asked_day, district_or_404
from notifications.services import positions

_LONGEST_ID = 18
"""Digits."""


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The page; it may show pictures of the tile server, and no other page may."""
    server = urlsplit(settings.MAP_TILES_URL)
    view: answers.View = _page
    if server.netloc:
        view = csp_update({"img-src": [f"{server.scheme}://{server.netloc}"]})(view)  # type: ignore[assignment]
    return view(request, code)


def _page(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "day": pages.day_switch(district, day, now),
        "section": "map",
        "territory": places.drawing(district),
        "tiles_url": settings.MAP_TILES_URL,
        "tiles_attribution": settings.MAP_TILES_ATTRIBUTION,
        **_legend(request, district, day, now),
        **_crews(district, day, now),
        "places": places.of_orders(_asked_orders(request, district, day, now), day=day, now=now),
    }
    return render(request, "assignments/map/page.html", context)


@require_GET
def current_places(request: HttpRequest, code: str) -> JsonResponse:
    """The asked orders as they stand now, those that the page would not show any more left out, and every crew.

    Without `orders` all that the page would show.
    """
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    orders = _asked_orders(request, district, day, now)
    if "orders" in request.GET:
        orders = orders.filter(pk__in=_asked_ids(request))
    shared = {"day": pages.day_switch(district, day, now), "district": district}
    crews = _crews(district, day, now)
    legend = render_to_string("assignments/map/_legend.html", {**shared, **_legend(request, district, day, now)})
    return JsonResponse(
        {
            "orders": [
                render_to_string("assignments/map/_place.html", {**shared, "place": place})
                for place in places.of_orders(orders, day=day, now=now)
            ],
            "crews": render_to_string("assignments/map/_crew_places.html", {**shared, **crews}),
            "changes_at": crews["changes_at"],
            "legend": legend,
        }
    )


def _asked_orders(request: HttpRequest, district: models.District, day: date, now: datetime) -> WorkOrderQuerySet:
    orders = whereabouts.orders(district, day, now)
    state = _asked_state(request)
    return orders.filter(standing=state) if state else orders


def _asked_state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in places.STANDINGS else ""


def _asked_ids(request: HttpRequest) -> list[int]:
    given = request.GET["orders"].split(",")
    return [int(one) for one in given if one.isdecimal() and len(one) <= _LONGEST_ID]


def _legend(request: HttpRequest, district: models.District, day: date, now: datetime) -> dict[str, Any]:
    counts = whereabouts.counts(whereabouts.orders(district, day, now))
    state = _asked_state(request)
    return {"legend": places.legend(counts, state), "state": state, "total": sum(counts.values())}


def _crews(district: models.District, day: date, now: datetime) -> dict[str, Any]:
    found = whereabouts.crews(district, day, now)
    crews = places.of_crews(found, zone=district.zone, day=day, now=now)
    return {"crews": crews, "changes_at": found.changes_at}
