"""The schedule of a district: its crews and their work over time."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.forms.moving import PlaceForm
from assignments.live import schedule_page
from assignments.models import districts
from assignments.presenters.overview import schedule
from assignments.queries import crew_days, days
from assignments.services.decisions import moving
from assignments.views import answers
from assignments.views.board import asked_day, district_or_404
from notifications.services import positions

_MOST_ORDERS = 100


@require_GET
def page(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    day, span = asked_day(request) or days.day_to_assign(district, now), asked_span(request)
    period = start, end = schedule_page.period_of(district, day, span)
    rows = schedule.crew_rows(crew_days.crews(district, start, end), period=period, zone=district.zone, day=day)
    opens, closes = schedule.working_hours(rows, period)
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "day": schedule.day_switch(district, day, span, now),
        "zone": district.time_zone,
        "span": span,
        "span_query": f"&span={span}" if span > 1 else "",
        "section": "schedule",
        "zooms": schedule.zooms(span),
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "working_hours": {"start": opens.isoformat(), "end": closes.isoformat()},
        "rows": rows,
        "live": schedule_page.name(district, day, span),
    }
    return render(request, "assignments/schedule/page.html", context)


@require_GET
def crews(request: HttpRequest, code: str) -> HttpResponse:
    """The rows as JSON: all, or those of the crews that the named orders concern."""
    district = district_or_404(request, code)
    day, span = asked_day(request) or days.day_to_assign(district, timezone.now()), asked_span(request)
    shown, gone = schedule_page.crews_of(district, day, span, _asked_orders(request))
    return JsonResponse({"crews": list(shown.values()), "gone": gone})


@require_GET
@answers.refusing
def check(request: HttpRequest, code: str) -> HttpResponse:
    """The rules' verdict on a job with a crew at a time; nothing is written."""
    district = district_or_404(request, code)
    assignment = assignment_or_404(request, _asked_assignment(request), district)
    form = PlaceForm(request.GET, district=district)
    if not form.is_valid():
        raise Http404("There is no such crew or time.")
    answer = moving.check(
        assignment=assignment,
        crew=form.cleaned_data["crew"],
        starts_at=form.cleaned_data["start"],
        now=timezone.now(),
    )
    return JsonResponse(schedule.verdict(answer, zone=district.zone))


def _asked_assignment(request: HttpRequest) -> UUID:
    try:
        return UUID(request.GET.get("assignment", ""))
    except ValueError:
        raise Http404("There is no such assignment.") from None


def assignment_or_404(
    request: HttpRequest, assignment_id: UUID, district: models.District | None = None
) -> models.Assignment:
    """The assignment, unless it does not exist or is not the person's to read."""
    readable = models.Assignment.objects.readable_by(request.user)
    related = readable.select_related(*districts.with_rules("order__district"), "crew", "revoked_by")
    found: models.Assignment = get_object_or_404(related, pk=assignment_id)
    if district is not None and found.order.district_id != district.pk:
        raise Http404("There is no such assignment in this district.")
    return found


def asked_span(request: HttpRequest) -> int:
    """Number of days shown; raises Http404 for nonsense."""
    asked = request.GET.get("span", "1")
    if asked not in map(str, schedule.SPANS):
        raise Http404(f"{asked[:20]!r} is no span of days.")
    return int(asked)


def _asked_orders(request: HttpRequest) -> list[int] | None:
    asked = request.GET.getlist("order")
    if not all(one.isdecimal() and len(one) < 19 for one in asked):
        raise Http404("There is no such order.")
    return [int(one) for one in asked] if 0 < len(asked) <= _MOST_ORDERS else None
