"""The review of one order."""

from __future__ import annotations

import functools
from datetime import date, datetime
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.forms.filters import BoardFilter
from assignments.live import review_page
from assignments.presenters.board import filtering
from assignments.presenters.review import whynot
from assignments.presenters.shared import pages
from assignments.queries import days, order_files
from assignments.services import presence
from assignments.services.runs import explaining
from assignments.views.board import asked_day
from notifications.services import positions


@require_GET
def order(request: HttpRequest, number: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    now = timezone.now()
    found = order_or_404(request, number)
    district = found.district
    day = asked_day(request) or order_files.day_of(found, now) or days.day_to_assign(district, now)
    compared, chosen = asked_shifts(request, "compare"), asked_shifts(request, "crew")
    if len(request.GET.getlist("compare")) > 1:
        # Two ticks of the form, as an address that a colleague can be sent.
        return redirect(f"{request.path}?day={day}&compare={','.join(map(str, compared[:2]))}")
    content = review_page.content_of(found, day, compared=compared, chosen=chosen, now=now)
    content["keep"] = _filters_of_the_board(request, district, day, now)
    render_part = functools.partial(render_to_string, request=request)
    context = {
        **content,
        "stream_cursor": stream_cursor,
        "shown": review_page.parts_of(content, render_part),
        "live": review_page.name(found, day, compared=compared, chosen=chosen),
    }
    return render(request, "assignments/review/page.html", context)


def _filters_of_the_board(request: HttpRequest, district: models.District, day: date, now: datetime) -> str:
    """Filters of the board that the person came from, rebuilt from parameters the board understands."""
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    board_of_district = reverse("assignments:board", args=[district.code])
    if (came_from.netloc, came_from.path) != (request.get_host(), board_of_district) or not came_from.query:
        return ""
    narrowed = BoardFilter(QueryDict(came_from.query), district=district, day=day, now=now)
    return filtering.bar(narrowed.chosen, day.isoformat()).keep


@require_POST
def reviewing(request: HttpRequest, number: str) -> HttpResponse:
    """The person has the review open, or with `ended` has left it."""
    found = readable_or_404(request, number)
    change = presence.end if request.POST.get("ended") == "1" else presence.keep
    change(order=found, by=request.user, now=timezone.now())
    return HttpResponse(status=204)


def asked_shifts(request: HttpRequest, name: str) -> list[int]:
    """The ids in the address, as `12,15` or one by one; raises Http404 for nonsense."""
    try:
        return review_page.ids_of(",".join(request.GET.getlist(name)))
    except ValueError:
        raise Http404("There is no such crew.") from None


def order_or_404(request: HttpRequest, number: str) -> models.WorkOrder:
    """The order, unless it does not exist or lies in a district that the person may not read."""
    readable = models.WorkOrder.objects.readable_by(request.user)
    found: models.WorkOrder = get_object_or_404(review_page.with_everything(readable), number=number)
    return found


def readable_or_404(request: HttpRequest, number: str) -> models.WorkOrder:
    """The order alone, without what a page shows of it."""
    found: models.WorkOrder = get_object_or_404(models.WorkOrder.objects.readable_by(request.user), number=number)
    return found


@require_GET
def why_not(request: HttpRequest, number: str) -> HttpResponse:
    """The crews that cannot do the order on the day: a page, or for the review's script the table alone."""
    now = timezone.now()
    found = order_or_404(request, number)
    day = asked_day(request) or days.day_to_assign(found.district, now)
    answers = explaining.why_not(order=found, day=day, now=now)
    excluded = whynot.excluded(answers, zone=found.district.zone, day=day)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "district": found.district,
        "order": found,
        "day": pages.day_switch(found.district, day, now),
        "has_shifts": bool(answers),
        "excluded": excluded,
        "groups": whynot.groups(one for one in excluded if one.mentions(text)),
        "q": text,
        "compared": asked_shifts(request, "compare")[:2],
    }
    is_part = request.headers.get("X-Lineup-Part") == "1"
    return render(request, f"assignments/review/{'_why_not' if is_part else 'why_not'}.html", context)
