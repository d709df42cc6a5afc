"""Numbers set by law, agreement and policy: edited by administrators, read by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from assignments.engine.domain.priorities import Priorities
from assignments.engine.domain.problem import Break, PriorityClass
from assignments.engine.rules.rule import MANAGER

_SATURDAY = 5


def validate_kind_priorities(value: Any) -> None:
    """Each kind of work has a priority class by its name."""
    names = PriorityClass.__members__
    if not isinstance(value, Mapping) or any(name not in names for name in value.values()):
        raise ValidationError(f"Give each kind of work one of {', '.join(names)}.")


class RuleSet(models.Model):
    """Limits of the hard rules, weights of the soft ones, priorities and horizon, edited by administrators."""

    class RestAuthority(models.TextChoices):
        NOBODY = "", "Nobody"
        MANAGER = MANAGER, "A manager of the district"

    name = models.CharField(max_length=40, unique=True)
    storm = models.BooleanField(
        default=False, help_text="For declared storms; announced on every page of the district."
    )
    max_work_hours_in_24 = models.PositiveSmallIntegerField(default=16)
    min_rest_hours = models.PositiveSmallIntegerField(default=8)
    rest_agreement = models.CharField(
        max_length=200, blank=True, default="", db_default="",
        help_text="Where these limits are agreed, as pages cite it: IBEW Local 51, article 16.5.",
    )  # fmt: skip
    rest_authority = models.CharField(
        "who may override rest", max_length=16, choices=RestAuthority, blank=True, default="", db_default="",
        help_text="With a recorded reason, as the agreement allows it.",
    )  # fmt: skip
    rest_override_for_any_work = models.BooleanField(
        default=False, db_default=False, help_text="Otherwise for emergencies only."
    )
    two_person_volts = models.PositiveIntegerField(default=600)
    two_person_qualification = models.CharField(max_length=40, default="LINE")
    two_person_exempt_kinds = models.JSONField(default=list, blank=True)
    speed_kmh = models.PositiveSmallIntegerField(default=47)
    circuity = models.FloatField(default=1.3, help_text="Road distance over great-circle distance.")
    max_overtime_minutes = models.PositiveSmallIntegerField(default=0)
    longest_part_minutes = models.PositiveSmallIntegerField(
        "longest part in minutes", null=True, blank=True, validators=[MinValueValidator(60)],
        help_text="Longer work is cut into parts; empty: what the longest shift of the next two weeks has time for.",
    )  # fmt: skip
    weights = models.JSONField(default=dict, blank=True)
    strict_emergencies = models.BooleanField(
        "emergencies are never delayed", default=True, db_default=True,
        help_text="Not by a minute, by any other work; otherwise their waiting has its price like that of other work.",
    )  # fmt: skip
    kind_priorities = models.JSONField(
        "priority by kind", default=dict, blank=True, validators=[validate_kind_priorities],
        help_text="What is an emergency by its order stays one; other kinds keep the priority of their orders.",
    )  # fmt: skip
    emergency_customers = models.PositiveIntegerField(
        "customers out that make an emergency", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Work that so many customers wait for in the dark is an emergency, whatever its order says.",
    )  # fmt: skip
    urgent_customers = models.PositiveIntegerField(
        "customers out that make work urgent", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Likewise, urgent at least.",
    )  # fmt: skip
    horizon_hours = models.PositiveSmallIntegerField(
        "horizon in hours", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="How far ahead a run plans from now, or from the start of a later day; empty: to the end of the day.",
    )  # fmt: skip

    etr_margin_minutes = models.PositiveSmallIntegerField(
        "restoration margin in minutes", default=15, db_default=15,
        help_text="Outage systems are told of a restoration time again when it moves by more than this.",
    )  # fmt: skip

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(speed_kmh__gt=0), name="rule_set_speed_is_positive"),
            models.CheckConstraint(condition=Q(circuity__gte=1), name="rule_set_circuity_is_at_least_one"),
            models.CheckConstraint(
                condition=Q(horizon_hours__isnull=True) | Q(horizon_hours__range=(1, 24 * 14)),
                name="rule_set_horizon_is_two_weeks_at_most",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def agreed_breaks(self) -> tuple[Break, ...]:
        """The breaks of its shifts, as the engine has them."""
        return tuple(
            Break(
                name=row.name,
                length=row.length_minutes * 60,
                earliest=row.earliest_minutes * 60,
                latest=row.latest_minutes * 60,
                after=row.after_minutes * 60,
                paid=row.paid,
                at_base=row.at_base,
            )
            for row in self.breaks.all()
        )

    @property
    def priorities(self) -> Priorities:
        """Priority settings, by the engine's names of the kinds."""
        return Priorities(
            kinds={kind.lower(): PriorityClass[name] for kind, name in self.kind_priorities.items()},
            emergency_customers=self.emergency_customers,
            urgent_customers=self.urgent_customers,
        )


class RuleSetBreak(models.Model):
    """A meal or rest break that the agreement gives crews on a shift; minutes from the start of the shift."""

    rule_set = models.ForeignKey(RuleSet, models.CASCADE, related_name="breaks")
    name = models.CharField(max_length=40, help_text="As pages say it: meal break.")
    after_minutes = models.PositiveSmallIntegerField(
        "on shifts longer than", default=0, help_text="Minutes; 0 for every shift. On-call shifts owe no break."
    )
    length_minutes = models.PositiveSmallIntegerField("minutes", validators=[MinValueValidator(1)])
    earliest_minutes = models.PositiveSmallIntegerField(
        "begins no sooner than", help_text="Minutes after the start of the shift."
    )
    latest_minutes = models.PositiveSmallIntegerField("and no later than", help_text="Likewise.")
    paid = models.BooleanField(default=False, help_text="Paid breaks count as duty.")
    at_base = models.BooleanField(
        "at the base", default=False, help_text="With the drives there and back; otherwise wherever the crew is."
    )

    class Meta:
        ordering = ["latest_minutes", "earliest_minutes", "name"]
        verbose_name = "break"
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "name"], name="one_break_of_a_name_per_rule_set"),
            models.CheckConstraint(condition=Q(length_minutes__gt=0), name="break_has_a_length"),
            models.CheckConstraint(
                condition=Q(latest_minutes__gte=F("earliest_minutes")), name="break_begins_no_later_than_its_latest",
                violation_error_message="A break that begins no later than that cannot begin.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class State(models.Model):
    """A state, with what its law says of excavation tickets (811). The day that a ticket starts on is not counted; the
    last day counts to midnight."""

    class Days(models.TextChoices):
        CALENDAR = "CALENDAR", "Calendar days"
        WORKING = "WORKING", "Working days"

    code = models.CharField(
        max_length=2, unique=True, validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters, such as IL.")]
    )
    name = models.CharField(max_length=40, unique=True)
    ticket_life = models.PositiveSmallIntegerField(
        "life of a ticket", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Days; empty when the register's own end is all there is.",
    )  # fmt: skip
    ticket_life_in = models.CharField(
        "counted in", max_length=8, choices=Days, default=Days.CALENDAR,
        help_text="Working days are Monday to Friday; holidays count too, so that no ticket is held too long.",
    )  # fmt: skip
    begin_within = models.PositiveSmallIntegerField(
        "days within which work must begin", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    begin_within_in = models.CharField("these counted in", max_length=8, choices=Days, default=Days.CALENDAR)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def ticket_ends(self, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the life of a ticket is over; None when the law sets none."""
        return _end(starts_at, self.ticket_life, self.ticket_life_in, zone)

    def begin_before(self, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
        """Before when work on the ticket must have begun; None when the law does not say."""
        return _end(starts_at, self.begin_within, self.begin_within_in, zone)


def _end(starts_at: datetime, days: int | None, counted_in: str, zone: ZoneInfo) -> datetime | None:
    if days is None:
        return None
    last = starts_at.astimezone(zone).date()
    last = _working_days_after(last, days) if counted_in == State.Days.WORKING else last + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)


def _working_days_after(day: date, count: int) -> date:
    weeks, rest = divmod(count, 5)
    # A start at the weekend counts like the Friday before it.
    day -= timedelta(days=max(0, day.weekday() - _SATURDAY + 1))
    day += timedelta(weeks=weeks)
    return day + timedelta(days=rest + (2 if day.weekday() + rest >= _SATURDAY else 0))
