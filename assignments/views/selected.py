"""Deciding about several selected rows of a board at once: the summary, and the beginning."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.forms.selecting import SelectedActForm, SelectionForm
from assignments.presenters.board import rows, selected
from assignments.presenters.shared import pages
from assignments.queries import days, work_queue
from assignments.services.batches import batching
from assignments.views import answers
from assignments.views.batches import SECONDS_OF_A_SCRIPT
from assignments.views.board import asked_day, district_or_404
from notifications.services import database_clock

_NOTHING = "Nothing was decided."


@require_GET
def summary(request: HttpRequest, code: str) -> HttpResponse:
    """The orders that the act would be about, those that it leaves alone, and what it still has to know."""
    now = timezone.now()
    district = district_or_404(request, code)
    day = asked_day(request) or days.day_to_assign(district, now)
    form = SelectionForm(request.GET, district=district)
    if not form.is_valid():
        return answers.refused(request, "nothing-chosen", _NOTHING, answers.first_error(form))
    act, orders = form.cleaned_data["act"], form.in_sequence
    found = rows.rows(orders, day=day, run=work_queue.latest_run(district, day), now=now)
    context = {
        "district": district,
        "day": pages.day_switch(district, day, now),
        "act": act,
        "wording": selected.WORDING[act],
        "lines": selected.lines(found, act),
        "form": SelectedActForm(initial={"act": act}, district=district),
        "board": _board(request, district, day),
        "section": "board",
    }
    return render(request, "assignments/decisions/selected.html", context)


@require_POST
@answers.refusing
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begins with what was ticked; the page of the batch goes on with the rest."""
    district, now = district_or_404(request, code), database_clock.now()
    form = SelectedActForm(request.POST, district=district)
    if not form.is_valid():
        return answers.refused(request, "nothing-chosen", _NOTHING, answers.first_error(form))
    batch = batching.start_with_selected(
        act=form.asked, district=district, day=form.cleaned_data["day"], chosen=form.chosen, by=request.user, now=now
    )
    batching.go_on(batch=batch, by=request.user, now=now, seconds=SECONDS_OF_A_SCRIPT)
    return answers.SeeOther(reverse("assignments:batch", args=[batch.pk]))


def _board(request: HttpRequest, district: models.District, day: date) -> str:
    """Address of the board as it was when the rows were selected."""
    path = reverse("assignments:board", args=[district.code])
    came_from = request.GET.get("next", "")
    return came_from if came_from.startswith(f"{path}?") else f"{path}?day={day}"
