"""The systems' books beside what they were told: compared by a worker, repaired by write-backs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.live import register_pages
from assignments.presenters.shared import words
from assignments.services.reconciling import comparing, repairing
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    district = district_or_404(request, code)
    context = {
        **register_pages.books_of(district, timezone.now()),
        "stream_cursor": stream_cursor,
        "section": "write-backs",
        "live": register_pages.name(register_pages.BOOKS, district, request.GET),
    }
    return render(request, "assignments/registers/books.html", context)


@require_POST
@answers.refusing
def compare(request: HttpRequest, code: str, target: str) -> HttpResponse:
    district = district_or_404(request, code)
    system = get_object_or_404(models.DownstreamSystem, code=target)
    comparing.ask(target=system, district=district, by=request.user, now=timezone.now())
    sentence = f"A worker compares the book of {system}. This page shows what differs as soon as it has read it."
    return answers.done(request, sentence, reverse("assignments:books", args=[district.code]))


@require_POST
@answers.refusing
def repair(request: HttpRequest, code: str, comparison_id: int) -> HttpResponse:
    district = district_or_404(request, code)
    related = models.BookComparison.objects.select_related("target")
    comparison = get_object_or_404(related, pk=comparison_id, status=models.BookComparison.Status.DONE)
    number = repairing.ask(comparison=comparison, district=district, by=request.user, now=timezone.now())
    sentence = f"{words.count(number, 'booking')} told again to {comparison.target}, in order with everything else."
    return answers.done(request, sentence, reverse("assignments:books", args=[district.code]))
