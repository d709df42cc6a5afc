"""Effects of a change of rules on a district as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from assignments import models


@dataclass(frozen=True, slots=True)
class Effect:
    suggestions: int
    """Open ones, which are out of date under other rules."""
    more_urgent: int
    less_urgent: int
    """Open orders whose priority class changes."""


def effect_of(district: models.District, rules: models.RuleSet) -> Effect:
    """Effects of these rules in the district, by three queries."""
    then = models.WorkOrder.objects.filter(district=district).open().workable().with_urgency_under(rules, "then")
    orders = then.with_urgency([district])
    return Effect(
        suggestions=models.Suggestion.objects.proposed().filter(crew__district=district).count(),
        more_urgent=orders.filter(then__lt=F("urgency")).count(),
        less_urgent=orders.filter(then__gt=F("urgency")).count(),
    )
