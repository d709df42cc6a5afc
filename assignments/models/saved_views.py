from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from assignments.models.districts import District


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, user: Any) -> SavedViewQuerySet:
        """Views of the user, in districts that the user may still read."""
        return self.filter(person=user, district__in=District.objects.readable_by(user))


class SavedView(models.Model):
    """A set of a board's filters that a person has given a name."""

    NAME_LENGTH = 40

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(max_length=2000)
    """The filters as in the address of the board, in the sequence of its filter."""
    is_default = models.BooleanField(default=False)
    """The district's board opens with it."""
    created_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint("person", "district", Lower("name"), name="saved_view_has_a_name_of_its_own"),
            models.UniqueConstraint(
                fields=["person", "district"], condition=Q(is_default=True), name="one_default_view_of_a_board"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
            models.CheckConstraint(condition=~Q(query=""), name="saved_view_filters_something"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.person}"
