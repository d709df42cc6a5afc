from __future__ import annotations

import json
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from assignments.downstream import hosts, messages, reaching, seam, storable
from assignments.downstream.adapters import choosing
from assignments.downstream.trouble import SystemUnavailable
from assignments.models.districts import District
from assignments.models.reached import Reached, is_an_address


class DownstreamSystem(Reached):
    """One slow system that work is gathered from and decisions are written back to."""

    class Kind(models.TextChoices):
        WORK = "WORK", "Work management"
        WORKFORCE = "WORKFORCE", "Workforce"
        PERMITS = "PERMITS", "Permits and outages"

    class Hears(models.TextChoices):
        ALL = "ALL", "All orders"
        OWN = "OWN", "Orders that come from it"

    class AnswersFor(models.TextChoices):
        DISTRICT = "DISTRICT", "One district at a time"
        ALL = "ALL", "All districts at once"

    class Lists(models.TextChoices):
        CHANGES = "CHANGES", "What has changed"
        COMPLETE = "COMPLETE", "All there is, each time"

    READ_EVERY: ClassVar[dict[str, int]] = {"WORK": 60, "WORKFORCE": 60, "PERMITS": 30}
    """Seconds, by kind."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    adapter = models.CharField(
        "speaks", max_length=40, choices=choosing.choices, default=choosing.CONTRACT, db_default=choosing.CONTRACT,
        help_text="The way in which it is read and told.",
    )  # fmt: skip
    manifest = models.JSONField(
        null=True, blank=True, help_text="Settings of the adapter, as JSON; none for Lineup's own protocol."
    )
    base_url = models.CharField(
        "address", max_length=200, blank=True, validators=[is_an_address],
        help_text="Empty for a system that only sends its records by itself, and is neither read nor told.",
    )  # fmt: skip
    ca_file = models.CharField(
        "certificate authority", max_length=200, blank=True,
        help_text="Path, where the worker runs, of the certificates that are trusted in place of the usual ones.",
    )  # fmt: skip
    client_certificate = models.CharField(
        max_length=200, blank=True, help_text="Path of the certificate that Lineup shows it, with or without its key."
    )
    client_key = models.CharField(
        max_length=200, blank=True, help_text="Path of the certificate's private key, when it has a file of its own."
    )
    proxy = models.CharField(
        max_length=200, blank=True, validators=[is_an_address],
        help_text="Address of the proxy through which it is reached, such as http://proxy:3128.",
    )  # fmt: skip
    secret_env = models.CharField(
        "secret's environment variable",
        max_length=60,
        blank=True,
        help_text="Name of the environment variable that holds the bearer token; never the token itself.",
    )
    signing_env = models.CharField(
        "signing secrets' environment variable",
        max_length=60,
        blank=True,
        help_text="Name of the environment variable that holds one or two secrets (whsec_..., parted by a blank): what "
        "it is told is signed with each.",
    )
    own_keys = ()
    """Its secrets are those of the environment alone."""
    timeout_seconds = models.PositiveSmallIntegerField(default=20)
    is_source = models.BooleanField(default=True)
    read_every_seconds = models.PositiveIntegerField(
        "read every", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text="Seconds. Empty: 30 for permits and outages, 60 for work and workforce.",
    )  # fmt: skip
    answers_for = models.CharField(
        max_length=10, choices=AnswersFor, default=AnswersFor.DISTRICT, db_default=AnswersFor.DISTRICT,
        help_text="Asked for all districts at once, it is asked without naming one, and far less often.",
    )  # fmt: skip
    lists = models.CharField(
        max_length=10, choices=Lists, default=Lists.CHANGES, db_default=Lists.CHANGES,
        help_text="What a complete list no longer has is closed here, unless it is more than a fifth: then a manager "
        "is asked.",
    )  # fmt: skip
    is_target = models.BooleanField(default=True)
    takes_etr = models.BooleanField(
        "takes restoration times", default=False, db_default=False,
        help_text="Whether it is told when customers are back, beside decisions; only targets are.",
    )  # fmt: skip
    takes_pins = models.BooleanField(
        "takes pins", default=True, db_default=True,
        help_text="Whether a pin that comes or goes later is told, by the same booking once more. Not for systems that "
        "refuse a booking that they have already.",
    )  # fmt: skip
    enabled = models.BooleanField(default=True)
    hears = models.CharField(
        max_length=6, choices=Hears, default=Hears.ALL,
        help_text="Of which orders it is told the decisions.",
    )  # fmt: skip
    hears_of = models.ManyToManyField(
        District,
        blank=True,
        related_name="+",
        verbose_name="districts it is told of",
        help_text="All, if none is chosen.",
    )
    understands = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="+", verbose_name="knows the references of",
        help_text="Systems whose references of orders and crews it can read beside its own. What comes from others, it "
        "is told by its number here.",
    )  # fmt: skip
    told_from = models.DateTimeField(
        "told of decisions since", null=True, blank=True,
        help_text="Decisions made before are not told. Empty: of all decisions that stand.",
    )  # fmt: skip
    is_away_told = models.BooleanField(default=False, editable=False)
    """Whether managers have been told."""
    last_gathered_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the last reading began that came to its end."""

    class Meta:
        ordering = ["code"]
        verbose_name = "connected system"
        constraints = [
            models.CheckConstraint(condition=Q(timeout_seconds__range=(1, 300)), name="downstream_timeout_is_sensible")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> reaching.Reach:
        """The way to it."""
        way = (self.ca_file, self.client_certificate, self.client_key, self.proxy)
        return reaching.Reach(*way, hosts=tuple(settings.OUTBOUND_HOSTS))

    @property
    def set_up(self) -> seam.SetUp:
        """The system for its adapter, without its secrets."""
        return seam.SetUp(
            address=self.base_url, kind=messages.System(self.kind), timeout=float(self.timeout_seconds),
            reach=self.reach, lists_all=self.lists == self.Lists.COMPLETE,
            by_district=self.answers_for == self.AnswersFor.DISTRICT, is_source=self.is_source,
            is_target=self.is_target, takes_etr=self.takes_etr,
            manifest=json.dumps(self.manifest or {}, sort_keys=True),
        )  # fmt: skip

    def clean(self) -> None:
        """Raises ValidationError for settings with which its adapter cannot work."""
        super().clean()
        if not _is_storable(self.manifest):
            raise ValidationError({"manifest": "It holds a character or a number that cannot be stored."})
        if not self.base_url and (self.is_source or self.is_target):
            raise ValidationError({"base_url": "A system that is read or told decisions has an address."})
        ways = {"base_url": self.base_url, "proxy": self.proxy}
        unlisted = {name: hosts.fault(address, settings.OUTBOUND_HOSTS) for name, address in ways.items()}
        if any(unlisted.values()):
            raise ValidationError({name: sentence for name, sentence in unlisted.items() if sentence})
        # Without the others the form has its own words already.
        if not (self.kind and self.base_url and self.timeout_seconds):
            return
        try:
            faults = choosing.made(self.adapter, self.set_up).faults()
        except SystemUnavailable as error:
            raise ValidationError({"adapter": f"{error.detail.capitalize()}."}) from error
        if faults:
            raise ValidationError({"manifest": faults})

    @property
    def interval(self) -> int:
        """Seconds between two readings."""
        return self.read_every_seconds or self.READ_EVERY[self.kind]


def _is_storable(document: Any) -> bool:
    try:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    except ValueError:
        return False
    return "\\u0000" not in text and storable.shown(text) == text


class SourcedQuerySet(models.QuerySet[Any]):
    def from_system(self, system: DownstreamSystem) -> SourcedQuerySet:
        return self.filter(source=system)


class Sourced(models.Model):
    """A row that a downstream system owns; without a source it was entered in the admin."""

    source = models.ForeignKey(DownstreamSystem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source_reference = models.CharField(max_length=40, blank=True)
    source_version = models.PositiveBigIntegerField(default=0, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the row was last written, by the database's clock (see `models.stamps`)."""
    taken_over = models.JSONField(null=True, blank=True, editable=False)
    """Names, as in `services.upserting.owned`, of what an administrator keeps here whatever the source says.

    Null for none, so that SQLite adds the column without writing large tables anew.
    """

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["updated_at"], name="%(class)s_updated")]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_reference"],
                condition=Q(source__isnull=False),
                name="%(class)s_source_reference_is_unique",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | ~Q(source_reference=""),
                name="%(class)s_from_a_source_has_a_reference",
            ),
        ]
