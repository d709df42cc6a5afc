"""The district today, for the screen on the wall."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments.presenters.overview import today
from assignments.queries import situation
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
    return {"district": district, "wall": wall, "zone": f"{now.astimezone(district.zone):%Z}"}
