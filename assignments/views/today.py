"""The district today, for the screen on the wall."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments.live import today_page
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """With `?wall=1` without the masthead."""
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    district, area = district_or_404(request, code), request.GET.get("area", "")
    context = {
        **today_page.situation_of(district, area, timezone.now()),
        "stream_cursor": stream_cursor,
        "section": "today",
        "on_wall": request.GET.get("wall") == "1",
        "live": today_page.name(district, area),
    }
    return render(request, "assignments/overview/today.html", context)
