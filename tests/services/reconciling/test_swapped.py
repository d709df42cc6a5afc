"""Two crews that have changed places in a book which takes no two bookings of a crew at a time."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.reconciling import repairing
from tests import factories
from tests.downstream.conftest import Answer, Asked, ScriptedSystem
from tests.services.reconciling.workforce import SOON, compare, work
from tests.services.writebacks.books import OwnBook

pytestmark = pytest.mark.django_db
SHOWN = ("assignment", "order", "crew", "further_crews", "period", "tentative")


@pytest.fixture
def book(served: ScriptedSystem) -> OwnBook:
    own = OwnBook()

    def respond(asked: Asked) -> Answer:
        if asked.method == "POST":
            return own.take(asked)
        items = [{name: entry[name] for name in SHOWN} for entry in own.entries.values()]
        return Answer(200, {"items": items, "next": None})

    served.respond = respond
    return own


@pytest.fixture
def target(served: ScriptedSystem, book: OwnBook) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="workforce", base_url=served.url, timeout_seconds=60)


@pytest.fixture
def crews(district: models.District, book: OwnBook) -> list[models.Crew]:
    return [factories.CrewFactory(district=district, name=f"Line {n}") for n in (1, 2, 3)]


def turn(book: OwnBook, told: list[models.Assignment], places: list[int], crews: list[models.Crew]) -> None:
    """Behind Lineup's back: each booking is with another crew."""
    for one, place in zip(told, places, strict=True):
        entry = book.entries[str(one.pk)]
        book.entries[str(one.pk)] = {**entry, "crew": str(crews[place].pk)}


@pytest.mark.parametrize("places", [[1, 0, 2], [1, 2, 0], [2, 0, 1]])
def test_they_change_back_and_nothing_is_refused(
    target: Any, told: list[models.Assignment], crews: Any, book: OwnBook, mara: Any, district: Any, places: list[int]
) -> None:
    ours = book.book()
    turn(book, told, places, crews)
    assert book.book() != ours

    repairing.ask(comparison=compare(target, mara), district=district, by=mara, now=SOON)
    while repairing.go_on(now=SOON):
        work(SOON)
    work(SOON)

    assert (book.book(), book.refused) == (ours, [])
    assert not models.WriteBack.objects.filter(status="DEAD").exists()
    assert set(models.Assignment.objects.values_list("status", flat=True)) == {"CONFIRMED"}
    assert not models.Difference.objects.open().exists()


def test_all_is_told_in_order_when_it_is_sent_at_once(
    target: Any, told: list[models.Assignment], crews: Any, book: OwnBook, mara: Any, district: Any
) -> None:
    ours = book.book()
    turn(book, told, [1, 0, 2], crews)
    repairing.ask(comparison=compare(target, mara), district=district, by=mara, now=SOON)

    assert [repairing.go_on(now=SOON) for _ in range(3)] == [2, 2, 0]
    work(SOON)

    assert models.WriteBack.objects.filter(action="REVOKE", status="ACKNOWLEDGED").count() == 2
    assert (book.book(), book.refused) == (ours, [])
