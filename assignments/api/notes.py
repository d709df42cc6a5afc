"""Notes on orders and crews, and shift notes of districts: read, written, and taken back by their authors."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from assignments import models
from assignments.api import acting, base, parameters, reading, serializers
from assignments.services import notes

About = models.Note.About
_SUBJECTS = ("order", "crew", "district")


class NoteFilter(django_filters.FilterSet):
    district = django_filters.CharFilter(
        method="by_district", label="Code of a district: of its shift notes, and of notes on its orders and crews."
    )
    order = django_filters.CharFilter("order__number", label="Number of a work order.")
    crew = parameters.NumberFilter("crew", label="Id of a crew.")
    about = django_filters.ChoiceFilter(method="by_subject", choices=About.choices)
    is_held = django_filters.BooleanFilter(
        "taken_back_at", "isnull", label="Those that are shown, or that were taken back."
    )
    id = parameters.ids()

    class Meta:
        model = models.Note
        fields = ("district", "order", "crew")

    def by_district(self, rows: Any, name: str, value: str) -> Any:
        return rows.of_district(code=value)

    def by_subject(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(**{f"{value.lower()}__isnull": False})


class NoteSerializer(rest.ModelSerializer[models.Note]):
    about = rest.ChoiceField(About.choices, help_text="What it is about: `DISTRICT` is a note for its next shift.")
    district = rest.CharField(source="of_district.code", help_text="Code of the district whose people read it.")
    order: Any = rest.SlugRelatedField("number", read_only=True, allow_null=True)
    text = rest.SerializerMethodField(help_text="Empty once it was taken back; the audit keeps what it said.")
    written_by = serializers.PersonField()

    class Meta:
        model = models.Note
        fields = ("id", "about", "district", "order", "crew", "text", "written_by", "written_at", "taken_back_at")

    def get_text(self, note: models.Note) -> str:
        return note.text if note.is_held else ""


class NoteGiven(rest.Serializer[Any]):
    text = rest.CharField(max_length=models.Note.LONGEST, help_text="Line breaks are kept; it is text, not markup.")
    order = rest.CharField(required=False, max_length=100, help_text="Number of the order that it is about, or")
    crew = rest.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="id of the crew, or")
    district = rest.CharField(required=False, max_length=40, help_text="code of the district, for its next shift.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in _SUBJECTS) != 1:
            raise rest.ValidationError("A note is about one thing: give an order, a crew or a district.")
        return attrs


def readable(user: Any) -> QuerySet[Any]:
    return models.Note.objects.readable_by(user).with_subjects()


def _subject(user: Any, asked: dict[str, Any]) -> models.WorkOrder | models.Crew | models.District:
    """The subject of the note. Raises NotFound where the user may not read it."""
    mine = models.District.objects.readable_by(user)
    found: Any
    if "order" in asked:
        found = models.WorkOrder.objects.filter(district__in=mine, number=asked["order"]).first()
    elif "crew" in asked:
        found = models.Crew.objects.filter(district__in=mine, pk=asked["crew"]).first()
    else:
        found = mine.filter(code=asked["district"]).first()
    if found is None:
        raise exceptions.NotFound("Nothing like that is in a district of yours.")
    return found  # type: ignore[no-any-return]


@reading.documented("notes_list", NoteSerializer(many=True))
@acting.acts(
    "notes_create", request=NoteGiven, parameters=[acting.LOCATION],
    responses={201: NoteSerializer, **acting.DECIDED},
)  # fmt: skip
class Notes(acting.Act, base.Listing):
    """Notes in your districts, the newest first. A new one is shown at once to everybody who has its page open."""

    serializer_class = NoteSerializer
    filterset_class = NoteFilter

    def get_queryset(self) -> QuerySet[Any]:
        return readable(self.request.user)

    def act(self, request: Request, **address: Any) -> Response:
        asked = acting.accepted(NoteGiven, request)
        about = _subject(request.user, asked)
        note = notes.write(about=about, text=asked["text"], by=request.user, now=timezone.now())
        where = reverse("api:note", args=[note.pk])
        return Response(NoteSerializer(note).data, status=status.HTTP_201_CREATED, headers={"Location": where})


@reading.documented("notes_retrieve", NoteSerializer)
class NoteFile(base.File):
    """One note, also when it was taken back."""

    serializer_class = NoteSerializer
    parameter = "note_id"
    guard = models.Note, "pk"

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        return readable(user)


@acting.acts("notes_take_back", request=None, responses={200: NoteSerializer, **acting.DECIDED})
class NoteTakeBack(acting.Act):
    """Takes your own note back; the audit keeps what it said."""

    about = NoteFile

    def act(self, request: Request, *, note_id: int) -> Response:
        note: models.Note = get_object_or_404(readable(request.user), pk=note_id)
        return Response(NoteSerializer(notes.take_back(note=note, by=request.user, now=timezone.now())).data)
