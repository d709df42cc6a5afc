from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from assignments.models.districts import District
from assignments.models.orders import WorkOrder
from assignments.models.rules import State
from assignments.models.states import StatefulQuerySet, table
from assignments.models.systems import Sourced

# The register need not know the end of an excavation ticket: the law of the state sets one.
_ENDS_BY_LAW = Q(kind="EXCAVATION", valid_from__isnull=False, valid_until__isnull=True)


class PermitQuerySet(StatefulQuerySet):
    def readable_by(self, user: Any) -> PermitQuerySet:
        return self.filter(order__district__in=District.objects.readable_by(user))

    def live(self) -> PermitQuerySet:
        return self.filter(status__in=Permit.LIVE)

    def lapsed_at(self, now: datetime) -> PermitQuerySet:
        """Still called live by the register although their window is over."""
        return self.live().filter(valid_until__lte=now)


class _Timed:
    """The times in which a permit lets work go on, by its register and by the law of excavation tickets."""

    kind: Any
    status: Any
    valid_from: Any
    valid_until: Any

    def holds_until(self, district: District) -> datetime | None:
        """When it ends in this district: by its register, or before that by the law of tickets; None when unknown."""
        law, start = self._law(district), self.valid_from
        lawful = law.ticket_ends(start, district.zone) if law and start else None
        return min((end for end in (self.valid_until, lawful) if end), default=None)

    def begin_before(self, district: District) -> datetime | None:
        """Before when its work must have begun by the law of tickets; None when nothing says so."""
        law, start = self._law(district), self.valid_from
        return law.begin_before(start, district.zone) if law and start else None

    def window_in(self, district: District) -> tuple[datetime, datetime] | None:
        """The period in which it lets work go on; None when there is none."""
        until = self.holds_until(district)
        return (self.valid_from, until) if self.valid_from and until and self.valid_from < until else None

    def covers(self, district: District, now: datetime) -> bool:
        """Whether work that has not begun may yet begin on it, its status aside."""
        until, begin = self.holds_until(district), self.begin_before(district)
        return until is not None and until > now and (begin is None or begin > now)

    def _law(self, district: District) -> State | None:
        # An extension begins a life of its own, of which the register alone knows the beginning.
        renewed = self.status == Permit.Status.EXTENDED and self.valid_until is not None
        return district.state if self.kind == Permit.Kind.EXCAVATION and not renewed else None


@dataclass(frozen=True, slots=True)
class PermitWindow(_Timed):
    """The columns of a permit that decide when work may go on, for many at once."""

    COLUMNS: ClassVar = ("kind", "status", "valid_from", "valid_until")

    kind: str
    status: str
    valid_from: datetime | None
    valid_until: datetime | None


class Permit(_Timed, Sourced):
    """A safety document (IEC 61968 SafetyDocument) or public permission that work hangs on."""

    class Kind(models.TextChoices):
        CLEARANCE = "CLEARANCE", "Clearance / switching"
        EXCAVATION = "EXCAVATION", "Excavation ticket"
        TRAFFIC = "TRAFFIC", "Traffic control"
        HOT_WORK = "HOT_WORK", "Hot work"
        CONFINED_SPACE = "CONFINED_SPACE", "Confined space"
        ENVIRONMENTAL = "ENVIRONMENTAL", "Environmental"

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "Requested"
        ISSUED = "ISSUED", "Issued"
        SUSPENDED = "SUSPENDED", "Suspended"
        EXTENDED = "EXTENDED", "Extended"
        EXPIRED = "EXPIRED", "Expired"
        HANDED_BACK = "HANDED_BACK", "Handed back"
        CLOSED = "CLOSED", "Closed"
        REJECTED = "REJECTED", "Rejected"
        CANCELLED = "CANCELLED", "Cancelled"

    # Once issued a permit cannot be rejected, only suspended, handed back or left to expire.
    TRANSITIONS = table(
        {
            Status.REQUESTED: ("ISSUED", "REJECTED", "CANCELLED"),
            Status.ISSUED: ("SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK"),
            Status.EXTENDED: ("SUSPENDED", "EXTENDED", "EXPIRED", "HANDED_BACK"),
            Status.SUSPENDED: ("ISSUED", "EXPIRED", "HANDED_BACK"),
            Status.EXPIRED: ("EXTENDED", "CLOSED"),
            Status.HANDED_BACK: ("CLOSED",),
        }
    )
    LIVE = (Status.ISSUED, Status.EXTENDED)
    PENDING = (Status.REQUESTED,)

    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=Kind)
    authority = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.REQUESTED)
    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="permits")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    objects = PermitQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["valid_until", "number"]
        indexes = [
            *Sourced.Meta.indexes,
            models.Index(fields=["valid_until"], name="permit_live", condition=Q(status__in=["ISSUED", "EXTENDED"])),
            models.Index(
                fields=["valid_from"],
                name="ticket_live",
                condition=Q(status__in=["ISSUED", "EXTENDED"], kind="EXCAVATION"),
            ),
        ]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["kind", "number"], name="permit_number_is_unique_in_its_kind"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True, valid_until__isnull=True)
                | Q(valid_from__lt=F("valid_until"))
                | _ENDS_BY_LAW,
                name="permit_window_has_both_ends",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ISSUED", "EXTENDED"]) | Q(valid_until__isnull=False) | _ENDS_BY_LAW,
                name="live_permit_has_a_window",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
