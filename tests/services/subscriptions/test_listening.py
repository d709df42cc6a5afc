"""A subscription hears as its user and token may read at that moment, and never of more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from assignments import models
from assignments.services.decisions import approving, pinning
from assignments.services.records import events, outgoing
from assignments.services.subscriptions import posting
from notifications.services import event_log
from tests import factories
from tests.factories import NOW
from tests.services.subscriptions.calls import claim, happens, states

pytestmark = pytest.mark.django_db


def heard() -> list[tuple[str, str]]:
    return list(models.OutgoingEvent.objects.order_by("pk").values_list("subscription__name", "subject"))


@pytest.fixture
def token(mara: Any, subscription: models.Subscription) -> models.ApiToken:
    """The subscription was made through it."""
    made: models.ApiToken = factories.ApiTokenFactory(user=mara)
    models.Subscription.objects.update(token=made)
    return made


def test_a_decision_is_heard_of_in_its_transaction(subscription, suggestion, mara, now):
    assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
    pinning.pin(assignment=assignment, by=mara, now=now)

    assert [cause for cause, _ in states()] == ["assignment.approved", "assignment.pinned"]
    assert heard() == [("GIS", "WO-1")] * 2


def test_what_is_rolled_back_never_was(subscription, order, now):
    with transaction.atomic():
        events.order_changed(orders=[order], cause="assignment.approved", now=now)
        transaction.set_rollback(True)

    assert heard() == []


def test_of_its_kinds_and_districts_alone(subscription, order, elsewhere, mara, now):
    factories.MembershipFactory(user=mara, district=elsewhere)
    happens(order, factories.OrderFactory(district=elsewhere, number="WO-9"))
    with transaction.atomic():
        events.storm_changed(district=elsewhere, now=now)
        events.storm_changed(district=order.district, now=now)
    assert heard() == [("GIS", "WO-1")]

    models.Subscription.objects.update(kinds=["storm.changed"])
    with transaction.atomic():
        events.storm_changed(district=order.district, now=now)
    happens(order)

    assert heard() == [("GIS", "WO-1"), ("GIS", str(order.district_id))]


def test_a_run_is_heard_of_once(subscription, district, now):
    models.Subscription.objects.update(kinds=["run.changed"])

    with transaction.atomic():
        events.run_changed(run=factories.SuggestionRunFactory(district=district), now=now)

    assert len(heard()) == 1


def test_each_subscription_hears_of_the_same_event(subscription, order, vic, district):
    factories.SubscriptionFactory(user=vic, name="Vics").districts.set([district])

    happens(order)

    assert heard() == [("GIS", "WO-1"), ("Vics", "WO-1")]
    assert models.OutgoingEvent.objects.values("event_id").distinct().count() == 1


def test_nobody_is_asked_for_twice(order, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        entry = event_log.LogEntry(
            events.ORDER_CHANGED, events.district_channel(order.district_id),
            {"order": 1, "number": "WO-1", "district": order.district_id, "status": "READY", "cause": "x"},
        )  # fmt: skip
        outgoing.tell(entries=[entry, entry], now=NOW, traces={})


def lose_role(one: models.Subscription) -> None:
    models.Membership.objects.all().delete()


def deactivate(one: models.Subscription) -> None:
    type(one.user).objects.update(is_active=False)


def switch_off(one: models.Subscription) -> None:
    models.Subscription.objects.update(enabled=False)


def choose_none(one: models.Subscription) -> None:
    one.districts.clear()


def revoke(one: models.Subscription) -> None:
    models.ApiToken.objects.update(revoked_at=NOW)


def expire(one: models.Subscription) -> None:
    models.ApiToken.objects.update(expires_at=NOW)


def narrow(one: models.Subscription) -> None:
    models.ApiToken.objects.update(is_narrowed=True)


LOSSES = [lose_role, deactivate, switch_off, choose_none, revoke, expire, narrow]


@pytest.mark.parametrize("loses", LOSSES)
def test_without_a_right_nothing_is_kept_for_it(subscription, token, order, loses):
    loses(subscription)

    happens(order)

    assert heard() == []


@pytest.mark.parametrize("loses", LOSSES)
def test_a_right_that_is_lost_ends_what_waits(subscription, token, order, loses):
    happens(order)
    loses(subscription)

    assert claim() == []
    # A subscription that is switched off keeps its events until they are too old.
    assert posting.drop(now=NOW) == (0 if loses is switch_off else 1)


def test_a_token_for_some_districts_leaves_these(subscription, token, order, district):
    models.ApiToken.objects.update(is_narrowed=True, expires_at=NOW + timedelta(minutes=1))
    token.districts.set([district])

    happens(order)

    assert len(claim()) == 1


def test_a_stranger_hears_nothing_whatever_was_chosen(subscription, order, stella):
    models.Subscription.objects.update(user=stella)

    happens(order)

    assert heard() == []
