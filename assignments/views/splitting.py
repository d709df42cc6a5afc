"""Work cut into parts by hand, and put together again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assignments import models
from assignments.forms.splitting import SplitForm
from assignments.presenters.review import parts
from assignments.presenters.shared import words
from assignments.queries import order_parts
from assignments.services.inputs import splitting
from assignments.services.records import refusals
from assignments.views import answers
from assignments.views.review import order_or_404

_HALF_HOUR = 30


@require_http_methods(["GET", "POST"])
@answers.refusing
def split(request: HttpRequest, number: str) -> HttpResponse:
    """The parts that work would be cut into, or the cut."""
    order = order_or_404(request, number)
    if request.method == "GET":
        asked = request.GET if "longest" in request.GET else {"longest": f"{_usual(order) / 60:.1f}"}
        return _page(request, order, SplitForm(asked))
    form = SplitForm(request.POST)
    if not form.is_valid():
        return _page(request, order, form, status=HTTPStatus.BAD_REQUEST)
    splitting.split(order=order, longest_minutes=form.cleaned_data["minutes"], by=request.user, now=timezone.now())
    count = words.count(order.parts_in_all, "part")
    return answers.done(request, f"{number} is cut into {count}.", order.get_absolute_url(), order=order.pk)


@require_POST
@answers.refusing
def put_together(request: HttpRequest, number: str) -> HttpResponse:
    order = order_or_404(request, number)
    splitting.put_together(order=order, by=request.user, now=timezone.now())
    return answers.done(request, f"{number} is whole again.", order.get_absolute_url(), order=order.pk)


def _usual(order: models.WorkOrder) -> int:
    """Minutes of the longest part of the district, or of two parts where all of the work would fit into one."""
    longest = order_parts.order_parts(order, timezone.now()).longest_part or order.duration_minutes
    half = -(-(order.duration_minutes + order.set_up_minutes) // (2 * _HALF_HOUR)) * _HALF_HOUR
    return longest if longest < order.duration_minutes else half


def _page(request: HttpRequest, order: models.WorkOrder, form: SplitForm, *, status: int = 200) -> HttpResponse:
    refusal, lengths = None, []
    if form.is_valid():
        try:
            lengths = splitting.proposed(order, form.cleaned_data["minutes"])
        except refusals.Refusal as refused:
            refusal = refused
    context: dict[str, Any] = {
        "district": order.district,
        "order": order,
        "work": words.length(order.duration_minutes),
        "terms": parts.terms(order),
        "form": form,
        "refusal": refusal or form.errors,
        "lengths": [
            {"work": words.length(one.work), "set_up": words.length(one.set_up) if one.set_up else ""}
            for one in lengths
        ],
    }
    return render(request, "assignments/decisions/split.html", context, status=status)
