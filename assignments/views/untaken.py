"""Decisions that a system has not taken and that need a person: retried, corrected, or written off."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignments import models
from assignments.forms.correcting import CorrectionForm
from assignments.forms.decisions import ReasonForm, UntakenForm
from assignments.presenters.registers import write_backs
from assignments.presenters.shared import words
from assignments.queries import deliveries
from assignments.services.records import refusals
from assignments.services.writebacks import correcting, retrying, writing_off
from assignments.views import answers
from assignments.views.board import district_or_404


@require_GET
def show(request: HttpRequest, code: str, target: str = "") -> HttpResponse:
    """All that needs a person, of one system or of all, to be ticked."""
    district = district_or_404(request, code)
    system = get_object_or_404(models.DownstreamSystem, code=target) if target else None
    found = deliveries.dead_of(district, system)
    rows = list(found[: retrying.MOST])
    context = {
        "district": district,
        "target": system,
        "total": found.count(),
        "rows": write_backs.rows(rows, district=district, now=timezone.now()),
        "disabled": sorted({one.target.name for one in rows if not one.target.enabled}),
        "section": "write-backs",
    }
    return render(request, "assignments/registers/untaken.html", context)


@require_POST
@answers.refusing
def retry(request: HttpRequest, code: str, target: str = "") -> HttpResponse:
    district = district_or_404(request, code)
    system = get_object_or_404(models.DownstreamSystem, code=target) if target else None
    form = _ticked(request, district, system)
    if not form.is_valid():
        return answers.refused(request, "nothing-chosen", "Nothing was retried.", answers.first_error(form))
    ids = [row.pk for row in form.cleaned_data["write_back"]]
    outcome = retrying.retry_dead(district=district, target=system, ids=ids, by=request.user, now=timezone.now())
    return _answer(request, district, outcome, f"{_counted(outcome.done, system)} sent again")


@require_POST
@answers.refusing
def write_off(request: HttpRequest, code: str) -> HttpResponse:
    district = district_or_404(request, code)
    form, why = _ticked(request, district, None), ReasonForm(request.POST)
    for one in (form, why):
        if not one.is_valid():
            return answers.refused(request, "nothing-chosen", "Nothing was written off.", answers.first_error(one))
    ids = [row.pk for row in form.cleaned_data["write_back"]]
    reason = why.cleaned_data["reason"]
    outcome = writing_off.write_off(district=district, ids=ids, reason=reason, by=request.user, now=timezone.now())
    return _answer(request, district, outcome, f"{_counted(outcome.done)} written off")


@require_http_methods(["GET", "POST"])
@answers.refusing
def correct(request: HttpRequest, write_back_id: int) -> HttpResponse:
    """The message and its answer with the form that corrects it, or the correction."""
    readable = deliveries.with_details(models.WriteBack.objects.readable_by(request.user))
    related = readable.select_related("order__district", "assignment__order__district")
    row = get_object_or_404(related, pk=write_back_id)
    if request.method == "GET":
        return _page(request, row, CorrectionForm(write_back=row))
    form = CorrectionForm(request.POST, write_back=row)
    if not form.is_valid():
        return _page(request, row, form, status=HTTPStatus.BAD_REQUEST)
    given = form.cleaned_data
    try:
        correcting.correct(
            write_back=row, changes=form.changes, seen=given["seen"], reason=given["reason"], by=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except correcting.NotCorrectable as refusal:
        if answers.wants_json(request):
            raise
        return _page(request, row, form, refusal=refusal, status=HTTPStatus.CONFLICT)
    sentence = f"{row.target.name} is told of {row.about.number} again, as you corrected it."
    return answers.done(request, sentence, _register(row.about.district), order=row.order_pk)


def _ticked(request: HttpRequest, district: models.District, system: models.DownstreamSystem | None) -> UntakenForm:
    among = models.WriteBack.objects.about(district=district)
    return UntakenForm(request.POST, among=among.filter(target=system) if system else among)


def _answer(request: HttpRequest, district: models.District, outcome: retrying.Outcome, did: str) -> HttpResponse:
    left = [write_backs.still(one) for one in outcome.left]
    if left and not answers.wants_json(request):
        messages.warning(request, f"Left alone: {' '.join(left)}")
    return answers.done(request, f"{did}: {write_backs.named(outcome.done)}.", _register(district), left=left)


def _counted(rows: Sequence[models.WriteBack], system: models.DownstreamSystem | None = None) -> str:
    return f"{words.count(len(rows), 'message')}{f' to {system}' if system else ''}"


def _register(district: models.District) -> str:
    return reverse("assignments:write-backs", args=[district.code])


def _page(
    request: HttpRequest,
    row: models.WriteBack,
    form: CorrectionForm,
    *,
    refusal: refusals.Refusal | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    district = row.about.district
    [shown] = write_backs.rows([row], district=district, now=timezone.now())
    context = {
        "district": district,
        "row": shown,
        "form": form,
        "refusal": refusal,
        "zone": district.time_zone,
        "section": "write-backs",
    }
    return render(request, "assignments/registers/write_back.html", context, status=status)
