"""Making subscriptions, trying them, and ending them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http.request import validate_host

from assignments import models
from assignments.downstream import hosts, signing
from assignments.models.districts import acts_through
from assignments.models.subscriptions import validate_address
from assignments.services.records import auditing, outgoing, refusals

MOST = 20
"""Subscriptions of one person."""
FORMER_LASTS = timedelta(days=1)
"""Time for which a secret goes on signing beside the one that came after it."""

Status = models.OutgoingEvent.Status


class AddressNotAllowed(refusals.Refusal):
    """Events leave only for hosts that the operator has named."""

    code = "address-not-allowed"
    next_step = "Ask an administrator to name the host in WEBHOOK_HOSTS, or to make the subscription."


class TooManySubscriptions(refusals.Refusal):
    """Each event is kept once for every subscription."""

    code = "too-many-subscriptions"
    next_step = "End one that nobody needs any more."


class SignedOtherwise(refusals.Refusal):
    """Secrets in the environment of the worker are changed there."""

    code = "signed-otherwise"
    next_step = "Ask an administrator to change them where the worker runs."


class SubscriptionOff(refusals.Refusal):
    """Nothing is sent to a subscription that is switched off."""

    code = "subscription-off"
    next_step = "Ask an administrator to switch it on."


@transaction.atomic
def subscribe(
    *, name: str, address: str, kinds: Collection[str], districts: Collection[models.District], by: Any, now: datetime
) -> models.Subscription:
    """The subscription, which hears of what happens from now on, signed with a secret of its own (`secret`).

    Raises NotAManager, AddressNotAllowed, TooManySubscriptions.
    """
    for district in districts:
        refusals.require_manager(by=by, district=district)
    _refuse_unless_allowed(address)
    if models.Subscription.objects.filter(user=by).count() >= MOST:
        raise TooManySubscriptions(f"{refusals.person(by)} has {MOST} subscriptions already.")
    made = models.Subscription.objects.create(
        name=name,
        address=address,
        kinds=sorted(kinds),
        user=by,
        token=acts_through(by),
        created_at=now,
        begins_at=now,
        secret_salt=_fresh_salt(),
    )
    made.districts.set(districts)
    after = {"name": name, "host": host_of(address), "kinds": made.kinds, "districts": [one.code for one in districts]}
    auditing.record(verb="subscription.made", row=made, by=by, now=now, after=after)
    return made


def secret(subscription: models.Subscription) -> str:
    """The secret to verify signatures with, in the form receivers are given: shown once, when it is made or changed."""
    return signing.secret_of(subscription.own_keys[0])


def secret_of_salt(salt: str) -> str:
    """The same from a salt that the subscription had then."""
    return secret(models.Subscription(secret_salt=salt))


@transaction.atomic
def change_secret(*, subscription: models.Subscription, by: Any, now: datetime) -> models.Subscription:
    """The subscription with a new secret; the one before signs beside it for a day, one before that no longer.

    Raises NotAManager, SignedOtherwise.
    """
    _require_right(subscription, by)
    row = models.Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)
    if row.signing_env:
        raise SignedOtherwise(f"{row} is signed with secrets that an administrator has set.")
    row.former_salt, row.former_until = row.secret_salt, now + FORMER_LASTS
    row.secret_salt = _fresh_salt()
    row.save(update_fields=["secret_salt", "former_salt", "former_until"])
    auditing.record(
        verb="subscription.secret-changed", row=row, by=by, now=now, after={"former_until": row.former_until}
    )  # fmt: skip
    return row


def forget_former_secrets(*, now: datetime) -> int:
    """Number of subscriptions whose secret before the present one signs no longer."""
    return models.Subscription.objects.filter(former_until__lte=now).update(former_salt="", former_until=None)


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


def _fresh_salt() -> str:
    return secrets.token_hex(16)


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
    if not hosts.is_listed(host, settings.OUTBOUND_HOSTS):
        raise AddressNotAllowed(
            f"Events may not be sent to {host}.", next_step="Ask the operator to name the host in OUTBOUND_HOSTS."
        )


def _require_right(subscription: models.Subscription, by: Any) -> None:
    """A manager of all its districts, or an administrator in person. Raises NotAManager."""
    if acts_through(by) is None and by.has_perm("assignments.change_subscription"):
        return
    for district in subscription.districts.order_by("pk"):
        refusals.require_manager(by=by, district=district)
