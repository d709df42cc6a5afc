"""Several managers at the same moment."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.services import emergencies
from assignments.services.decisions import guards
from assignments.services.records import refusals
from tests import factories
from tests.racing import at_once
from tests.services.emergencies.conftest import give

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_two_who_accept_wins_and_the_other_is_told_who(planned, order, mara, jonas, now, district):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 2"))
    found = emergencies.choices(order=order, now=now)
    first, second = found.offers[0], found.offers[1]

    outcomes = at_once(*(accepting(order, offer, who, now) for offer, who in ((first, mara), (second, jonas))))

    winners = [one for one in outcomes if isinstance(one, emergencies.Accepted)]
    losers = [one for one in outcomes if isinstance(one, guards.OrderTaken)]
    assert (len(winners), len(losers)) == (1, 1)
    assert winners[0].assignment.approved_by.get_full_name() in losers[0].sentence
    assert models.Assignment.objects.live().filter(order=order).count() == 1


def test_two_emergencies_that_want_the_same_room_do_not_both_get_it(planned, order, mara, jonas, now, district):
    rival = factories.OrderFactory(district=district, number="WO-8", priority=0, latitude=41.9, longitude=-88.3)
    give(planned.shift, "WO-2", "08:00")
    seen = [emergencies.choices(order=one, now=now).offers[0] for one in (order, rival)]

    outcomes = at_once(accepting(order, seen[0], mara, now), accepting(rival, seen[1], jonas, now))

    assert sum(isinstance(one, emergencies.Accepted) for one in outcomes) == 1
    assert sum(isinstance(one, refusals.Refusal) for one in outcomes) == 1


def accepting(order, offer, who, now):
    own = models.WorkOrder.objects.select_related("district").get(pk=order.pk)
    return lambda: emergencies.accept(
        order=own, shift_id=offer.choice.shift_id, fingerprint=offer.fingerprint, by=who, now=now
    )
