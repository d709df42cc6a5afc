"""The district today, for the screen on the wall."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.presenters.overview import restoration, today
from assignments.queries import restoration_curve, situation
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """With `?wall=1` without the masthead."""
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    context = {"stream_cursor": stream_cursor, "section": "today", "on_wall": request.GET.get("wall") == "1"}
    return render(request, "assignments/overview/today.html", context | _situation(request, code))


@require_GET
def figures(request: HttpRequest, code: str) -> HttpResponse:
    """Content below the heading, for a page that learned of changes."""
    return render(request, "assignments/overview/_today.html", _situation(request, code))


def _situation(request: HttpRequest, code: str) -> dict[str, Any]:
    now = timezone.now()
    district = district_or_404(request, code)
    wall = today.wall(situation.situation(district, now), district=district, now=now)
    said = {"district": district, "wall": wall, "zone": f"{now.astimezone(district.zone):%Z}"}
    return said | _curve(district, request.GET.get("area", ""), now)


def _curve(district: models.District, asked: str, now: datetime) -> dict[str, Any]:
    """Of the area that was asked for; of the district where nobody is out there, or the address was typed."""
    found = restoration_curve.curve(district, asked, now) or restoration_curve.whole(district, now)
    key = found.area.key
    figures_url = reverse("assignments:today-figures", args=[district.code])
    return {
        "curve": restoration.chart(found, district=district, now=now),
        "figures_url": f"{figures_url}?{urlencode({'area': key})}" if key else figures_url,
        "unknown_area": asked[:60] if key != asked else "",
    }
