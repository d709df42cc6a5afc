"""Destinations of a person from any page."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.models import districts
from assignments.queries import workers


def memberships(user: Any) -> list[models.Membership]:
    """The person's districts with the role in each, in order of the districts' codes.

    Read on the way, because every page says it: whether a worker runs (`workers.of`).
    """
    found = models.Membership.objects.filter(user=user, district__in=models.District.objects.readable_by(user))
    return list(
        found.select_related(*districts.with_rules("district")).annotate(**workers.beside()).order_by("district__code")
    )
