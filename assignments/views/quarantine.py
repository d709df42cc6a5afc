"""Records of the sources that were not taken, and the health of those that were."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.presenters.registers import quarantine
from assignments.queries import quarantined
from assignments.services.following import trying_again
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "systems": quarantine.panels(quarantined.by_system(district), district=district, now=now),
        "gaps": quarantine.gaps(quarantined.health(district), district=district),
        "elsewhere": quarantined.without_district(),
        "zone": f"{now.astimezone(district.zone):%Z}",
        "section": "quarantine",
    }
    return render(request, "assignments/registers/quarantine.html", context)


@require_POST
@answers.refusing
def try_again(request: HttpRequest, code: str, record_id: int) -> HttpResponse:
    district = district_or_404(request, code)
    related = models.RefusedRecord.objects.readable_by(request.user).select_related("system", "district")
    record = get_object_or_404(related, pk=record_id, district=district)
    reason = trying_again.try_again(record=record, by=request.user, now=timezone.now())
    sentence = f"{record.reference} could not be taken: {reason}." if reason else f"{record.reference} was taken."
    return answers.done(request, sentence, reverse("assignments:quarantine", args=[district.code]))
