"""Batches of approvals: what one would do, going on with it, what became of it, taking it back, and recent ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.forms.decisions import BulkForm, ReasonForm
from assignments.forms.filters import BoardFilter
from assignments.presenters.board import batches, bulk, filtering
from assignments.presenters.shared import pages
from assignments.queries import batch_rows, bulk_choice, days, work_queue
from assignments.services.batches import batching
from assignments.views import answers
from assignments.views.board import asked_day, district_or_404
from notifications.services import database_clock

SECONDS = 4.0
"""Of one request, which a person waits for."""
SECONDS_OF_A_SCRIPT = 0.7
"""The same where a script asks again and again, and shows how far it has come."""


@require_GET
def summary(request: HttpRequest, code: str) -> HttpResponse:
    """Confirmation page of "approve all in plan without warnings", for the orders the board shows."""
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    narrowed = BoardFilter(request.GET, district=district, day=day, now=now)
    approvable = work_queue.bulk_approvable(district, day, narrowed.qs)
    found = list(approvable[: batching.MOST])
    context = {
        "district": district,
        "day": pages.day_switch(district, day, now),
        "bar": filtering.bar(narrowed.chosen, day.isoformat()),
        "lines": bulk.lines(found, zone=district.zone, day=day),
        "sums": bulk.sums(found),
        # Counted where there may be more: nearly always there is not.
        "more": approvable.count() - len(found) if len(found) == batching.MOST else 0,
        "open": bulk.left_open(bulk_choice.left_open(district, day, narrowed.qs)),
        "section": "board",
    }
    return render(request, "assignments/decisions/bulk_approve.html", context)


@require_POST
@answers.refusing
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begins with the ticked suggestions of the summary; the page of the batch goes on with the rest."""
    district, now = district_or_404(request, code), database_clock.now()
    form = BulkForm(request.POST, district=district)
    if not form.is_valid():
        return answers.refused(request, "nothing-chosen", "Nothing was approved.", answers.first_error(form))
    day, chosen = form.cleaned_data["day"], form.cleaned_data["suggestion"]
    batch = batching.start(district=district, day=day, suggestions=chosen, by=request.user, now=now)
    batching.go_on(batch=batch, by=request.user, now=now, seconds=SECONDS_OF_A_SCRIPT)
    return answers.SeeOther(_url(batch))


@require_GET
def show(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    now = timezone.now()
    batch = _batch(request, batch_id)
    context = {
        "district": batch.district,
        "day_iso": batch.day.isoformat(),
        "batch": batches.head(batch, reader=request.user, now=now),
        "parts": batches.parts(batch_rows.items(batch), batch),
        "section": "board",
    }
    return render(request, "assignments/decisions/batch.html", context)


@require_POST
@answers.refusing
def go_on(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    batch = _batch(request, batch_id)
    seconds = SECONDS_OF_A_SCRIPT if answers.wants_json(request) else SECONDS
    batching.go_on(batch=batch, by=request.user, now=database_clock.now(), seconds=seconds)
    if not answers.wants_json(request):
        return answers.SeeOther(_url(batch))
    progress = batches.progress(_batch(request, batch_id))
    if progress is None:
        return answers.done(request, "", left=0)
    return answers.done(request, progress.said, left=progress.left, done=progress.done, way=progress.way)


@require_POST
@answers.refusing
def take_back(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Undo all, or with a reason revoke all."""
    batch, now = _batch(request, batch_id), database_clock.now()
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    with answers.about(batch):
        batching.take_back(batch=batch, reason=reason, by=request.user, now=now)
    batching.go_on(batch=batch, by=request.user, now=now, seconds=SECONDS_OF_A_SCRIPT)
    return answers.SeeOther(_url(batch))


@require_GET
def recent(request: HttpRequest, code: str) -> HttpResponse:
    """The manager's own batches, and what they approved one by one a moment ago."""
    now = timezone.now()
    district = district_or_404(request, code)
    context = {
        "district": district,
        "batches": [
            batches.head(one, reader=request.user, now=now) for one in batch_rows.recent(district, request.user, now)
        ],
        "singles": batches.singles(batch_rows.just_approved(district, request.user, now), district, now),
        "section": "board",
    }
    return render(request, "assignments/decisions/recent.html", context)


def _batch(request: HttpRequest, batch_id: UUID) -> Any:
    """With its counts."""
    readable = batch_rows.with_counts(models.Batch.objects.readable_by(request.user))
    return get_object_or_404(readable, pk=batch_id)


def _url(batch: models.Batch) -> str:
    return reverse("assignments:batch", args=[batch.pk])
