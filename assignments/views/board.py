"""The board: the queue of one district and one day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.forms.filters import BoardFilter
from assignments.presenters.board import filtering, rows, runs, saved_views
from assignments.presenters.shared import pages
from assignments.queries import days, work_queue
from assignments.views import first_use
from notifications.services import positions

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
        return redirect("assignments:setup") if request.user.is_staff else first_use.without_district(request)
    return redirect("assignments:board", code=district.code)


@require_GET
def board(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    views = list(models.SavedView.objects.of(request.user).filter(district=district))
    opening = next((view.query for view in views if view.is_default), "")
    if opening and _asks_for_default(request):
        return redirect(f"{request.path}?day={day}&{opening}")
    narrowed = BoardFilter(request.GET, district=district, day=day, now=now)
    page, around = _around(request, narrowed, district, day)
    run = work_queue.latest_run(district, day)
    _remember(request, district)
    return render(
        request,
        "assignments/board/page.html",
        {
            **around,
            "stream_cursor": stream_cursor,
            "day": pages.day_switch(district, day, now),
            "filter": narrowed,
            "rows": rows.rows(list(page.object_list), day=day, run=run, now=now),
            "run": runs.panel(run, zone=district.zone, now=now) if run else None,
            "menu": saved_views.menu(views, around["bar"].query),
            "hidden": () if page.object_list else _hidden(narrowed, day),
            "section": "board",
        },
    )


@require_GET
def counts(request: HttpRequest, code: str) -> HttpResponse:
    """The tabs and the sequence of the rows, for a page that learned of changes."""
    district, now = district_or_404(request, code), timezone.now()
    day = asked_day(request) or days.day_to_assign(district, now)
    narrowed = BoardFilter(request.GET, district=district, day=day, now=now)
    _, around = _around(request, narrowed, district, day)
    return render(request, "assignments/board/_tabs.html", {**around, "day": {"iso": day.isoformat()}})


def _around(
    request: HttpRequest, narrowed: BoardFilter, district: models.District, day: date
) -> tuple[Page[int], dict[str, Any]]:
    """The ids of the page's orders, and what a board shows around its rows."""
    page = Paginator(narrowed.qs.values_list("pk", flat=True), PER_PAGE).get_page(request.GET.get("page"))
    among = narrowed.qs if narrowed.is_narrowing else None
    around = {
        "district": district,
        "tabs": pages.tabs(work_queue.counts(narrowed.without("state")), request.GET.get("state", "")),
        "bulk_count": work_queue.bulk_approvable(district, day, among).count(),
        "bar": filtering.bar(narrowed.chosen, day.isoformat()),
        "page": page,
    }
    return page, around


def _hidden(narrowed: BoardFilter, day: date) -> tuple[filtering.Hidden, ...]:
    chosen = narrowed.chosen
    return filtering.hidden(chosen, [narrowed.without(one.name).count() for one in chosen], day.isoformat())


@require_GET
def row(request: HttpRequest, number: str) -> HttpResponse:
    """One row for a given day, for a page whose day is not the one that an event was rendered for."""
    now = timezone.now()
    readable = models.WorkOrder.objects.readable_by(request.user).select_related("district")
    order = get_object_or_404(readable, number=number)
    day = asked_day(request) or days.day_to_assign(order.district, now)
    run = work_queue.latest_run(order.district, day)
    found = rows.rows([order.pk], day=day, run=run, now=now)
    return render(request, "assignments/board/_order_row.html", {"row": found[0]})


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


def _asks_for_default(request: HttpRequest) -> bool:
    """Whether the board is opened as such: whatever the board itself links to names its day."""
    return not request.GET or request.GET.get("view") == "default"


def _remember(request: HttpRequest, district: models.District) -> None:
    if request.session.get(_LAST_DISTRICT) != district.code:
        request.session[_LAST_DISTRICT] = district.code
