"""A system that is asked for one district after another may fail for one of them and be current for the others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.queries import sources as shown
from notifications.models import Event
from tests import factories
from tests.downstream.conftest import Answer
from tests.factories import NOW
from tests.services.following.calls import Sources, again, follow, followed

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def south(district: models.District) -> models.District:
    """Asked for after the north."""
    return factories.DistrictFactory(code="SOUTH")


def permits(district: models.District) -> shown.SourceState:
    return next(one for one in shown.states(district) if one.code == "permits")


def test_the_others_are_read_and_stay_live(sources: Sources, district: models.District, south: models.District) -> None:
    follow()
    sources["permits"].before = lambda asked: Answer(503) if asked.query["district"] == "NORTH" else None

    again(LATER)

    north, other = permits(district), permits(south)
    assert (north.as_of, north.detail, north.is_late(LATER)) == (NOW, "answered 503", True)
    assert (other.as_of, other.detail, other.is_late(LATER)) == (LATER, "", False)
    told = {event.data["district"]: event.data for event in Event.objects.filter(type="source.read", created_at=LATER)
            if event.data["system"] == "permits"}  # fmt: skip
    assert (told[district.pk]["detail"], told[south.pk]["detail"]) == ("answered 503", "")
    assert told[district.pk]["as_of"] < told[south.pk]["as_of"]


def test_a_district_is_as_old_as_the_oldest_of_its_collections(sources: Sources, south: models.District) -> None:
    follow()
    sources["permits"].before = lambda asked: (
        Answer(503) if asked.query["district"] == "NORTH" or asked.path == "/api/outages" else None
    )

    again(LATER)

    assert (permits(south).as_of, permits(south).detail) == (NOW, "answered 503")


def test_a_system_that_fails_for_several_is_not_asked_for_all(sources: Sources, south: models.District) -> None:
    for number in range(9):
        factories.DistrictFactory(code=f"WEST-{number}")
    sources["work"].before = lambda asked: Answer(503)

    follow()

    assert followed("work").detail == "answered 503"
    assert len({asked.query["district"] for asked in sources["work"].http.asked}) == 3
