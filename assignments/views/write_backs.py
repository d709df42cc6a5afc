"""The write-backs of a district: what each system has taken and not taken."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.live import register_pages
from assignments.services.writebacks import breaking, delivering
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    district = district_or_404(request, code)
    context = {
        **register_pages.write_backs_of(district, request.GET, timezone.now()),
        "stream_cursor": stream_cursor,
        "section": "write-backs",
        "live": register_pages.name(register_pages.WRITE_BACKS, district, request.GET),
    }
    return render(request, "assignments/registers/write_backs.html", context)


@require_POST
@answers.refusing
def send_now(request: HttpRequest, code: str, target: str) -> HttpResponse:
    district = district_or_404(request, code)
    system = get_object_or_404(models.DownstreamSystem, code=target)
    breaking.send_now(target=system, district=district, by=request.user, now=timezone.now())
    sentence = f"{system} is tried now. What waits follows as soon as it answers."
    return answers.done(request, sentence, reverse("assignments:write-backs", args=[district.code]))


@require_POST
@answers.refusing
def retry(request: HttpRequest, write_back_id: int) -> HttpResponse:
    readable = models.WriteBack.objects.readable_by(request.user)
    write_back = get_object_or_404(
        readable.select_related("target", "order__district", "assignment__order__district"), pk=write_back_id
    )
    delivering.retry(write_back=write_back, by=request.user, now=timezone.now())
    sentence = f"{write_back.target.name} is told again."
    return answers.done(request, sentence, order=write_back.order_pk)
