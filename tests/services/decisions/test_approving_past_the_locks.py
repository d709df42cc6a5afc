"""A writer that takes no lock slips in between the checks and the insert: the database refuses, the manager is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models.signals import pre_save

from assignments import models
from assignments.services.decisions import approving, guards
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def slips_in() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Has a rival write once, at the moment in which the approval is about to insert its assignment."""
    rivals: list[Callable[[], Any]] = []

    def write(**_: Any) -> None:
        if rivals:
            rivals.pop()()

    pre_save.connect(write, sender=models.Assignment)
    yield rivals.append
    pre_save.disconnect(write, sender=models.Assignment)


def test_of_the_same_crew_is_refused_in_words(suggestion, mara, now, slips_in):
    slips_in(lambda: factories.AssignmentFactory(shift=suggestion.shift, starts_at=at("08:30")))

    with pytest.raises(guards.RulesBroken, match="Line 1 is taken at that time"):
        approving.approve(suggestion=suggestion, by=mara, now=now)

    suggestion.refresh_from_db()
    assert suggestion.status == "PROPOSED"
    assert not models.Assignment.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_of_the_same_order_names_who_was_first(suggestion, mara, jonas, now, slips_in):
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district, name="Line 2"))

    def approves_past_the_services() -> None:
        factories.AssignmentFactory(order=suggestion.order, shift=shift, approved_by=jonas)
        connections.close_all()

    def on_a_connection_of_its_own() -> None:
        thread = threading.Thread(target=approves_past_the_services)
        thread.start()
        thread.join(timeout=30)

    slips_in(on_a_connection_of_its_own)

    with pytest.raises(guards.OrderTaken, match="Jonas Okafor assigned Line 2 to WO-1"):
        approving.approve(suggestion=suggestion, by=mara, now=now)


def test_of_something_else_is_no_refusal(suggestion, mara, now, slips_in):
    def breaks_another_constraint() -> None:
        factories.AssignmentFactory(starts_at=at("08:00"), ends_at=at("07:00"))

    slips_in(breaks_another_constraint)

    with pytest.raises(IntegrityError, match="assignment_ends_after_it_starts"):
        approving.approve(suggestion=suggestion, by=mara, now=now)
