"""Moving and pinning one assignment: by form, and for the schedule's script as JSON."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assignments import models
from assignments.forms.moving import LOCAL, MoveForm
from assignments.presenters.shared import next_steps, states, words
from assignments.queries import days
from assignments.services.decisions import guards, moving, pinning
from assignments.views import answers
from assignments.views.schedule import assignment_or_404


@require_http_methods(["GET", "POST"])
@answers.refusing
def move(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The form, or the move; a move that the rules refuse brings the form back with what they say."""
    assignment = assignment_or_404(request, assignment_id)
    order, zone = assignment.order, assignment.order.district.zone
    if request.method == "GET":
        with answers.about(assignment):
            moving.refuse_unless_movable(assignment)
        initial = {
            "crew": assignment.crew,
            "start": assignment.starts_at.astimezone(zone).strftime(LOCAL),
            "version": order.version,
            "tentative": assignment.status == models.Assignment.Status.TENTATIVE,
        }
        return _form(request, assignment, MoveForm(initial=initial, district=order.district))
    form = MoveForm(request.POST, district=order.district)
    if not form.is_valid():
        if answers.wants_json(request):
            return answers.refused(request, "no-place", "Nothing was moved.", answers.first_error(form))
        return _form(request, assignment, form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _moved(request, assignment, form)
    except (guards.RulesBroken, guards.OnlyTentative) as refusal:
        if answers.wants_json(request):
            raise
        return _form(request, assignment, form, refusal=refusal, status=HTTPStatus.CONFLICT)


def _moved(request: HttpRequest, assignment: models.Assignment, form: MoveForm) -> HttpResponse:
    place, zone = form.cleaned_data, assignment.order.district.zone
    with answers.about(assignment):
        new = moving.move(
            assignment=assignment,
            crew=place["crew"],
            starts_at=place["start"],
            version=place["version"],
            tentative=place["tentative"],
            by=request.user,
            now=timezone.now(),
        )
    day = days.local_day(new.starts_at, zone)
    how = " tentatively" if new.status == models.Assignment.Status.TENTATIVE else ""
    at = words.moment(new.starts_at, zone).text
    sentence = f"{new.order.number} is moved{how} to {new.crew.name}, {at}. The connected systems are told."
    schedule = reverse("assignments:schedule", args=[new.order.district.code])
    back = [asdict(_way_back(assignment, new))] if answers.wants_json(request) else []
    return answers.done(request, sentence, f"{schedule}?day={day}", order=new.order_id, steps=back)


def _way_back(before: models.Assignment, new: models.Assignment) -> next_steps.NextStep:
    """One press that moves it back to where it was; the rules are asked as for any other move."""
    version = models.WorkOrder.objects.values_list("version", flat=True).get(pk=new.order_id)
    fields = {"crew": str(before.crew_id), "start": before.starts_at.isoformat(), "version": str(version)}
    if before.status == models.Assignment.Status.TENTATIVE:
        fields["tentative"] = "1"
    url = reverse("assignments:assignment-move", args=[new.pk])
    return next_steps.NextStep("Undo the move", url, is_post=True, fields=fields)


@require_POST
@answers.refusing
def pin(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = assignment_or_404(request, assignment_id)
    with answers.about(assignment):
        pinning.pin(assignment=assignment, by=request.user, now=timezone.now())
    sentence = f"{assignment.order.number} is pinned to {assignment.crew.name}."
    return answers.done(request, sentence, order=assignment.order_id)


@require_POST
@answers.refusing
def unpin(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = assignment_or_404(request, assignment_id)
    with answers.about(assignment):
        pinning.unpin(assignment=assignment, by=request.user, now=timezone.now())
    sentence = f"{assignment.order.number} may be moved again."
    return answers.done(request, sentence, order=assignment.order_id)


def _form(
    request: HttpRequest, assignment: models.Assignment, form: MoveForm, *, refusal: Any = None, status: int = 200
) -> HttpResponse:
    zone = assignment.order.district.zone
    day = days.local_day(assignment.starts_at, zone)
    context = {
        "district": assignment.order.district,
        "order": assignment.order,
        "assignment": assignment,
        "mark": states.of_assignment(assignment),
        "when": words.span(assignment.starts_at, assignment.ends_at, zone),
        "day_iso": day.isoformat(),
        "zone": assignment.order.district.time_zone,
        "form": form,
        "refusal": refusal,
        "steps": next_steps.of(refusal, shown_at=request.path) if refusal else (),
    }
    return render(request, "assignments/decisions/move.html", context, status=status)
