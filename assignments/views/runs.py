"""Suggestion runs: start one, look at one, keep its plan as it is, cancel one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.forms.decisions import RunForm
from assignments.models import districts
from assignments.presenters.board import runs
from assignments.presenters.shared import pages
from assignments.queries import run_lines
from assignments.services.records import events
from assignments.services.runs import keeping, running, waiving
from assignments.views import answers
from notifications.services import positions

STARTED = "Planning with what is known; the systems are read beside it."


@require_POST
@answers.refusing
def start(request: HttpRequest) -> HttpResponse:
    form = RunForm(request.POST, user=request.user)
    if not form.is_valid():
        raise Http404("No such district or day.")
    district, day = form.cleaned_data["district"], form.cleaned_data["day"]
    run, joined = running.request_run(district=district, day=day, by=request.user, now=timezone.now())
    sentence = "A run is already under way; you have joined it." if joined else STARTED
    board = reverse("assignments:board", args=[district.code]) + f"?day={day.isoformat()}"
    links = {"url": reverse("assignments:run", args=[run.pk])}
    return answers.done(request, sentence, default=board, run=str(run.pk), joined=joined, **links)


@require_GET
def show(request: HttpRequest, run_id: UUID) -> HttpResponse:
    stream_cursor = positions.current_cursor()
    run = _readable_run(request, run_id)
    if answers.wants_json(request):
        return JsonResponse(events.run_state(run))
    now = timezone.now()
    context: dict[str, Any] = {
        "stream_cursor": stream_cursor,
        "district": run.district,
        "day": pages.day_switch(run.district, run.day, now),
        "run": runs.panel(run, zone=run.district.zone, now=now),
    }
    return render(request, "assignments/board/run.html", context)


@require_POST
@answers.refusing
def keep(request: HttpRequest, run_id: UUID) -> HttpResponse:
    keeping.keep_plan(run=_readable_run(request, run_id), by=request.user, now=timezone.now())
    return answers.done(request, "The run ends with the best plan that it has.")


@require_POST
@answers.refusing
def go_on(request: HttpRequest, run_id: UUID) -> HttpResponse:
    waiving.go_on(run=_readable_run(request, run_id), by=request.user, now=timezone.now())
    return answers.done(request, "The run goes on with what is known.")


@require_POST
@answers.refusing
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = _readable_run(request, run_id)
    running.cancel_run(run=run, by=request.user, now=timezone.now())
    return answers.done(request, "The run was cancelled.")


def _readable_run(request: HttpRequest, run_id: UUID) -> models.SuggestionRun:
    readable = models.SuggestionRun.objects.readable_by(request.user)
    ruled = readable.select_related(*districts.with_rules("district"), "requested_by")
    run: models.SuggestionRun = get_object_or_404(run_lines.with_lines(ruled), pk=run_id)
    return run
