"""Work that needs several crews at once, and teams suggested for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from assignments import models
from assignments.services.snapshots import snapshotting
from tests import factories


class OrderPartFactory(DjangoModelFactory[models.OrderPart]):
    """A traffic crew of one person who holds TRAFFIC, beside the lead crew."""

    class Meta:
        model = models.OrderPart
        skip_postgeneration_save = True

    order = factory.SubFactory(factories.OrderFactory)
    number = 1
    title = "traffic crew"

    @factory.post_generation
    def needs(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        factories.OrderNeedFactory(
            order=self.order, part=self.number, qualification=factories.QualificationFactory(code="TRAFFIC")
        )


class FurtherCrewFactory(DjangoModelFactory[models.FurtherCrew]):
    class Meta:
        model = models.FurtherCrew

    suggestion = factory.SubFactory(factories.SuggestionFactory)
    part = 1
    shift = factory.SubFactory(factories.ShiftFactory)
    crew = factory.LazyAttribute(lambda c: c.shift.crew)
    travel_minutes = 20
    departs_at = factory.LazyAttribute(lambda c: c.suggestion.starts_at - timedelta(minutes=c.travel_minutes))


def suggested_team(
    *, order: models.WorkOrder, shift: models.Shift, beside: list[models.Shift], **fields: Any
) -> models.Suggestion:
    """A proposal of several crews, with the fingerprint of the rows as they are."""
    fields["fingerprint"] = snapshotting.fingerprint_of(order=order, shift=shift, beside=beside, now=factories.NOW)
    team = "-".join(str(one.pk) for one in beside)
    suggestion: models.Suggestion = factories.SuggestionFactory(order=order, shift=shift, team=team, **fields)
    for part, one in enumerate(beside, start=1):
        FurtherCrewFactory(suggestion=suggestion, part=part, shift=one)
    return suggestion


def team_order(district: models.District, number: str, **fields: Any) -> models.WorkOrder:
    """An hour of line work that needs a traffic crew beside it."""
    order: models.WorkOrder = factories.OrderFactory(district=district, number=number, **fields)
    OrderPartFactory(order=order)
    return order


def traffic_crew(district: models.District, name: str = "Traffic 1") -> models.Crew:
    """One person who holds TRAFFIC."""
    crew: models.Crew = factories.CrewFactory(
        district=district, name=name, staff__members=1, staff__qualified=("TRAFFIC",)
    )
    return crew
