"""Routing of decisions: the targets that hear of an order, and the references that each of them knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from assignments import models

Hears = models.DownstreamSystem.Hears


def targets_of(order: models.WorkOrder) -> list[models.DownstreamSystem]:
    """Targets that hear of decisions about the order, the disabled ones too; in order of their ids."""
    of_districts = models.DownstreamSystem.hears_of.through.objects.filter(downstreamsystem=OuterRef("pk"))
    everywhere = ~Exists(of_districts)
    here = Exists(of_districts.filter(district=order.district_id))
    own = Q(hears=Hears.ALL) | Q(pk=order.whole.source_id)
    targets = models.DownstreamSystem.objects.filter(own, is_target=True).filter(everywhere | here)
    return list(targets.order_by("pk"))


def hears(target: models.DownstreamSystem, order: models.WorkOrder) -> bool:
    """The same of one target, whose `hears_of` are prefetched."""
    districts = {district.pk for district in target.hears_of.all()}
    is_its_own = target.hears == Hears.ALL or order.whole.source_id == target.pk
    return is_its_own and (not districts or order.district_id in districts)


@dataclass(frozen=True, slots=True)
class ReferencesOf:
    """Words of one target for orders and crews."""

    sources: frozenset[int]
    """Ids of the systems whose references it knows, its own among them."""

    def order(self, order: models.WorkOrder) -> str:
        return order.source_reference if order.source_id in self.sources else order.number

    def crew(self, crew: models.Crew) -> str:
        return crew.source_reference if crew.source_id in self.sources else str(crew.pk)


class References:
    """Words of several targets, by one query."""

    def __init__(self, targets: Sequence[models.DownstreamSystem]) -> None:
        knows = models.DownstreamSystem.understands.through.objects.filter(from_downstreamsystem__in=targets)
        self._sources: dict[int, set[int]] = {target.pk: {target.pk} for target in targets}
        for target, source in knows.values_list("from_downstreamsystem", "to_downstreamsystem"):
            self._sources[target].add(source)

    def of(self, target: models.DownstreamSystem) -> ReferencesOf:
        return ReferencesOf(frozenset(self._sources[target.pk]))
