from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Prefetch, Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.runs import Suggestion
from assignments.models.states import StatefulQuerySet, sources, table
from assignments.models.workforce import Crew, Shift


class AssignmentQuerySet(StatefulQuerySet):
    def readable_by(self, user: Any) -> AssignmentQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def live(self) -> AssignmentQuerySet:
        """Holding their crew: everything but what was revoked, reassigned or finished."""
        return self.filter(status__in=Assignment.LIVE)

    def no_longer_standing(self) -> AssignmentQuerySet:
        """Decisions that hold their crews although they do not stand on what is known now: the one definition of every
        page. The cause is judged in the transaction of whatever changes."""
        return self.live().leads().exclude(red_cause="")

    def overlapping(self, start: datetime, end: datetime) -> AssignmentQuerySet:
        return self.filter(departs_at__lt=end, ends_at__gt=start)

    def leads(self) -> AssignmentQuerySet:
        """One row for each decision, without the further crews of teams."""
        return self.filter(lead__isnull=True)

    def with_teams(self) -> AssignmentQuerySet:
        """With all their crews, by one more query."""
        further_crews = Assignment.objects.select_related("crew", "shift")
        return self.select_related("crew").prefetch_related(Prefetch("further_crews", queryset=further_crews))

    def transition(self, to: str, **values: Any) -> int:
        """Number of decisions moved to `to`; the database carries each to the further crews of its team."""
        return StatefulQuerySet.transition(self.leads(), to, **values)


class Assignment(models.Model):
    """A manager's decision that a crew does an order; the crew is taken in [departs_at, ends_at).

    Where an order needs several crews, each has a row. The first is the lead: the decision itself, which write-backs
    and audit entries speak of. The others follow its status; the database sees to it.
    """

    class Status(models.TextChoices):
        TENTATIVE = "TENTATIVE", "Tentative"
        APPROVED = "APPROVED", "Approved"
        CONFIRMED = "CONFIRMED", "Confirmed"
        DISPATCHED = "DISPATCHED", "Dispatched"
        COMPLETED = "COMPLETED", "Completed"
        REVOKED = "REVOKED", "Revoked"
        REASSIGNED = "REASSIGNED", "Reassigned"

    TRANSITIONS = table(
        {
            Status.TENTATIVE: ("APPROVED", "REVOKED", "REASSIGNED"),
            Status.APPROVED: ("CONFIRMED", "DISPATCHED", "COMPLETED", "REVOKED", "REASSIGNED"),
            Status.CONFIRMED: ("DISPATCHED", "COMPLETED", "REVOKED", "REASSIGNED"),
            Status.DISPATCHED: ("COMPLETED", "REASSIGNED"),
        }
    )
    LIVE = (Status.TENTATIVE, Status.APPROVED, Status.CONFIRMED, Status.DISPATCHED)

    class OverrideCode(models.TextChoices):
        """Reason code of an override; the free text beside it says more."""

        DANGER = "DANGER", "Danger to people or property"
        CREW_AGREED = "CREW_AGREED", "The crew agreed"
        CUSTOMER_AGREED = "CUSTOMER_AGREED", "The customer agreed"
        HELP_ON_SITE = "HELP_ON_SITE", "Help or materials meet the crew on site"
        DONE_ALREADY = "DONE_ALREADY", "What it waits for is done, but not reported yet"
        LENT = "LENT", "Agreed with the other district"
        OTHER = "OTHER", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="assignments")
    crew = models.ForeignKey(Crew, on_delete=models.PROTECT, related_name="assignments")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments")
    part = models.PositiveSmallIntegerField(default=0, help_text="0 for the lead crew.")
    lead = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="further_crews")
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    """The decision that was moved here, or given to another crew."""
    suggestion = models.ForeignKey(Suggestion, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    departs_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status)
    pinned = models.BooleanField(default=False)
    override_rules = models.JSONField(default=list, blank=True)
    override_code = models.CharField(max_length=16, choices=OverrideCode, blank=True)
    override_reason = models.CharField(max_length=200, blank=True)
    """In words, the code's among them: what everybody reads."""
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True)
    red_cause = models.CharField(max_length=200, blank=True)
    """Cause for which the decision no longer holds (a permit lapsed, somebody fell ill)."""
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the row was last written, by the database's clock (see `models.stamps`)."""

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "part", "pk"]
        indexes = [
            models.Index(fields=["crew", "departs_at", "ends_at"], name="assignment_of_crew"),
            models.Index(fields=["updated_at"], name="assignment_updated"),
        ]
        # No two live assignments of a crew overlap: an exclusion constraint on PostgreSQL, triggers on SQLite
        # (see the migration that ends in `_guards`). A team is live or gone as a whole: triggers (see `_teams`).
        constraints = [
            models.UniqueConstraint(
                fields=["order", "part"],
                condition=Q(status__in=["TENTATIVE", "APPROVED", "CONFIRMED", "DISPATCHED"]),
                name="one_live_assignment_per_order_and_part",
            ),
            models.CheckConstraint(
                condition=Q(part=0, lead__isnull=True) | Q(part__gt=0, lead__isnull=False),
                name="further_crews_have_a_lead",
            ),
            models.UniqueConstraint(fields=["lead", "part"], name="one_further_crew_per_lead_and_part"),
            models.CheckConstraint(condition=Q(departs_at__lte=F("starts_at")), name="assignment_travels_first"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="assignment_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True, revoked_at__isnull=True)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="assignment_revoked_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="REVOKED") | Q(revoked_at__isnull=False), name="revoked_assignment_says_when"
            ),
            models.CheckConstraint(
                condition=Q(override_rules=[]) | ~Q(override_reason=""), name="override_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} by {self.crew}"

    @property
    def team(self) -> list[Assignment]:
        """The rows of all crews, the lead first; of a lead."""
        return [self, *sorted(self.further_crews.all(), key=lambda one: one.part)]

    @property
    def crew_names(self) -> str:
        """`Line 3 + Traffic 1`; of a further crew only its own name."""
        return " + ".join(one.crew.name for one in self.team)

    @property
    def why_red(self) -> str:
        """Cause for which the decision no longer stands, of any crew of its team; empty while it does."""
        return self.red_cause if self.lead is None else self.lead.red_cause

    @property
    def undo_until(self) -> datetime:
        """From then on, taking it back needs a reason."""
        return self.approved_at + timedelta(minutes=settings.UNDO_MINUTES)

    @property
    def can_be_revoked(self) -> bool:
        return self.status in sources(self.TRANSITIONS, self.Status.REVOKED)
