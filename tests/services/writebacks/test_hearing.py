"""Each target hears of what is its own, in its own references."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.services.writebacks import hearing
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def maximo(district) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="maximo", kind="WORK")


@pytest.fixture
def sap(district) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="sap", kind="WORK", hears="OWN")


@pytest.fixture
def order(district, maximo) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="W-1", source=maximo, source_reference="MX-99")


def codes(order: models.WorkOrder) -> list[str]:
    return [target.code for target in hearing.targets_of(order)]


class TestTargets:
    def test_one_of_two_systems_of_a_kind_hears_of_its_own_alone(self, maximo, sap, order, district):
        own = factories.OrderFactory(district=district, source=sap, source_reference="4500")

        assert codes(order) == ["maximo"]
        assert codes(own) == ["maximo", "sap"]

    def test_districts_may_be_chosen(self, maximo, order, district, elsewhere):
        maximo.hears_of.set([elsewhere])
        assert codes(order) == []

        maximo.hears_of.add(district)
        assert codes(order) == ["maximo"]

    def test_sources_that_are_told_nothing(self, maximo, order):
        models.DownstreamSystem.objects.update(is_target=False)

        assert codes(order) == []


class TestReferences:
    def test_of_itself_and_of_what_it_understands(self, maximo, sap, order, district):
        crew = factories.CrewFactory(district=district, source=sap, source_reference="C-7")
        own, others = hearing.References([maximo, sap]).of(maximo), hearing.References([sap]).of(sap)
        assert (own.order(order), own.crew(crew)) == ("MX-99", str(crew.pk))
        assert (others.order(order), others.crew(crew)) == ("W-1", "C-7")

        maximo.understands.add(sap)

        assert hearing.References([maximo]).of(maximo).crew(crew) == "C-7"
