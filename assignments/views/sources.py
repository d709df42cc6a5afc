"""Sources: reading everything of one again, and ending what its list no longer has."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assignments import models
from assignments.services.following import rereading
from assignments.views import answers
from assignments.views.board import district_or_404


@require_POST
@answers.refusing
def read_again(request: HttpRequest, code: str, system: str) -> HttpResponse:
    district, source = district_or_404(request, code), get_object_or_404(models.DownstreamSystem, code=system)
    rereading.read_again(system=source, by=request.user, now=timezone.now(), district=district)
    return _done(request, district, f"Everything of {source} is read again.")


@require_POST
@answers.refusing
def close_missing(request: HttpRequest, code: str, system: str) -> HttpResponse:
    district, source = district_or_404(request, code), get_object_or_404(models.DownstreamSystem, code=system)
    rereading.close_missing(system=source, by=request.user, now=timezone.now(), district=district)
    return _done(request, district, f"What {source} no longer lists is ended here as well.")


def _done(request: HttpRequest, district: models.District, sentence: str) -> HttpResponse:
    return answers.done(request, sentence, default=reverse("assignments:board", args=[district.code]))
