"""Decisions: each view finds the row among those the person may read, makes one domain call, and answers."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assignments import models
from assignments.forms.decisions import ReasonForm, RejectionForm
from assignments.presenters.shared import states, words
from assignments.queries import days
from assignments.services.decisions import approving, rejecting, revoking
from assignments.views import answers


@require_POST
@answers.refusing
def approve(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    suggestion = _suggestion(request, suggestion_id)
    tentative = request.POST.get("tentative") == "1" or suggestion.tentative
    with answers.about(suggestion):
        assignment = approving.approve(suggestion=suggestion, by=request.user, now=timezone.now(), tentative=tentative)
    how = " tentatively" if assignment.status == models.Assignment.Status.TENTATIVE else ""
    sentence = f"{suggestion.order.number} is approved{how} for {suggestion.crew_names}."
    return answers.done(request, sentence, order=suggestion.order_id)


@require_POST
@answers.refusing
def reject(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    suggestion = _suggestion(request, suggestion_id)
    form = RejectionForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, "no-reason", "The suggestion was not rejected.", answers.first_error(form))
    with answers.about(suggestion):
        rejecting.reject(suggestion=suggestion, by=request.user, now=timezone.now(), **form.cleaned_data)
    sentence = f"Rejected for {suggestion.order.number}: {suggestion.crew_names}. Later runs pass over this choice too."
    return answers.done(request, sentence, order=suggestion.order_id)


@require_POST
@answers.refusing
def take_back_rejection(request: HttpRequest, rejection_id: int) -> HttpResponse:
    readable = models.Rejection.objects.readable_by(request.user)
    rejection = get_object_or_404(readable.select_related("order__district"), pk=rejection_id)
    with answers.about(rejection):
        rejecting.take_back(rejection=rejection, by=request.user, now=timezone.now())
    sentence = f"{rejection.crew_names} may be offered for {rejection.order.number} again."
    return answers.done(request, sentence, order=rejection.order_id)


@require_POST
@answers.refusing
def undo(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    assignment = _assignment(request, assignment_id)
    with answers.about(assignment):
        revoking.undo(assignment=assignment, by=request.user, now=timezone.now())
    return _taken_back(request, assignment, "undone")


@require_http_methods(["GET", "POST"])
@answers.refusing
def revoke(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The form that asks why, or the revocation."""
    assignment = _assignment(request, assignment_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"reason": assignment.why_red})
    if form.is_valid():
        with answers.about(assignment):
            reason = form.cleaned_data["reason"]
            revoking.revoke(assignment=assignment, reason=reason, by=request.user, now=timezone.now())
        return _taken_back(request, assignment, "revoked")
    if form.is_bound and answers.wants_json(request):
        return answers.refused(request, "no-reason", "Nothing was revoked.", answers.first_error(form))
    district = assignment.order.district
    context = {
        "district": district,
        "assignment": assignment,
        "mark": states.of_assignment(assignment),
        "when": words.span(assignment.starts_at, assignment.ends_at, district.zone),
        "board": _board_of(assignment),
        "form": form,
        "section": "board",
    }
    status = HTTPStatus.BAD_REQUEST if form.is_bound else HTTPStatus.OK
    return render(request, "assignments/decisions/revoke.html", context, status=status)


def _taken_back(request: HttpRequest, assignment: models.Assignment, verb: str) -> HttpResponse:
    sentence = f"{assignment.order.number} by {assignment.crew_names} is {verb}. The connected systems are told."
    return answers.done(request, sentence, _board_of(assignment), order=assignment.order_id)


def _board_of(assignment: models.Assignment) -> str:
    district = assignment.order.district
    day = days.local_day(assignment.starts_at, district.zone)
    return reverse("assignments:board", args=[district.code]) + f"?day={day}#order-{assignment.order_id}"


def _assignment(request: HttpRequest, assignment_id: UUID) -> models.Assignment:
    readable = models.Assignment.objects.readable_by(request.user).leads().with_teams()
    assignment: models.Assignment = get_object_or_404(readable.select_related("order__district"), pk=assignment_id)
    return assignment


def _suggestion(request: HttpRequest, suggestion_id: int) -> models.Suggestion:
    readable = models.Suggestion.objects.readable_by(request.user)
    related = readable.with_teams().select_related("order__district", "shift", "run")
    suggestion: models.Suggestion = get_object_or_404(related, pk=suggestion_id)
    return suggestion
