"""Write-backs that need a person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from assignments import models
from assignments.services import delivering
from assignments.views import answers


@require_POST
@answers.refusing
def retry(request: HttpRequest, write_back_id: int) -> HttpResponse:
    readable = models.WriteBack.objects.readable_by(request.user)
    write_back = get_object_or_404(readable.select_related("target", "assignment__order__district"), pk=write_back_id)
    delivering.retry(write_back=write_back, by=request.user, now=timezone.now())
    sentence = f"{write_back.target.name} is told again."
    return answers.done(request, sentence, order=write_back.assignment.order_id)
