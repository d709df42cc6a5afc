"""Calendars of crews: the addresses that a person has, and what a calendar reads there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.presenters.overview import crew_calendar
from assignments.presenters.shared import words
from assignments.queries import crew_work
from assignments.services import calendars
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The crews of the district, with the person's own address of each."""
    return _page(request, district_or_404(request, code))


@require_POST
def make(request: HttpRequest, code: str, crew_id: int) -> HttpResponse:
    """Shows the new address, this once."""
    district = district_or_404(request, code)
    crew = get_object_or_404(models.Crew, pk=crew_id, district=district)
    _, secret = calendars.open_feed(crew=crew, by=request.user, now=timezone.now())
    address = request.build_absolute_uri(reverse("assignments:calendar-feed", args=[secret]))
    return _page(request, district, made=crew, address=address)


@require_POST
def revoke(request: HttpRequest, feed_id: int) -> HttpResponse:
    feed = get_object_or_404(
        models.CalendarFeed.objects.of(request.user).live().select_related("crew__district"), pk=feed_id
    )
    calendars.revoke_feed(feed=feed, by=request.user, now=timezone.now())
    page = reverse("assignments:calendars", args=[feed.crew.district.code])
    return answers.done(request, f"The address of {feed.crew.name} answers no more.", page)


# A calendar program has no session: its secret address is what it may read with.
@login_not_required
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    found, now = calendars.find_feed(secret=secret), timezone.now()
    if found is None:
        raise Http404("There is no such calendar.")

    def link(order: models.WorkOrder) -> str:
        return request.build_absolute_uri(reverse("assignments:order-review", args=[order.number]))

    content = crew_calendar.calendar(found.crew, crew_work.decided(found.crew, now), link=link, now=now)
    headers = {"Cache-Control": "private, no-cache", "Content-Disposition": 'inline; filename="crew.ics"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def _since(feed: models.CalendarFeed | None, district: models.District) -> words.ShownTime | None:
    return words.moment(feed.created_at, district.zone) if feed else None


def _page(
    request: HttpRequest, district: models.District, *, made: models.Crew | None = None, address: str = ""
) -> HttpResponse:
    stream_cursor = positions.current_cursor()
    mine = {one.crew_id: one for one in models.CalendarFeed.objects.of(request.user).live()}
    crews = models.Crew.objects.filter(district=district).order_by("name", "pk")
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "section": "calendars",
        "crews": [(crew, feed := mine.get(crew.pk), _since(feed, district)) for crew in crews],
        "made": made,
        "address": address,
    }
    return render(request, "assignments/overview/calendars.html", context)
