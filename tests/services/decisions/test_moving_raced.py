from __future__ import annotations

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, moving
from tests import factories
from tests.factories import at
from tests.racing import at_once


def on_shift(district, name) -> models.Crew:
    crew = factories.CrewFactory(district=district, name=name)
    factories.ShiftFactory(crew=crew)
    return crew


@pytest.mark.django_db(transaction=True)
def test_one_of_two_moves_is_done_and_the_other_told_who(suggestion, mara, jonas, now):
    assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
    places = [on_shift(assignment.order.district, name) for name in ("Line 2", "Line 3")]
    version = models.WorkOrder.objects.get(pk=assignment.order_id).version

    def move(crew, by):
        return moving.move(assignment=assignment, crew=crew, starts_at=at("10:00"), version=version, by=by, now=now)

    outcomes = at_once(
        lambda: move(places[0], mara),
        lambda: move(places[1], jonas),
    )

    [winner] = [one for one in outcomes if isinstance(one, models.Assignment)]
    [loser] = [one for one in outcomes if isinstance(one, guards.AssignmentNotLive)]
    assert winner.approved_by.get_full_name() in loser.sentence
    assert models.Assignment.objects.live().count() == 1
