"""Making subscriptions, trying them, and ending them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http.request import validate_host

from assignments import models
from assignments.models.districts import acts_through
from assignments.models.subscriptions import validate_address
from assignments.services.records import auditing, outgoing, refusals

MOST = 20
"""Subscriptions of one person."""

Status = models.OutgoingEvent.Status


class AddressNotAllowed(refusals.Refusal):
    """Events leave only for hosts that the operator has named."""

    code = "address-not-allowed"
    next_step = "Ask an administrator to name the host in WEBHOOK_HOSTS, or to make the subscription."


class TooManySubscriptions(refusals.Refusal):
    """Each event is kept once for every subscription."""

    code = "too-many-subscriptions"
    next_step = "End one that nobody needs any more."


class SubscriptionOff(refusals.Refusal):
    """Nothing is sent to a subscription that is switched off."""

    code = "subscription-off"
    next_step = "Ask an administrator to switch it on."


@transaction.atomic
def subscribe(
    *, name: str, address: str, kinds: Collection[str], districts: Collection[models.District], by: Any, now: datetime
) -> models.Subscription:
    """The subscription, which hears of what happens from now on.

    Raises NotAManager, AddressNotAllowed, TooManySubscriptions.
    """
    for district in districts:
        refusals.require_manager(by=by, district=district)
    _refuse_unless_allowed(address)
    if models.Subscription.objects.filter(user=by).count() >= MOST:
        raise TooManySubscriptions(f"{refusals.person(by)} has {MOST} subscriptions already.")
    made = models.Subscription.objects.create(
        name=name, address=address, kinds=sorted(kinds), user=by, token=acts_through(by), created_at=now, begins_at=now
    )
    made.districts.set(districts)
    after = {"name": name, "host": host_of(address), "kinds": made.kinds, "districts": [one.code for one in districts]}
    auditing.record(verb="subscription.made", row=made, by=by, now=now, after=after)
    return made


@transaction.atomic
def end(*, subscription: models.Subscription, by: Any, now: datetime) -> None:
    """Nothing is sent to it any more, and what waited is gone. Raises NotAManager."""
    _require_right(subscription, by)
    before = {"name": subscription.name, "host": host_of(subscription.address)}
    auditing.record(verb="subscription.ended", row=subscription, by=by, now=now, before=before)
    subscription.delete()


@transaction.atomic
def test(*, subscription: models.Subscription, by: Any, now: datetime) -> models.OutgoingEvent:
    """An event that says nothing, to be sent at once. Raises NotAManager, SubscriptionOff."""
    _require_right(subscription, by)
    if not subscription.enabled:
        raise SubscriptionOff(f"{subscription} is switched off.")
    district = subscription.districts.order_by("pk")[0]
    row = outgoing.row(
        subscription.pk, district.pk, kind=models.Subscription.TEST, subject=f"subscription {subscription.pk}",
        data={"subscription": subscription.name, "by": refusals.person(by)}, event_id=uuid.uuid4(), now=now,
    )  # fmt: skip
    outgoing.store([row])
    models.Subscription.objects.filter(pk=subscription.pk, is_away=True).update(resumes_at=now)
    auditing.record(verb="subscription.tested", row=subscription, by=by, now=now)
    return row


@transaction.atomic
def start_from_now(*, subscription: models.Subscription, by: Any, now: datetime) -> int:
    """Number of waiting events that are not sent any more. Raises NotAManager."""
    _require_right(subscription, by)
    waiting = subscription.events.filter(status__in=[Status.PENDING, Status.FAILED])
    left_out = waiting.transition(Status.DROPPED, settled_at=now)
    models.Subscription.objects.filter(pk=subscription.pk).update(begins_at=now)
    auditing.record(
        verb="subscription.started-from-now", row=subscription, by=by, now=now,
        before={"begins_at": subscription.begins_at}, after={"begins_at": now, "left_out": left_out},
    )  # fmt: skip
    return left_out


def host_of(address: str) -> str:
    """The part of an address that may be shown: what follows the host is often a secret."""
    return urlsplit(address).netloc


def _refuse_unless_allowed(address: str) -> None:
    try:
        validate_address(address)
        host = urlsplit(address).hostname or ""
    except (ValidationError, ValueError) as error:
        raise AddressNotAllowed(
            "This is no address of a web server.", next_step="Send an http or https URL."
        ) from error
    if not validate_host(host, settings.WEBHOOK_HOSTS):
        raise AddressNotAllowed(f"Events may not be sent to {host}.")


def _require_right(subscription: models.Subscription, by: Any) -> None:
    """A manager of all its districts, or an administrator in person. Raises NotAManager."""
    if acts_through(by) is None and by.has_perm("assignments.change_subscription"):
        return
    for district in subscription.districts.order_by("pk"):
        refusals.require_manager(by=by, district=district)
