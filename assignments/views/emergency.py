"""Emergency pages: the crews by arrival, and the changes that accepting one of them would make."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assignments import models
from assignments.presenters.review import called, emergency, whynot
from assignments.presenters.shared import next_steps, pages, states
from assignments.queries import days
from assignments.services import emergencies
from assignments.services.runs import explaining
from assignments.views import answers
from assignments.views.review import order_or_404

_NEAREST = 5
"""Crews that are explained when none can come."""


@require_GET
@answers.refusing
def crews(request: HttpRequest, number: str) -> HttpResponse:
    now = timezone.now()
    order = order_or_404(request, number)
    found = _choices(order)
    context = {**_about(order, found), "crews": emergency.crews(found, now=now), "shown": emergency.SHOWN}
    context["called"] = called.crews(found, now=now)
    if not found.offers:
        day = days.today(order.district, now)
        why = explaining.why_not(order=order, day=day, now=now)
        context["excluded"] = whynot.excluded(why, zone=order.district.zone, day=day)[:_NEAREST]
        context["groups"] = whynot.groups(context["excluded"])
    return render(request, "assignments/review/emergency.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@answers.refusing
def crew(request: HttpRequest, number: str, shift_id: int) -> HttpResponse:
    """Changes if this crew went; a POST accepts them as shown."""
    order = order_or_404(request, number)
    if request.method == "POST":
        return _accept(request, order, shift_id)
    found = _choices(order)
    asked = request.GET.get("moves", "")
    offer = found.of_shift(shift_id, moves=int(asked) if asked.isdecimal() and len(asked) < 4 else None)
    return _changes(request, found, offer)


def _accept(request: HttpRequest, order: models.WorkOrder, shift_id: int) -> HttpResponse:
    shown = request.POST.get("fingerprint", "")
    try:
        with answers.about(_wanted(order)):
            done = emergencies.accept(
                order=order, shift_id=shift_id, fingerprint=shown, by=request.user, now=timezone.now()
            )
    except emergencies.ChoiceChanged as changed:
        return _changes(request, changed.offers, changed.offer, changed=changed)
    return answers.done(request, emergency.accepted(done), order.get_absolute_url(), order=order.pk)


def _changes(
    request: HttpRequest,
    found: emergencies.Offers,
    offer: emergencies.Offer | None,
    *,
    changed: emergencies.ChoiceChanged | None = None,
) -> HttpResponse:
    steps = next_steps.of(changed, shown_at=request.path) if changed else ()
    context = {**_about(found.order, found), "refusal": changed, "steps": steps}
    if offer is not None:
        context["way"] = emergency.way(found, offer, now=timezone.now())
        context["crew"] = found.snapshot.shifts[offer.choice.shift_id].crew
        context["lanes"] = emergency.lanes(found, offer.choice)
    status = HTTPStatus.CONFLICT if changed else HTTPStatus.OK
    return render(request, "assignments/review/emergency_crew.html", context, status=status)


def _choices(order: models.WorkOrder) -> emergencies.Offers:
    with answers.about(_wanted(order)):
        return emergencies.choices(order=order, now=timezone.now())


def _wanted(order: models.WorkOrder) -> next_steps.WantedCrew:
    return next_steps.WantedCrew(order, days.today(order.district, timezone.now()))


def _about(order: models.WorkOrder, found: emergencies.Offers) -> dict[str, Any]:
    return {
        "district": order.district,
        "order": order,
        "priority": states.of_priority(order),
        "day": pages.day_switch(order.district, days.local_day(found.seen_at, order.district.zone), found.seen_at),
        "holds_until": emergency.holds_until(found),
    }
