"""The map: orders and crews of one district and one day."""

from __future__ import annotations

from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments.live import map_page
from assignments.presenters.overview import places
from assignments.presenters.shared import pages
from assignments.queries import days
from assignments.views import answers
from assignments.views.board import asked_day, district_or_404
from notifications.services import positions


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
    day, state = asked_day(request) or days.day_to_assign(district, now), map_page.asked_state(request.GET)
    orders = map_page.orders_of(district, day, state, now)
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "day": pages.day_switch(district, day, now),
        "section": "map",
        "territory": places.drawing(district),
        "tiles_url": settings.MAP_TILES_URL,
        "tiles_attribution": settings.MAP_TILES_ATTRIBUTION,
        **map_page.legend_of(district, day, state, now),
        **map_page.crews_of(district, day, now),
        "places": places.of_orders(orders, day=day, now=now),
        "live": map_page.name(district, day, state),
    }
    return render(request, "assignments/map/page.html", context)
