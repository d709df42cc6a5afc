"""The board: the queue of one district and one day."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assignments import models
from assignments.forms.filters import BoardFilter
from assignments.live import board_page
from assignments.presenters.board import rows, runs, saved_views
from assignments.presenters.shared import pages
from assignments.queries import days, work_queue
from assignments.views import answers, first_use
from notifications.services import positions

LAST_DISTRICT = "district"


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The board seen last, else that of the person's first district."""
    readable = models.District.objects.readable_by(request.user)
    last = readable.filter(code=request.session.get(LAST_DISTRICT, "")).first()
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
    around = board_page.around(narrowed, district, day, request.GET)
    page = around["page"]
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
            "hidden": () if page.object_list else board_page.hidden(narrowed, day),
            "live": board_page.name(district, day, narrowed, page),
            "section": "board",
        },
    )


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
    """The day in the address; raises NotADay for nonsense."""
    asked = request.GET.get("day")
    if not asked:
        return None
    try:
        return days.named(asked)
    except ValueError:
        raise answers.NotADay(f"“{asked[:20]}” is not a day; one is written as 2026-06-15.") from None


def _asks_for_default(request: HttpRequest) -> bool:
    """Whether the board is opened as such: whatever the board itself links to names its day."""
    return not request.GET or request.GET.get("view") == "default"


def _remember(request: HttpRequest, district: models.District) -> None:
    if request.session.get(LAST_DISTRICT) != district.code:
        request.session[LAST_DISTRICT] = district.code
