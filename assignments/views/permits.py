"""The permits of a district: what is missing, pending, expiring or lapsed, and the work that hangs on each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments.live import register_pages
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    district = district_or_404(request, code)
    context = {
        **register_pages.permits_of(district, request.GET, timezone.now()),
        "stream_cursor": stream_cursor,
        "section": "permits",
        "live": register_pages.name(register_pages.PERMITS, district, request.GET),
    }
    return render(request, "assignments/registers/permits.html", context)
