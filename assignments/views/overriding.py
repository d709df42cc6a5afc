"""Overriding: the form that says what a crew would break, and the decision against those rules."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assignments import models
from assignments.forms.moving import LOCAL
from assignments.forms.overriding import OverrideForm, StartForm
from assignments.presenters.review import override_form
from assignments.presenters.shared import next_steps, states
from assignments.queries import days
from assignments.services.decisions import guards, overriding
from assignments.services.records import refusals
from assignments.views import answers
from assignments.views.board import asked_day
from assignments.views.review import order_or_404

_ON_THE_PAGE = (
    overriding.LawForbids,
    overriding.OtherRulesBroken,
    overriding.NothingToOverride,
    guards.OnlyTentative,
    guards.RulesBroken,
    refusals.ReasonMissing,
)
"""Refusals that bring the form back with what the rules say now."""


@require_http_methods(["GET", "HEAD", "POST"])
@answers.refusing
def override(request: HttpRequest, number: str, shift_id: int) -> HttpResponse:
    order = order_or_404(request, number)
    shifts = models.Shift.objects.in_force().filter(crew__district=order.district)
    shift = get_object_or_404(shifts.select_related("crew"), pk=shift_id)
    if request.method == "POST":
        return _override(request, order, shift)
    start = None
    if "start" in request.GET:
        asked = StartForm(request.GET, district=order.district)
        if not asked.is_valid():
            raise Http404("There is no such start.")
        start = asked.cleaned_data["start"]
    return _page(request, order, shift, start)


def _override(request: HttpRequest, order: models.WorkOrder, shift: models.Shift) -> HttpResponse:
    form = OverrideForm(request.POST, district=order.district)
    if not form.is_valid():
        if answers.wants_json(request):
            return answers.refused(request, "no-override", "Nothing was overridden.", answers.first_error(form))
        # Nobody types what is hidden: without it there is nothing to show again.
        start = form.cleaned_data.get("start")
        return _page(request, order, shift, start, form=form, status=HTTPStatus.BAD_REQUEST)
    said = form.cleaned_data
    try:
        done = _decide(request, order, shift, said)
    except (*_ON_THE_PAGE, guards.ChangedMeanwhile) as refusal:
        if answers.wants_json(request):
            raise
        return _page(request, order, shift, said["start"], form=form, refusal=refusal, status=HTTPStatus.CONFLICT)
    how = " tentatively" if done.status == models.Assignment.Status.TENTATIVE else ""
    against = " and ".join(override_form.titles(done.override_rules))
    sentence = (
        f"{order.number} is approved{how} for {shift.crew.name} against {against}. The connected systems are told."
    )
    day = days.local_day(done.starts_at, order.district.zone)
    return answers.done(request, sentence, f"{order.get_absolute_url()}?day={day}", order=order.pk)


def _decide(
    request: HttpRequest, order: models.WorkOrder, shift: models.Shift, said: dict[str, Any]
) -> models.Assignment:
    day = days.local_day(said["start"], order.district.zone)
    with answers.about(next_steps.WantedCrew(order, day)):
        return overriding.override(
            order=order,
            shift=shift,
            starts_at=said["start"],
            rules=said["rule"],
            fingerprint=said["fingerprint"],
            code=said["code"],
            reason=said["reason"],
            tentative=said["tentative"],
            by=request.user,
            now=timezone.now(),
        )


def _page(
    request: HttpRequest,
    order: models.WorkOrder,
    shift: models.Shift,
    start: datetime | None,
    *,
    form: OverrideForm | None = None,
    refusal: refusals.Refusal | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The rules' present verdict with the form; typed input is kept, and the shown state is the one to confirm."""
    district = order.district
    day = asked_day(request)
    shift_day = days.local_day(start or shift.starts_at, district.zone)
    with answers.about(next_steps.WantedCrew(order, day or shift_day)):
        seen = overriding.look(order=order, shift=shift, starts_at=start, day=day, now=timezone.now())
    local = seen.starts_at.astimezone(district.zone).strftime(LOCAL)
    shown = {"start": seen.starts_at.isoformat(), "fingerprint": seen.fingerprint, "rule": list(seen.rules)}
    context: dict[str, Any] = {
        "district": district,
        "order": order,
        "status": states.of_order(order.status),
        "day_iso": days.local_day(seen.starts_at, district.zone).isoformat(),
        "proposal": override_form.proposal(seen, district.zone),
        "start_form": StartForm(initial={"start": local}, district=district),
        "hidden": OverrideForm(initial=shown, district=district),
        "form": form or OverrideForm(initial={"tentative": bool(seen.awaited)}, district=district),
        "refusal": refusal,
        "steps": next_steps.of(refusal, shown_at=request.path) if refusal else (),
        "who_may": override_form.who_may(district),
    }
    return render(request, "assignments/decisions/override.html", context, status=status)
