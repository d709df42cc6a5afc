"""The storm of a district: what it changes, declared and ended."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments.forms.decisions import ReasonForm
from assignments.presenters.overview import storm
from assignments.queries import storms
from assignments.services import storming
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    # Before every other query: what commits later than this is streamed.
    stream_cursor = positions.current_cursor()
    district = district_or_404(request, code)
    rules = district.storm.rule_set if district.storm else district.storm_rule_set
    then = district.rule_set if district.storm else district.storm_rule_set
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "rules": rules,
        "differences": storm.all_differences(district.rule_set, rules) if rules else (),
        "effect": storms.effect_of(district, then) if then else None,
        "past": storm.past(district),
        "section": "storm",
    }
    return render(request, "assignments/overview/storm.html", context)


@require_POST
@answers.refusing
def declare(request: HttpRequest, code: str) -> HttpResponse:
    district = district_or_404(request, code)
    storming.declare(district=district, reason=_reason(request), by=request.user, now=timezone.now())
    sentence = f"Storm rules are in force in {district.name}. Press Suggest to plan under them."
    return answers.done(request, sentence, reverse("assignments:board", args=[district.code]))


@require_POST
@answers.refusing
def end(request: HttpRequest, code: str) -> HttpResponse:
    district = district_or_404(request, code)
    storming.end(district=district, reason=_reason(request), by=request.user, now=timezone.now())
    sentence = f"The normal rules are in force in {district.name} again. Press Suggest to plan under them."
    return answers.done(request, sentence, reverse("assignments:board", args=[district.code]))


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""
