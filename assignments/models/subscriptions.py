"""Subscriptions of integrations to events, and the events that each is sent, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from assignments.downstream import hosts, reaching
from assignments.models.districts import District, Membership
from assignments.models.reached import Reached, may_be_tried, to_be_sent
from assignments.models.states import StatefulQuerySet, table
from assignments.models.tokens import ApiToken
from assignments.models.traced import Traced
from notifications.models import Leased, LeasedQuerySet

_is_web_address = URLValidator(schemes=["http", "https"])


def validate_address(value: str) -> None:
    """HTTP alone, and no password: an address is shown, a secret is not."""
    _is_web_address(value)
    if "@" in value or "#" in value:
        raise ValidationError("An address has neither a password nor a fragment.")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def readable_by(self, user: Any) -> SubscriptionQuerySet:
        """Hearing of districts of the user alone."""
        own = District.objects.readable_by(user)
        chosen = Subscription.districts.through.objects.filter(subscription=OuterRef("pk"))
        return self.filter(Exists(chosen), ~Exists(chosen.exclude(district__in=own.values("pk"))))

    def reachable(self, now: datetime) -> SubscriptionQuerySet:
        """Switched on, and not asking to be left alone at the moment."""
        return self.filter(enabled=True).filter(may_be_tried(now))


class Subscription(Reached):
    """An integration that wants to be sent events: of some kinds, of some districts, at its address.

    It hears as its user and token may read at that moment, and never of more.
    """

    class Kind(models.TextChoices):
        ORDER = "order.changed", "An order's row has changed"
        RUN = "run.changed", "A run has moved"
        STORM = "storm.changed", "A storm was declared or ended"
        TELLING = "system.telling", "A system takes decisions no longer, or again"

    TEST = "test"
    """The kind of an event that somebody sends to try the address."""

    name = models.CharField(max_length=100)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+",
        help_text="Hears of no district in which this person has no role.",
    )  # fmt: skip
    token = models.ForeignKey(
        ApiToken, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    """The one that it was made through; it ends with that."""
    address = models.CharField(
        max_length=500, validators=[validate_address], help_text="Events are posted to exactly this address."
    )
    kinds = models.JSONField(default=list)
    districts = models.ManyToManyField(District, related_name="+")
    signing_env = models.CharField(
        "signing secrets' environment variable", max_length=60, blank=True,
        help_text="Name of the environment variable that holds one or two secrets (whsec_..., parted by a blank): what "
        "is sent is signed with each.",
    )  # fmt: skip
    secret_salt = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    """Of the secret that was shown when it was made through the API; it is derived and not kept itself."""
    former_salt = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    """Of the secret before, which signs beside the new one until the receiver has had a day to take that up."""
    former_until = models.DateTimeField(null=True, blank=True, editable=False)
    timeout_seconds = models.PositiveSmallIntegerField(default=10)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    begins_at = models.DateTimeField(default=timezone.now, editable=False)
    """Nothing that happened before is sent."""

    secret_env = ""
    """No bearer token: a receiver knows Lineup by the signature."""

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(timeout_seconds__range=(1, 60)), name="subscription_timeout_is_sensible")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for a host that Lineup may not be led to."""
        super().clean()
        if sentence := hosts.fault(self.address, settings.OUTBOUND_HOSTS):
            raise ValidationError({"address": sentence})

    @property
    def base_url(self) -> str:
        return self.address

    @property
    def reach(self) -> reaching.Reach:
        return reaching.DIRECT

    @property
    def is_signed(self) -> bool:
        return bool(self.signing_env or self.secret_salt)

    @property
    def own_keys(self) -> tuple[bytes, ...]:
        """Of its own secrets, the present one first. While the installation's key is changed, of both keys."""
        salts = [salt for salt in (self.secret_salt, self.former_salt) if salt]
        installation = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return tuple(_derived(salt, key) for salt in salts for key in installation)


def _derived(salt: str, secret: str) -> bytes:
    return salted_hmac("assignments.subscriptions", salt, secret=secret, algorithm="sha256").digest()


def may_hear(now: datetime, *, subscription: str, district: str = "district") -> Q:
    """Whether the subscription at the path may hear of the district at the path, as things stand now: it has chosen
    the district, its user has a role there, and its token, where it has one, is valid and leaves it."""
    of = f"{subscription}__" if subscription else ""
    chosen = Subscription.districts.through.objects.filter(
        subscription=OuterRef(f"{of}pk"), district=OuterRef(district)
    )
    role = Membership.objects.filter(user=OuterRef(f"{of}user"), district=OuterRef(district))
    left = ApiToken.districts.through.objects.filter(apitoken=OuterRef(f"{of}token"), district=OuterRef(district))
    ended = Q(**{f"{of}token__expires_at__lte": now}) | Q(**{f"{of}token__revoked_at__isnull": False})
    whole = Q(**{f"{of}token__isnull": True}) | Q(**{f"{of}token__is_narrowed": False})
    may_read = Q(**{f"{of}enabled": True, f"{of}user__is_active": True})
    valid = Q(**{f"{of}token__isnull": True}) | ~ended
    return Q(may_read & valid & (whole | Exists(left)), Exists(chosen), Exists(role))


def listening(*, districts: Collection[int], now: datetime) -> list[tuple[int, int, list[str]]]:
    """Subscription, district and kinds, wherever one may hear of one of the districts; by a short query while nobody
    listens at all, as it is asked for each event."""
    if not Subscription.objects.filter(enabled=True).exists():
        return []
    through = Subscription.districts.through.objects.filter(district__in=districts)
    found = through.filter(may_hear(now, subscription="subscription")).order_by("pk")
    return list(found.values_list("subscription", "district", "subscription__kinds"))


class OutgoingEventQuerySet(LeasedQuerySet, StatefulQuerySet):  # type: ignore[override]  # as_manager, of each base
    def open(self) -> OutgoingEventQuerySet:
        return self.filter(status__in=OutgoingEvent.OPEN)

    def permitted(self, now: datetime) -> OutgoingEventQuerySet:
        """Of districts that the subscription may still hear of."""
        return self.filter(may_hear(now, subscription="subscription"))

    def at_the_head(self) -> OutgoingEventQuerySet:
        """With nothing older about the same subject left open."""
        same = OutgoingEvent.objects.filter(subscription=OuterRef("subscription"), subject=OuterRef("subject"))
        return self.filter(~Exists(same.filter(pk__lt=OuterRef("pk")).open()))

    def due(self, now: datetime) -> OutgoingEventQuerySet:
        return self.filter(to_be_sent(now))


class OutgoingEvent(Leased, Traced):
    """One event to be sent to one subscription: once in effect, and after all older ones about the same subject."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "Pending"
        SENDING = "SENDING", "Sending"
        DELIVERED = "DELIVERED", "Delivered"
        FAILED = "FAILED", "Failed, will retry"
        REFUSED = "REFUSED", "Refused"
        DROPPED = "DROPPED", "Not sent"

    TRANSITIONS = table(
        {
            Status.PENDING: ("SENDING", "DROPPED"),
            Status.SENDING: ("SENDING", "PENDING", "DELIVERED", "FAILED", "REFUSED", "DROPPED"),
            Status.FAILED: ("SENDING", "DROPPED"),
        }
    )
    OPEN = (Status.PENDING, Status.SENDING, Status.FAILED)

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="events")
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    event_id = models.UUIDField(default=uuid.uuid4, editable=False)
    """The same for all subscriptions that hear of it."""
    data = models.JSONField()
    happened_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    conflicts = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    """Times in a row that it was answered with 409; null for none, so that SQLite adds the column in place."""
    next_attempt_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    """Not sent any more after this."""
    last_error = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingEventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["subscription", "status", "next_attempt_at"], name="outgoing_event_due"),
            models.Index(fields=["subscription", "subject"], name="outgoing_event_of_subject",
                         condition=Q(status__in=["PENDING", "SENDING", "FAILED"])),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_id"], name="an_event_once_for_each_subscription")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject} to {self.subscription}"

    @property
    def target(self) -> Subscription:
        """Whom it is sent to, as with write-backs."""
        return self.subscription

    @property
    def target_id(self) -> int:
        return self.subscription_id
