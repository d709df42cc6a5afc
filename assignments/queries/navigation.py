"""Destinations of a person from any page."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.models import districts


def memberships(user: Any) -> list[models.Membership]:
    """The person's districts with the role in each, in order of the districts' codes."""
    found = models.Membership.objects.filter(user=user, district__in=models.District.objects.readable_by(user))
    return list(found.select_related(*districts.with_rules("district")).order_by("district__code"))
