from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from assignments.models.districts import District, period_constraint
from assignments.models.orders import WorkOrder
from assignments.models.states import StatefulQuerySet, table
from assignments.models.systems import DownstreamSystem
from assignments.models.workforce import Crew, Shift
from notifications.models import Leased, LeasedQuerySet


class SuggestionRunQuerySet(LeasedQuerySet, StatefulQuerySet):  # type: ignore[override]  # as_manager, of each base
    def readable_by(self, user: Any) -> SuggestionRunQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))

    def under_way(self) -> SuggestionRunQuerySet:
        return self.filter(status__in=SuggestionRun.UNDER_WAY)

    def claimable(self, now: datetime) -> SuggestionRunQuerySet:
        """Under way with nobody on it."""
        return self.under_way().free(now)


class SuggestionRun(Leased):
    """One gathering and planning of a district's horizon; the row's status is what everybody follows."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        GATHERING = "GATHERING", "Reading systems"
        SCREENING = "SCREENING", "Checking rules"
        SCORING = "SCORING", "Ranking crews"
        READY = "READY", "Ready"
        PARTIAL = "PARTIAL", "Partial"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"
        SUPERSEDED = "SUPERSEDED", "Replaced"

    # A worker that takes a run over after a crash starts again at gathering.
    TRANSITIONS = table(
        {
            Status.QUEUED: ("GATHERING", "FAILED", "CANCELLED"),
            Status.GATHERING: ("GATHERING", "SCREENING", "FAILED", "CANCELLED"),
            Status.SCREENING: ("GATHERING", "SCORING", "FAILED", "CANCELLED"),
            Status.SCORING: ("GATHERING", "READY", "PARTIAL", "FAILED", "CANCELLED"),
            Status.READY: ("SUPERSEDED",),
            Status.PARTIAL: ("SUPERSEDED",),
        }
    )
    UNDER_WAY = (Status.QUEUED, Status.GATHERING, Status.SCREENING, Status.SCORING)
    USABLE = (Status.READY, Status.PARTIAL)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    district = models.ForeignKey(District, on_delete=models.CASCADE, related_name="runs")
    day = models.DateField(help_text="The district's local day that is planned.")
    horizon_starts_at = models.DateTimeField()
    horizon_ends_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    orders_total = models.PositiveIntegerField(default=0)
    orders_ranked = models.PositiveIntegerField(default=0)
    orders_in_plan = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    """Figures of the engine: number of the plan, served priority weight in percent, travel hours, seconds."""
    keep_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When a manager asked to keep the best plan found by then."
    )
    go_on_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="When a manager asked to wait for no source any longer."
    )
    error = models.TextField(blank=True)
    basis = models.CharField(max_length=64, blank=True, editable=False)
    """Digest of all that it planned with, but for the time: the next run that reads the same has nothing to change."""
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the row was last written, by the database's clock (see `models.stamps`)."""

    objects = SuggestionRunQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["updated_at"], name="run_updated")]
        constraints = [
            period_constraint("run_horizon_is_not_empty", "horizon_starts_at", "horizon_ends_at"),
            # A second request for the same district and day joins the first instead of doubling it.
            models.UniqueConstraint(
                fields=["district", "day"],
                condition=Q(status__in=["QUEUED", "GATHERING", "SCREENING", "SCORING"]),
                name="one_run_under_way_per_district_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district.code} {self.day:%d %b %Y}, {self.get_status_display().lower()}"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY


class SourceProgress(models.Model):
    """Progress of one run with one source, as a line for managers."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        READING = "READING", "Reading"
        RETRYING = "RETRYING", "Trying again"
        DONE = "DONE", "Done"
        LATE = "LATE", "Late"
        DOWN = "DOWN", "Down"

    AWAITED = (Status.WAITING, Status.READING, Status.RETRYING)

    run = models.ForeignKey(SuggestionRun, on_delete=models.CASCADE, related_name="sources")
    system = models.ForeignKey(DownstreamSystem, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    records = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    data_as_of = models.DateTimeField(null=True, blank=True)
    """When what the run planned with was read; older than the run when the source was late or down."""
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run", "system"]
        constraints = [models.UniqueConstraint(fields=["run", "system"], name="one_progress_line_per_source")]

    def __str__(self) -> str:
        return f"{self.system}: {self.get_status_display()}"


class SuggestionQuerySet(StatefulQuerySet):
    def readable_by(self, user: Any) -> SuggestionQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def proposed(self) -> SuggestionQuerySet:
        return self.filter(status=Suggestion.Status.PROPOSED)

    def ranked(self) -> SuggestionQuerySet:
        """The plan's own choice first, then by rank."""
        return self.order_by("order", "-in_plan", "rank")

    def touching(self, *, crew_ids: Any = (), order_ids: Any = ()) -> SuggestionQuerySet:
        return self.filter(Q(order__in=order_ids) | self.with_crew(crew_ids))

    @staticmethod
    def with_crew(crew_ids: Any) -> Q:
        """Suggestions that want one of the crews, be it as a further crew of a team."""
        further = FurtherCrew.objects.filter(suggestion=OuterRef("pk"), crew__in=crew_ids)
        return Q(crew__in=crew_ids) | Q(Exists(further))

    def with_teams(self) -> SuggestionQuerySet:
        """With all their crews, by one more query."""
        further_crews = FurtherCrew.objects.select_related("crew", "shift")
        return self.select_related("crew").prefetch_related(Prefetch("further_crews", queryset=further_crews))


class Suggestion(models.Model):
    """One ranked answer to "which crews could do this order, and when", with its reasons.

    Crew and shift, travel and departure are the lead crew's; an order that needs several crews at once has the others
    as `further_crews`. The rest is said of the whole team.
    """

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", "Proposed"
        APPROVED = "APPROVED", "Approved"
        REJECTED = "REJECTED", "Rejected"
        STALE = "STALE", "Stale"
        SUPERSEDED = "SUPERSEDED", "Replaced"
        EXPIRED = "EXPIRED", "Expired"

    TRANSITIONS = table(
        {
            Status.PROPOSED: ("APPROVED", "REJECTED", "STALE", "SUPERSEDED", "EXPIRED"),
            # An undone approval leaves its suggestion open again.
            Status.APPROVED: ("PROPOSED", "STALE", "SUPERSEDED", "EXPIRED"),
            # What took a crew may be undone, and a fact may become again what it was.
            Status.STALE: ("PROPOSED", "SUPERSEDED", "EXPIRED"),
            # A rejection may be taken back, and lapses with the facts that it was made on.
            Status.REJECTED: ("PROPOSED", "STALE", "SUPERSEDED"),
        }
    )

    WITHDRAWN = (Status.SUPERSEDED, Status.EXPIRED)

    run = models.ForeignKey(SuggestionRun, on_delete=models.CASCADE, related_name="suggestions")
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="suggestions")
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="suggestions")
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="suggestions")
    team = models.CharField(max_length=120, blank=True, editable=False)
    """Ids of the further crews' shifts, in order of part: they tell teams with the same lead crew apart."""
    rank = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    departs_at = models.DateTimeField()
    """When the crew leaves for the work: the travel belongs to the booking."""
    travel_minutes = models.PositiveIntegerField()
    score = models.IntegerField()
    parts = models.JSONField(default=list)
    """[{code, label, value, detail}], adding up to the score."""
    reasons = models.JSONField(default=list)
    """[{code, text}]"""
    warnings = models.JSONField(default=list)
    """[{code, text}]; none means fit for bulk approval."""
    in_plan = models.BooleanField(default=False)
    tentative = models.BooleanField(default=False, help_text="Legal only once a pending permit is issued.")
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    read_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody first opened the order while this was its place in the plan."
    )
    stale_cause = models.CharField(max_length=200, blank=True)
    reject_reason = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the row was last written, by the database's clock (see `models.stamps`)."""

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "-in_plan", "rank"]
        indexes = [
            models.Index(fields=["order", "status", "rank"], name="suggestion_of_order"),
            models.Index(fields=["updated_at"], name="suggestion_updated"),
            models.Index(fields=["id"], name="suggestion_withdrawn", condition=Q(status__in=["SUPERSEDED", "EXPIRED"])),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "order", "shift", "team"], name="one_suggestion_per_run_order_and_team"
            ),
            models.UniqueConstraint(
                fields=["run", "order"], condition=Q(in_plan=True), name="one_planned_suggestion_per_order"
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="suggestion_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(departs_at__lte=F("starts_at")), name="suggestion_travels_first"),
            models.CheckConstraint(
                condition=~Q(status="STALE") | ~Q(stale_cause=""), name="stale_suggestion_names_its_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} by {self.crew}"

    @property
    def crews(self) -> list[Crew]:
        """All crews of the team, the lead crew first."""
        return [self.crew, *(one.crew for one in self.further_crews.all())]

    @property
    def shift_ids(self) -> list[int]:
        """The shifts of all crews, the lead crew's first."""
        return [self.shift_id, *(one.shift_id for one in self.further_crews.all())]

    @property
    def crew_names(self) -> str:
        """`Line 3 + Traffic 1`"""
        return " + ".join(crew.name for crew in self.crews)


class FurtherCrew(models.Model):
    """A further crew of a suggested team; it starts and ends with the lead crew."""

    suggestion = models.ForeignKey(Suggestion, on_delete=models.CASCADE, related_name="further_crews")
    part = models.PositiveSmallIntegerField(help_text="The number of the order's part that the crew answers.")
    crew = models.ForeignKey(Crew, on_delete=models.CASCADE, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="+")
    departs_at = models.DateTimeField()
    travel_minutes = models.PositiveIntegerField()

    class Meta:
        # The table keeps its name of before: processes of the version before still read it while a new one starts.
        db_table = "assignments_companion"
        ordering = ["suggestion", "part"]
        verbose_name = "further crew"
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "part"], name="one_companion_per_suggestion_and_part"),
            models.UniqueConstraint(fields=["suggestion", "crew"], name="companions_are_different_crews"),
            models.CheckConstraint(condition=Q(part__gte=1), name="companion_is_not_the_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.crew} beside {self.suggestion}"
