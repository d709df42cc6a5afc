"""Orders, districts and crews of a target's book, found by the references that it knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from assignments import models
from assignments.downstream import outbound
from assignments.queries import chunks

Kind = models.Difference.Kind
Entry = outbound.BookedMessage


class Names:
    """References of one target, as rows here."""

    def __init__(self, target: models.DownstreamSystem) -> None:
        self._sources = [target.pk, *target.understands.values_list("pk", flat=True)]

    def difference(
        self, kind: str, lead: models.Assignment, told: Mapping[str, Any] | None, entry: Entry | None
    ) -> models.Difference:
        """Of a booking that Lineup made."""
        shown = {key: told.get(key) for key in _SHOWN} if told else None
        return models.Difference(
            kind=kind, district_id=lead.order.district_id, order=lead.order, assignment=lead, told=shown,
            theirs=_plain(entry), crews=lead.crew_names[:300],
        )  # fmt: skip

    def foreign(self, entries: Sequence[Entry]) -> list[models.Difference]:
        """Of bookings that Lineup did not make; with their order where it is known here."""
        orders = self._orders({one.order for one in entries})
        return [
            models.Difference(
                kind=Kind.FOREIGN, district_id=order.district_id if order else None, order=order, theirs=_plain(entry)
            )
            for entry in entries
            for order in [orders.get(entry.order)]
        ]

    def fill(self, differences: Iterable[models.Difference]) -> None:
        """Names the crews that the target names."""
        found = [one for one in differences if one.theirs]
        crews = self._crews({name for one in found for name in crews_of(one.theirs)})
        for one in found:
            names = (crews[name].name if name in crews else name for name in crews_of(one.theirs))
            one.their_crews = " + ".join(names)[:300]

    def crew_ids(self, booking: Mapping[str, Any] | None) -> set[int]:
        """Crews of a booking of the target's book, as far as they are known here."""
        return {crew.pk for crew in self._crews(set(crews_of(booking))).values()}

    def _crews(self, references: Collection[str]) -> dict[str, models.Crew]:
        found: dict[str, models.Crew] = {}
        for part in chunks.chunked(references):
            by_id = Q(pk__in=[name for name in part if name.isdecimal() and len(name) <= 18])
            theirs = Q(source__in=self._sources, source_reference__in=part)
            for crew in models.Crew.objects.filter(by_id | theirs):
                known = crew.source_id in self._sources
                found[crew.source_reference if known else str(crew.pk)] = crew
        return found

    def _orders(self, references: Collection[str]) -> dict[str, models.WorkOrder]:
        found: dict[str, models.WorkOrder] = {}
        for part in chunks.chunked(references):
            theirs = Q(source__in=self._sources, source_reference__in=part)
            for order in models.WorkOrder.objects.filter(theirs | Q(number__in=part)).order_by("pk"):
                known = order.source_id in self._sources
                found.setdefault(order.source_reference if known else order.number, order)
        return found


_SHOWN = ("order", "part", "crew", "further_crews", "period", "tentative")


def _plain(entry: Entry | None) -> dict[str, Any] | None:
    return entry.model_dump(mode="json") if entry else None


def crews_of(booking: Mapping[str, Any] | None) -> list[str]:
    """References of the crews, as the target names them."""
    return [booking["crew"], *booking["further_crews"]] if booking else []
