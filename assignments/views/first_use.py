"""Starting pages: home, the checklist of an installation, and the people to ask."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from assignments import models
from assignments.presenters.overview import first_use
from assignments.queries import installation
from assignments.services.records import refusals


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """For administrators; raises PermissionDenied for everybody else."""
    if not request.user.is_staff:
        raise PermissionDenied("The set-up of Lineup is for administrators.")
    readable = set(models.District.objects.readable_by(request.user).values_list("code", flat=True))
    steps = first_use.steps(installation.look(), person=request.user, readable=readable)
    context = {"steps": steps, "done": sum(step.is_done for step in steps), "readable": readable, "section": "setup"}
    return render(request, "assignments/overview/first_use.html", context)


def without_district(request: HttpRequest) -> HttpResponse:
    """For somebody who is a member of none."""
    people = [refusals.person(one) for one in installation.administrators()]
    return render(request, "assignments/overview/no_district.html", {"administrators": people})
