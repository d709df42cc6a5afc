"""Events on their way: signed, in order about one subject, and no business of anybody else's."""

from __future__ import annotations

import base64
from datetime import timedelta

import jsonschema_rs
import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from assignments import models
from assignments.downstream import schemas, tracing
from assignments.services.subscriptions import posting, subscribing
from notifications.models import Event, Notification
from tests import factories
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.factories import NOW
from tests.services.subscriptions.calls import WORKER, causes, claim, happens, send, states

pytestmark = pytest.mark.django_db

SECRET = f"whsec_{base64.b64encode(b'g' * 32).decode()}"
MARAS = tracing.Trace("4bf92f3577b34da6a3ce929d0e0e4736", is_sampled=True)


@pytest.fixture(autouse=True)
def _answers(system: ScriptedSystem) -> None:
    system.respond = lambda asked: Answer(204, raw=b"")


def test_a_receiver_of_the_standards_reads_it(subscription, order, system: ScriptedSystem, monkeypatch):
    monkeypatch.setenv("LINEUP_SECRET_GIS", SECRET)
    models.Subscription.objects.update(signing_env="LINEUP_SECRET_GIS")
    with tracing.within(MARAS):
        happens(order)

    send()

    [asked] = system.asked
    [row] = models.OutgoingEvent.objects.all()
    assert (asked.path, asked.query) == ("/hook", {"key": "1"})
    Webhook(SECRET).verify(asked.raw, {name: asked.headers[name] for name in asked.headers if "webhook" in name})
    jsonschema_rs.validate(schemas.documents()["event"], asked.body)
    event = from_http_event(HTTPMessage(headers=asked.headers, body=asked.raw))
    assert asked.headers["content-type"] == "application/cloudevents+json"
    assert (event.get_specversion(), event.get_type(), event.get_subject()) == ("1.0", "lineup.order.changed", "WO-1")
    assert (event.get_source(), event.get_time()) == ("urn:lineup:district:NORTH", NOW)
    assert event.get_id() == asked.headers["webhook-id"] == str(row.event_id)
    assert event.get_data() == Event.objects.get(type="order.changed").data
    assert tracing.read(asked.headers["traceparent"]) == MARAS
    assert (row.status, row.settled_at) == ("DELIVERED", NOW)


def test_one_made_by_a_program_is_signed_and_both_secrets_are_valid_for_a_day(
    district, order, mara, system: ScriptedSystem, settings
):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    made = subscribing.subscribe(
        name="GIS", address=system.url, kinds=["order.changed"], districts=[district], by=mara, now=NOW
    )
    first = subscribing.secret(made)
    second = subscribing.secret(subscribing.change_secret(subscription=made, by=mara, now=NOW))

    def verifies(secret: str) -> bool:
        happens(order)
        send()
        asked = system.asked[-1]
        try:
            Webhook(secret).verify(asked.raw, {name: asked.headers[name] for name in asked.headers})
        except WebhookVerificationError:
            return False
        return True

    assert (verifies(first), verifies(second)) == (True, True)
    assert subscribing.forget_former_secrets(now=NOW + timedelta(hours=23)) == 0
    assert subscribing.forget_former_secrets(now=NOW + timedelta(hours=24)) == 1
    assert (verifies(first), verifies(second)) == (False, True)


def test_one_that_answers_gone_is_switched_off_and_its_managers_hear_of_it(subscription, order, mara, system):
    happens(order, cause="one")
    happens(order, cause="two")
    system.answer(Answer(410))

    send()
    send(NOW + timedelta(days=1))

    subscription.refresh_from_db()
    assert (subscription.enabled, len(system.asked)) == (False, 1)
    assert [status for _, status in states()] == ["REFUSED", "DROPPED"]
    assert models.AuditEntry.objects.filter(verb="subscription.gone").count() == 1
    assert [one.title for one in Notification.objects.filter(user=mara)] == ["GIS wants no more events"]


def test_events_about_one_order_keep_their_order_and_hold_up_no_other(subscription, order, district, system):
    happens(order, cause="one")
    happens(order, cause="two")
    happens(factories.OrderFactory(district=district), cause="other")
    system.answer(Answer(503))

    send()
    assert (causes(system), [status for _, status in states()]) == (
        ["one", "other"],
        ["FAILED", "PENDING", "DELIVERED"],
    )

    # Not before it is due again, and not past the one before it.
    send()
    assert causes(system) == ["one", "other"]

    for minutes in (2, 3):
        send(NOW + timedelta(minutes=minutes))
    assert causes(system) == ["one", "other", "one", "two"]
    keys = [asked.body["id"] for asked in system.asked]
    assert (keys[0], len(set(keys))) == (keys[2], 3)


@pytest.mark.parametrize(("answers", "attempts"), [([422], 1), ([404], 1), ([409] * 5, 5)])
def test_what_is_refused_stays_so_and_the_next_follows(subscription, order, system, answers, attempts):
    happens(order, cause="one")
    happens(order, cause="two")
    system.answer(*(Answer(status, {"detail": "No such thing."}) for status in answers))

    for minutes in range(attempts + 1):
        send(NOW + timedelta(minutes=5 * minutes))

    one = models.OutgoingEvent.objects.earliest("pk")
    assert (one.status, one.attempts) == ("REFUSED", attempts)
    assert "It answered" in one.last_error
    assert states()[1] == ("two", "DELIVERED")


def test_one_that_is_away_waits_and_holds_up_no_other(subscription, order, district, mara, system):
    gone = factories.SubscriptionFactory(user=mara, name="Gone")
    gone.districts.set([district])
    for number in range(4):
        happens(factories.OrderFactory(district=district), cause=str(number))

    send()

    assert len(system.asked) == 4
    gone.refresh_from_db()
    assert (gone.is_away, gone.failures, gone.away_since) == (True, 4, NOW)
    assert "could not be reached" in gone.away_because

    # Days later it is back: a single one tries, the others follow.
    later = NOW + timedelta(days=3)
    models.Subscription.objects.filter(pk=gone.pk).update(address=f"{system.url}/hook")
    assert len(claim(later)) == 1
    send(later + timedelta(minutes=2))
    send(later + timedelta(minutes=3))

    assert {status for _, status in states()} == {"DELIVERED"}
    gone.refresh_from_db()
    assert (gone.is_away, gone.failures, gone.resumes_at) == (False, 0, None)


def test_a_closed_door_or_a_missing_secret_costs_no_attempt(subscription, order, system):
    happens(order)
    system.answer(Answer(401))
    send()
    assert states() == [("assignment.approved", "PENDING")]

    models.Subscription.objects.update(signing_env="NOT_SET_ANYWHERE", resumes_at=None)
    send()

    [row] = models.OutgoingEvent.objects.all()
    assert (row.status, row.attempts, len(system.asked)) == ("PENDING", 0, 1)
    assert "NOT_SET_ANYWHERE" in models.Subscription.objects.get().away_because


def test_what_another_worker_has_taken_over_is_left_alone(subscription, order, system):
    happens(order)
    [row] = claim()
    assert claim(owner="worker-2") == []
    exchange = posting.tell(row=row, seconds=60)

    [again] = claim(NOW + timedelta(minutes=5), owner="worker-2")
    posting.settle(target=row.subscription, exchanges=[exchange], owner=WORKER, now=NOW)

    again.refresh_from_db()
    assert (again.status, again.lease_owner, again.attempts) == ("SENDING", "worker-2", 2)


def test_one_that_was_ended_meanwhile_leaves_nothing(subscription, order, system):
    happens(order)
    [row] = claim()
    exchange = posting.tell(row=row, seconds=60)
    models.Subscription.objects.all().delete()

    posting.settle(target=row.subscription, exchanges=[exchange], owner=WORKER, now=NOW)

    assert not models.OutgoingEvent.objects.exists()


def test_what_waited_for_too_long_is_dropped_and_what_is_settled_leaves(subscription, order, system):
    happens(order, cause="old")
    send()
    happens(order, cause="waits")
    assert (posting.drop(now=NOW), posting.trim(now=NOW + posting.KEPT)) == (0, 0)

    week = NOW + timedelta(days=7)
    assert posting.drop(now=week) == 1
    assert states() == [("old", "DELIVERED"), ("waits", "DROPPED")]

    assert posting.trim(now=NOW + posting.KEPT + timedelta(seconds=1)) == 1
    assert states() == [("waits", "DROPPED")]
