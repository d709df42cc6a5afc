from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.records import refusals
from assignments.services.subscriptions import subscribing
from tests import factories
from tests.services.subscriptions.calls import causes, happens, send, states

pytestmark = pytest.mark.django_db

ADDRESS = "https://gis.lineup.example/hook?key=secret"


@pytest.fixture(autouse=True)
def _hosts(settings: Any) -> None:
    settings.WEBHOOK_HOSTS = ["gis.lineup.example", ".integrations.example"]


def subscribe(by: Any, now: Any, *districts: models.District, address: str = ADDRESS) -> models.Subscription:
    return subscribing.subscribe(
        name="GIS", address=address, kinds=["storm.changed", "order.changed"], districts=districts, by=by, now=now
    )


def audited(verb: str) -> models.AuditEntry:
    return models.AuditEntry.objects.get(verb=verb)


class TestSubscribing:
    def test_begins_with_itself(self, order, mara, now):
        happens(order, cause="before")

        made = subscribe(mara, now, order.district)
        happens(order, cause="after")

        assert (list(made.districts.all()), made.kinds) == ([order.district], ["order.changed", "storm.changed"])
        assert states() == [("after", "PENDING")]
        # What follows the host may be a secret.
        assert audited("subscription.made").after["host"] == "gis.lineup.example"

    def test_keeps_the_token_that_it_was_made_through(self, district, mara, now):
        token = factories.ApiTokenFactory(user=mara)

        assert subscribe(token.act(), now, district).token == token

    def test_is_for_managers_of_each_district(self, district, elsewhere, mara, vic, stella, now):
        for person, districts in ((vic, [district]), (stella, [district]), (mara, [district, elsewhere])):
            with pytest.raises(refusals.NotAManager):
                subscribe(person, now, *districts)

        assert not models.Subscription.objects.exists()

    @pytest.mark.parametrize(
        "address",
        ["https://evil.example/", "http://169.254.169.254/latest", "http://localhost/", "https://a@gis.lineup.example/",
         "https://gis.lineup.example.evil.example/", "ftp://gis.lineup.example/", "gis.lineup.example", "http://[::1",
         "https://gis.lineup.example/#x", "https://gis.lineup.example\\@evil.example/", "javascript:alert(1)", "//x"],
    )  # fmt: skip
    def test_sends_to_no_host_that_the_operator_has_not_named(self, district, mara, now, address):
        with pytest.raises(subscribing.AddressNotAllowed):
            subscribe(mara, now, district, address=address)

    def test_takes_names_below_a_domain(self, district, mara, now):
        assert subscribe(mara, now, district, address="https://a.integrations.example:8443/x").enabled

    def test_has_an_end(self, district, mara, now):
        for _ in range(subscribing.MOST):
            factories.SubscriptionFactory(user=mara)

        with pytest.raises(subscribing.TooManySubscriptions):
            subscribe(mara, now, district)


class TestEnding:
    def test_takes_what_waits_with_it(self, subscription, order, mara, now):
        happens(order)

        subscribing.end(subscription=subscription, by=mara, now=now)

        assert not models.OutgoingEvent.objects.exists()
        assert audited("subscription.ended").before["name"] == "GIS"

    def test_is_for_managers_and_for_administrators_in_person(self, subscription, vic, stella, admin_user, now):
        through_a_token = factories.ApiTokenFactory(user=type(vic).objects.get(pk=admin_user.pk)).act()
        for person in (vic, stella, through_a_token):
            with pytest.raises(refusals.NotAManager):
                subscribing.end(subscription=subscription, by=person, now=now)

        subscribing.end(subscription=subscription, by=admin_user, now=now)


class TestTrying:
    def test_sends_an_event_that_says_nothing(self, subscription, mara, system, now):
        sent = subscribing.test(subscription=subscription, by=mara, now=now)
        send()

        [asked] = system.asked
        assert (asked.body["type"], asked.body["id"]) == ("lineup.test", str(sent.event_id))
        assert asked.body["data"] == {"subscription": "GIS", "by": "Mara Lindqvist"}

    def test_tries_one_that_is_away_at_once(self, subscription, mara, system, now):
        models.Subscription.objects.update(is_away=True, failures=9, resumes_at=now + timedelta(minutes=5))

        subscribing.test(subscription=subscription, by=mara, now=now)
        send()

        assert len(system.asked) == 1

    def test_is_refused_of_one_that_is_off(self, subscription, mara, now):
        subscription.enabled = False

        with pytest.raises(subscribing.SubscriptionOff):
            subscribing.test(subscription=subscription, by=mara, now=now)


def test_starting_from_now_leaves_out_what_waits(subscription, order, mara, system, now):
    happens(order, cause="before")

    assert subscribing.start_from_now(subscription=subscription, by=mara, now=now) == 1
    happens(order, cause="after")
    send()

    assert causes(system) == ["after"]
    assert audited("subscription.started-from-now").after["left_out"] == 1
