from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from assignments.downstream import reaching
from assignments.models.reached import Reached, is_an_address
from assignments.models.rules import RuleSet, State
from assignments.models.territory import validate_boundary, validate_network


def acts_through(user: Any) -> Any:
    """The API token that the user acts through in this request, or None; see `ApiToken.act`."""
    return getattr(user, "acts_through", None)


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"{value} is not an IANA time zone such as Europe/London or America/Chicago.")


def with_rules(path: str) -> tuple[str, ...]:
    """Relations to select with a row so that the rules of its district, at `path`, need no further query."""
    return tuple(f"{path}__{name}" for name in District.RULES)


class DistrictQuerySet(models.QuerySet["District"]):
    def with_rules(self) -> DistrictQuerySet:
        """With the rules in force and the law of the state, by the same query."""
        return self.select_related(*District.RULES)

    def readable_by(self, user: Any) -> DistrictQuerySet:
        """Districts in which `user` is a member; an administrator's rights in the admin open no district here."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(memberships__user=user).within_token(user)

    def managed_by(self, user: Any) -> DistrictQuerySet:
        if not user.is_authenticated or not user.is_active:
            return self.none()
        managed = self.filter(memberships__user=user, memberships__role=Membership.Role.MANAGER)
        return managed.within_token(user)

    def within_token(self, user: Any) -> DistrictQuerySet:
        """Narrowed to what the token leaves, where the user acts through one; every right over rows begins here."""
        token = acts_through(user)
        return self.filter(api_tokens=token) if token is not None and token.is_narrowed else self


class District(models.Model):
    """A part of the service territory with its own crews and assigning managers."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=60, default="America/Chicago", validators=[validate_time_zone])
    service_centre = models.CharField(max_length=100, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    boundary = models.JSONField(
        default=list, blank=True, validators=[validate_boundary], help_text="Polygon as [[latitude, longitude], ...]."
    )
    network = models.JSONField(
        default=dict, blank=True, validators=[validate_network],
        help_text='What the map draws: {"substations": [{"name": ..., "place": [latitude, longitude]}, ...], '
        '"feeders": [{"name": ..., "path": [[latitude, longitude], ...]}, ...]}.',
    )  # fmt: skip
    state = models.ForeignKey(
        State, on_delete=models.PROTECT, null=True, blank=True, related_name="districts",
        help_text="Whose law the excavation tickets of the district follow.",
    )  # fmt: skip
    rule_set = models.ForeignKey(
        RuleSet, on_delete=models.PROTECT, related_name="districts", limit_choices_to={"storm": False},
        help_text="In force unless a manager has declared a storm.",
    )  # fmt: skip
    storm_rule_set = models.ForeignKey(
        RuleSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+", limit_choices_to={"storm": True},
        help_text="In force once a manager declares a storm; without one none can be declared.",
    )  # fmt: skip
    # Not one-to-one: to change a column with a unique index, PostgreSQL locks out all who write rows of the district.
    storm = models.ForeignKey(
        "Storm", on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    """The storm that is declared now."""

    RULES = ("rule_set", "state", "storm__rule_set", "storm__declared_by")

    objects = DistrictQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="district_latitude_is_on_earth"),
            models.CheckConstraint(condition=Q(longitude__range=(-180, 180)), name="district_longitude_is_on_earth"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def rules_in_force(self) -> RuleSet:
        """The storm's rule set while one is declared, else the normal one."""
        return self.storm.rule_set if self.storm else self.rule_set

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Membership(models.Model):
    """A person's role in one district."""

    class Role(models.TextChoices):
        MANAGER = "MANAGER", "Assigning manager"
        VIEWER = "VIEWER", "Viewer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        ordering = ["district", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "district"], name="one_role_per_person_and_district")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.district}"


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
    base_url = models.CharField("address", max_length=200, validators=[is_an_address])
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
        constraints = [
            models.CheckConstraint(condition=Q(timeout_seconds__range=(1, 300)), name="downstream_timeout_is_sensible")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> reaching.Reach:
        """The way to it."""
        return reaching.Reach(self.ca_file, self.client_certificate, self.client_key, self.proxy)

    @property
    def interval(self) -> int:
        """Seconds between two readings."""
        return self.read_every_seconds or self.READ_EVERY[self.kind]


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


def period_constraint(name: str, start: str = "starts_at", end: str = "ends_at") -> models.CheckConstraint:
    """The half-open period [start, end) is not empty."""
    return models.CheckConstraint(condition=Q(**{f"{end}__gt": F(start)}), name=name)
