"""Notes on orders and crews and shift notes of districts: writing one, and taking one's own back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assignments import models
from assignments.forms.notes import NoteForm
from assignments.services import notes
from assignments.views import answers
from assignments.views.board import district_or_404

_NOTHING = "No note was written."


@require_POST
@answers.refusing
def write(request: HttpRequest, code: str) -> HttpResponse:
    """About an order or a crew of the district where the form names one, else about the district."""
    district = district_or_404(request, code)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, "no-note", _NOTHING, answers.first_error(form))
    about, page = _subject(district, form.cleaned_data["order"], form.cleaned_data["crew"])
    note = notes.write(about=about, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    sentence = "The shift note was written." if note.district_id else "The note was written."
    return answers.done(request, sentence, page, note=note.pk)


@require_POST
@answers.refusing
def take_back(request: HttpRequest, note_id: int) -> HttpResponse:
    note = get_object_or_404(models.Note.objects.readable_by(request.user).with_subjects(), pk=note_id)
    notes.take_back(note=note, by=request.user, now=timezone.now())
    page = note.order.get_absolute_url() if note.order else reverse("assignments:today", args=[note.of_district.code])
    return answers.done(request, "The note was taken back; the audit keeps what it said.", page, note=note.pk)


def _subject(
    district: models.District, number: str, crew_id: int | None
) -> tuple[models.WorkOrder | models.Crew | models.District, str]:
    """The subject of the note, and the page that shows it; a crew is named on the page of an order."""
    today = reverse("assignments:today", args=[district.code])
    order = get_object_or_404(models.WorkOrder, number=number, district=district) if number else None
    page = order.get_absolute_url() if order else today
    if crew_id:
        return get_object_or_404(models.Crew, pk=crew_id, district=district), page
    return order or district, page
