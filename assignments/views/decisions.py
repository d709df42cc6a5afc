"""Decisions: each view finds the row among those the person may read, makes one domain call, and answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from assignments import models
from assignments.forms.decisions import BulkForm, ReasonForm
from assignments.presenters import words
from assignments.services import approving, revoking
from assignments.views import answers

_UNDONE_ON_THE_BOARD = "Undone on the board"


@require_POST
@answers.refusing
def approve(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    suggestion = _suggestion(request, suggestion_id)
    tentative = request.POST.get("tentative") == "1" or suggestion.tentative
    assignment = approving.approve(suggestion=suggestion, by=request.user, now=timezone.now(), tentative=tentative)
    how = " tentatively" if assignment.status == models.Assignment.Status.TENTATIVE else ""
    sentence = f"{suggestion.order.number} is approved{how} for {suggestion.crew_names}."
    return answers.done(request, sentence, order=suggestion.order_id)


@require_POST
@answers.refusing
def approve_many(request: HttpRequest) -> HttpResponse:
    form = BulkForm(request.POST, user=request.user)
    if not form.is_valid():
        return answers.refused(request, "nothing-chosen", "Nothing was approved.", answers.first_error(form))
    chosen = list(form.cleaned_data["suggestion"])
    outcome = approving.approve_many(suggestions=chosen, by=request.user, now=timezone.now())
    sentences = [f"{suggestion.order.number} was not approved. {said.sentence}" for suggestion, said in outcome.refused]
    if not outcome.approved:
        _, first = outcome.refused[0]
        why = list(dict.fromkeys(refusal.sentence for _, refusal in outcome.refused))
        return answers.refused(request, first.code, " ".join(["No order was approved.", *why]), first.next_step)
    if not answers.wants_json(request):
        for sentence in sentences:
            messages.warning(request, sentence)
    return answers.done(request, f"{words.count(len(outcome.approved), 'order')} approved.", refused=sentences)


@require_POST
@answers.refusing
def reject(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    suggestion = _suggestion(request, suggestion_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, "no-reason", "The suggestion was not rejected.", answers.first_error(form))
    approving.reject(suggestion=suggestion, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    sentence = f"{suggestion.crew_names} is rejected for {suggestion.order.number}."
    return answers.done(request, sentence, order=suggestion.order_id)


@require_POST
@answers.refusing
def revoke(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    readable = models.Assignment.objects.readable_by(request.user).leads().with_teams()
    assignment = get_object_or_404(readable.select_related("order__district"), pk=assignment_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else _UNDONE_ON_THE_BOARD
    revoking.revoke(assignment=assignment, reason=reason, by=request.user, now=timezone.now())
    sentence = f"{assignment.order.number} by {assignment.crew_names} is undone. The downstream systems are told."
    return answers.done(request, sentence, order=assignment.order_id)


def _suggestion(request: HttpRequest, suggestion_id: int) -> models.Suggestion:
    readable = models.Suggestion.objects.readable_by(request.user)
    related = readable.with_teams().select_related("order__district", "shift", "run")
    suggestion: models.Suggestion = get_object_or_404(related, pk=suggestion_id)
    return suggestion
