"""A person's saved views of a board: save, rename, delete, and the one that opens with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.forms import filters
from assignments.presenters.board import filtering
from assignments.queries import days
from assignments.services import saving_views
from assignments.views import answers
from assignments.views.board import district_or_404
from notifications.services import positions


@require_GET
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The views of the person in the district, with what each filters."""
    stream_cursor = positions.current_cursor()
    district, now = district_or_404(request, code), timezone.now()
    day = days.day_to_assign(district, now)
    found = list(models.SavedView.objects.of(request.user).filter(district=district))
    said = filters.told([view.query for view in found], district=district, day=day, now=now)
    context = {
        "stream_cursor": stream_cursor,
        "district": district,
        "section": "board",
        "views": list(zip(found, said, strict=True)),
    }
    return render(request, "assignments/board/saved_views.html", context)


@require_POST
@answers.refusing
def save(request: HttpRequest, code: str) -> HttpResponse:
    district, now = district_or_404(request, code), timezone.now()
    asked = QueryDict(request.POST.get("query", ""))
    # Only what the board would filter by, in its own words.
    narrowed = filters.BoardFilter(asked, district=district, day=days.day_to_assign(district, now), now=now)
    view = saving_views.save(
        district=district,
        name=request.POST.get("name", ""),
        query=filtering.query(narrowed.chosen),
        is_default=request.POST.get("default") == "1",
        by=request.user,
        now=now,
    )
    return answers.done(request, f"The view {view.name} is saved.", _page_of(view))


@require_POST
@answers.refusing
def rename(request: HttpRequest, view_id: int) -> HttpResponse:
    view = _own_or_404(request, view_id)
    saving_views.rename(view=view, name=request.POST.get("name", ""), by=request.user, now=timezone.now())
    return answers.done(request, f"The view is called {view.name} now.", _page_of(view))


@require_POST
@answers.refusing
def default(request: HttpRequest, view_id: int) -> HttpResponse:
    view, now = _own_or_404(request, view_id), timezone.now()
    if request.POST.get("default") == "1":
        saving_views.set_default(view=view, by=request.user, now=now)
        sentence = f"The board of {view.district.name} opens with {view.name}."
    else:
        saving_views.unset_default(district=view.district, by=request.user, now=now)
        sentence = f"The board of {view.district.name} opens with all its orders."
    return answers.done(request, sentence, _page_of(view))


@require_POST
@answers.refusing
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    view = _own_or_404(request, view_id)
    page = _page_of(view)
    saving_views.delete(view=view, by=request.user, now=timezone.now())
    return answers.done(request, f"The view {view.name} is deleted.", page)


def _own_or_404(request: HttpRequest, view_id: int) -> models.SavedView:
    """The view, unless it does not exist, is another person's, or lies where the person may not read any more."""
    own = models.SavedView.objects.of(request.user).select_related("district")
    view: models.SavedView = get_object_or_404(own, pk=view_id)
    return view


def _page_of(view: models.SavedView) -> str:
    return reverse("assignments:saved-views", args=[view.district.code])
