"""Bookings of a target's book that stand where others should: they must be taken away before these can be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from assignments import models
from assignments.downstream import messages
from assignments.services.reconciling import naming

Kind = models.Difference.Kind


def among(differences: Iterable[models.Difference]) -> list[models.Difference]:
    """Differences whose booking stands in the way of another one's, and was not taken away yet."""
    differences = list(differences)
    wanted: dict[tuple[int, str], list[tuple[int, messages.Period]]] = defaultdict(list)
    for one in differences:
        if one.kind != Kind.LEFT_OVER:
            for place in _places(one, one.told):
                wanted[place].append((one.pk, _period(one.told)))
    return [
        one
        for one in differences
        if one.kind == Kind.OTHER and one.cleared_by_id is None and _is_in_the_way(one, wanted)
    ]


def _is_in_the_way(one: models.Difference, wanted: Mapping[tuple[int, str], list[tuple[int, messages.Period]]]) -> bool:
    stands = _period(one.theirs)
    return any(
        other != one.pk and period.start < stands.end and stands.start < period.end
        for place in _places(one, one.theirs)
        for other, period in wanted.get(place, ())
    )


def _places(one: models.Difference, booking: Mapping[str, Any] | None) -> list[tuple[int, str]]:
    return [(one.comparison_id, crew) for crew in naming.crews_of(booking)]


def _period(booking: Mapping[str, Any] | None) -> messages.Period:
    return messages.Period.model_validate((booking or {})["period"])
