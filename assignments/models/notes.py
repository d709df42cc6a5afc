"""Notes that people leave for each other on an order, on a crew, or for the next shift of a district."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.workforce import Crew


class NoteQuerySet(models.QuerySet["Note"]):
    def readable_by(self, user: Any) -> NoteQuerySet:
        """As what they are about: an order takes its notes along to another district."""
        return self._within(District.objects.readable_by(user))

    def of_district(self, **district: Any) -> NoteQuerySet:
        """About the district itself, its orders and its crews; the district by any of its columns."""
        return self._within(District.objects.filter(**district))

    def held(self) -> NoteQuerySet:
        """Not taken back."""
        return self.filter(taken_back_at__isnull=True)

    def with_subjects(self) -> NoteQuerySet:
        """With what they are about, its district, and their authors, in one query."""
        return self.select_related("written_by", "order__district", "crew__district", "district")

    def _within(self, districts: models.QuerySet[District]) -> NoteQuerySet:
        found = districts.values("pk")
        return self.filter(Q(district__in=found) | Q(order__district__in=found) | Q(crew__district__in=found))


class Note(models.Model):
    """A few sentences by one person about one order, one crew, or one district, for its next shift."""

    class About(models.TextChoices):
        ORDER = "ORDER", "Order"
        CREW = "CREW", "Crew"
        DISTRICT = "DISTRICT", "Next shift"

    LONGEST = 1000
    FOR_A_SHIFT = timedelta(hours=48)
    """A shift note stands on *Today* for so long."""
    OF_A_CREW = timedelta(days=14)
    """A note on a crew stands beside the crew for so long."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    district = models.ForeignKey(District, on_delete=models.CASCADE, null=True, blank=True, related_name="notes")
    text = models.CharField(max_length=LONGEST)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    """Shown to nobody any more; the audit keeps what it said."""

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=False, crew__isnull=True, district__isnull=True)
                | Q(order__isnull=True, crew__isnull=False, district__isnull=True)
                | Q(order__isnull=True, crew__isnull=True, district__isnull=False),
                name="note_is_about_one_thing",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.written_by} on {self.subject}"

    @property
    def about(self) -> About:
        if self.order_id:
            return self.About.ORDER
        return self.About.CREW if self.crew_id else self.About.DISTRICT

    @property
    def subject(self) -> WorkOrder | Crew | District:
        return self.order or self.crew or self.district  # type: ignore[return-value]  # note_is_about_one_thing

    @property
    def of_district(self) -> District:
        """The one whose people read it."""
        subject = self.subject
        return subject if isinstance(subject, District) else subject.district

    @property
    def is_held(self) -> bool:
        return self.taken_back_at is None

    @property
    def shown_until(self) -> datetime | None:
        """When it has stood long enough; None for a note on an order, which stays as long as the order."""
        shown_for = {self.About.DISTRICT: self.FOR_A_SHIFT, self.About.CREW: self.OF_A_CREW}.get(self.about)
        return self.written_at + shown_for if shown_for else None
