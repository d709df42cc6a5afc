from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

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


def period_constraint(name: str, start: str = "starts_at", end: str = "ends_at") -> models.CheckConstraint:
    """The half-open period [start, end) is not empty."""
    return models.CheckConstraint(condition=Q(**{f"{end}__gt": F(start)}), name=name)
