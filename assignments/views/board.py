"""The board: the queue of one district and one day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.forms.filters import BoardFilter
from assignments.presenters import bulk as bulk_presenter
from assignments.presenters import pages, rows, runs
from assignments.queries import board as queries
from assignments.queries import days
from notifications.services import cursor

PER_PAGE = 50
_LAST_DISTRICT = "district"
_SHOWN_YEARS = range(1900, 3000)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The board seen last, else that of the person's first district."""
    readable = models.District.objects.readable_by(request.user)
    last = readable.filter(code=request.session.get(_LAST_DISTRICT, "")).first()
    district = last or readable.first()
    if district is None:
        return render(request, "assignments/no_district.html")
    return redirect("assignments:board", code=district.code)


@require_GET
def board(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = cursor.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    queue = queries.queue(district, day, now)
    narrowed = BoardFilter(request.GET, queryset=queue)
    page = Paginator(narrowed.qs.values_list("pk", flat=True), PER_PAGE).get_page(request.GET.get("page"))
    run = queries.latest_run(district, day)
    _remember(request, district)
    return render(
        request,
        "assignments/board.html",
        {
            "stream_cursor": stream_cursor,
            "district": district,
            "day": pages.day_switch(district, day, now),
            "tabs": pages.tabs(queries.counts(queue), request.GET.get("state", "")),
            "filter": narrowed,
            "page": page,
            "rows": rows.rows(list(page.object_list), day=day, run=run, now=now),
            "run": runs.panel(run, zone=district.zone, now=now) if run else None,
            "bulk_count": queries.bulk_approvable(district, day).count(),
            "section": "board",
        },
    )


@require_GET
def counts(request: HttpRequest, code: str) -> HttpResponse:
    """The tabs alone, for a page that learned of changes."""
    district, now = district_or_404(request, code), timezone.now()
    day = asked_day(request) or days.day_to_assign(district, now)
    found = pages.tabs(queries.counts(queries.queue(district, day, now)), request.GET.get("state", ""))
    bulk_count = queries.bulk_approvable(district, day).count()
    context = {"district": district, "tabs": found, "bulk_count": bulk_count, "day": {"iso": day.isoformat()}}
    return render(request, "assignments/_tabs.html", context)


@require_GET
def row(request: HttpRequest, number: str) -> HttpResponse:
    """One row for a given day, for a page whose day is not the one that an event was rendered for."""
    now = timezone.now()
    readable = models.WorkOrder.objects.readable_by(request.user).select_related("district")
    order = get_object_or_404(readable, number=number)
    day = asked_day(request) or days.day_to_assign(order.district, now)
    run = queries.latest_run(order.district, day)
    found = rows.rows([order.pk], day=day, run=run, now=now)
    return render(request, "assignments/_order_row.html", {"row": found[0]})


@require_GET
def bulk(request: HttpRequest, code: str) -> HttpResponse:
    """What "approve all in plan without warnings" would approve, to be confirmed."""
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    context: dict[str, Any] = {
        "district": district,
        "day": pages.day_switch(district, day, now),
        "lines": bulk_presenter.lines(queries.bulk_approvable(district, day), zone=district.zone, day=day),
    }
    return render(request, "assignments/bulk_approve.html", context)


def district_or_404(request: HttpRequest, code: str) -> models.District:
    """The district, unless it does not exist or is not the person's to read: strangers learn no difference."""
    readable = models.District.objects.readable_by(request.user).with_rules()
    return get_object_or_404(readable, code=code)


def asked_day(request: HttpRequest) -> date | None:
    """The day in the address; raises Http404 for nonsense."""
    asked = request.GET.get("day")
    if not asked:
        return None
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Http404(f"{asked[:20]!r} is not a day.") from None
    # The first and the last day of the calendar have no day before or after them, nor a midnight in every zone.
    if day.year not in _SHOWN_YEARS:
        raise Http404(f"{day} is out of reach.")
    return day


def _remember(request: HttpRequest, district: models.District) -> None:
    if request.session.get(_LAST_DISTRICT) != district.code:
        request.session[_LAST_DISTRICT] = district.code
