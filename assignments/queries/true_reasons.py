"""Reasons of suggestions that hang on other work, kept only while that work is there."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef

from assignments import models

_SAME_FEEDER = "same-feeder"


def pruned(suggestions: Sequence[models.Suggestion]) -> Sequence[models.Suggestion]:
    """The same suggestions, not to be saved, without the reason that the crew works on the feeder already where it does
    no longer; by one query, or none where nothing says so.
    """
    said = [one for one in suggestions if any(reason["code"] == _SAME_FEEDER for reason in one.reasons)]
    if said:
        on_shift = models.Assignment.objects.live().filter(
            crew=OuterRef("crew"), departs_at__lt=OuterRef("shift__ends_at"), ends_at__gt=OuterRef("shift__starts_at")
        )
        there = on_shift.filter(order__feeder=OuterRef("order__feeder")).exclude(order=OuterRef("order"))
        rows = models.Suggestion.objects.filter(Exists(there), pk__in=[one.pk for one in said])
        true = set(rows.order_by().values_list(F("pk"), flat=True))
        for one in said:
            if one.pk not in true:
                one.reasons = [reason for reason in one.reasons if reason["code"] != _SAME_FEEDER]
    return suggestions
