from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.functional import cached_property

from assignments.engine.domain.problem import PriorityClass
from assignments.models import parting
from assignments.models.districts import District
from assignments.models.rules import RuleSet
from assignments.models.states import StatefulQuerySet, table
from assignments.models.systems import Sourced
from assignments.models.workforce import Level, Qualification


class WorkOrderQuerySet(StatefulQuerySet):
    def readable_by(self, user: Any) -> WorkOrderQuerySet:
        return self.filter(district__in=District.objects.readable_by(user))

    def open(self) -> WorkOrderQuerySet:
        """Work that is still to be finished."""
        return self.exclude(status__in=WorkOrder.FINISHED)

    def assignable(self) -> WorkOrderQuerySet:
        """Work that a crew may still be found for."""
        return self.workable().filter(status__in=WorkOrder.ASSIGNABLE)

    def workable(self) -> WorkOrderQuerySet:
        """Work that crews do: of split work its parts and not the whole."""
        return self.filter(parting.WORKABLE)

    def counted_once(self) -> WorkOrderQuerySet:
        """Each piece of work once, by the row with which it ends: of split work the last part."""
        return self.filter(parting.LAST)

    def startable_before(self, end: datetime) -> WorkOrderQuerySet:
        """May start before `end`, by its earliest start and its appointment; overdue work stays until done."""
        may_start = Q(earliest_start__isnull=True) | Q(earliest_start__lt=end)
        return self.filter(may_start, Q(appointment_starts_at__isnull=True) | Q(appointment_starts_at__lt=end))

    def with_urgency(self, districts: Iterable[District]) -> WorkOrderQuerySet:
        """Annotated with `urgency`: the priority class under the rules in force, as Priorities.of decides it.

        Orders of other districts keep the priority that they state.
        """
        cases = [When(district=one, then=_urgency(one.rules_in_force)) for one in districts]
        found: WorkOrderQuerySet = self.annotate(
            urgency=Case(*cases, default=F("priority")) if cases else F("priority")
        )
        return found

    def with_urgency_under(self, rules: RuleSet, name: str) -> WorkOrderQuerySet:
        """Annotated, as `name`, with the priority class that these rules give."""
        found: WorkOrderQuerySet = self.annotate(**{name: _urgency(rules)})
        return found

    def by_risk(self, districts: Iterable[District]) -> WorkOrderQuerySet:
        """Most urgent first under the rules in force: priority class, customers out, due date."""
        due_first = F("due_at").asc(nulls_last=True)
        return self.with_urgency(districts).order_by("urgency", "-customers_out", due_first, "number")


def _urgency(rules: RuleSet) -> Case:
    """The SQL of engine.priorities.Priorities.of."""
    kinds = [When(kind=kind, then=_class(name)) for kind, name in sorted(rules.kind_priorities.items())]
    given = Case(*kinds, default=F("priority"), output_field=_CLASS)
    cases = [When(priority=WorkOrder.Priority.EMERGENCY, then=_class("EMERGENCY"))]
    if rules.emergency_customers is not None:
        cases.append(When(customers_out__gte=rules.emergency_customers, then=_class("EMERGENCY")))
    if rules.urgent_customers is not None:
        urgent = Least(given, _class("URGENT"), output_field=_CLASS)
        cases.append(When(customers_out__gte=rules.urgent_customers, then=urgent))
    return Case(*cases, default=given, output_field=_CLASS)


_CLASS = models.PositiveSmallIntegerField()


def _class(name: str) -> Value:
    return Value(int(WorkOrder.Priority[name]), output_field=_CLASS)


class WorkOrder(Sourced, parting.Parted):
    """A piece of work (IEC 61968 Work) that needs a crew."""

    class Kind(models.TextChoices):
        TROUBLE = "TROUBLE", "Trouble"
        CORRECTIVE = "CORRECTIVE", "Corrective"
        PREVENTIVE = "PREVENTIVE", "Preventive"
        NEW_SERVICE = "NEW_SERVICE", "New service"
        VEGETATION = "VEGETATION", "Vegetation"
        INSPECTION = "INSPECTION", "Inspection"
        SWITCHING = "SWITCHING", "Switching"

    class Priority(models.IntegerChoices):
        """Lower is more urgent, as in the engine's PriorityClass."""

        EMERGENCY = 0, "Emergency"
        URGENT = 1, "Urgent"
        HIGH = 2, "High"
        NORMAL = 3, "Normal"
        LOW = 4, "Low"

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "Received"
        WAITING = "WAITING", "Waiting"
        READY = "READY", "Ready"
        SCHEDULED = "SCHEDULED", "Scheduled"
        DISPATCHED = "DISPATCHED", "Dispatched"
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        COMPLETED = "COMPLETED", "Completed"
        CLOSED = "CLOSED", "Closed"
        CANCELLED = "CANCELLED", "Cancelled"

    # Gathered states may skip ahead: work management may report completion of work never assigned here.
    TRANSITIONS = table(
        {
            Status.RECEIVED: ("WAITING", "READY", "SCHEDULED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CANCELLED"),
            Status.WAITING: ("READY", "SCHEDULED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CANCELLED"),
            Status.READY: ("WAITING", "SCHEDULED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CANCELLED"),
            Status.SCHEDULED: ("WAITING", "READY", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "CANCELLED"),
            Status.DISPATCHED: ("IN_PROGRESS", "SCHEDULED", "READY", "COMPLETED", "CANCELLED"),
            Status.IN_PROGRESS: ("COMPLETED", "READY", "CANCELLED"),
            Status.COMPLETED: ("CLOSED", "READY"),
        }
    )
    ASSIGNABLE = (Status.RECEIVED, Status.WAITING, Status.READY)
    FINISHED = (Status.COMPLETED, Status.CLOSED, Status.CANCELLED)

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="orders")
    vanished_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When its system's list no longer had it, so that it was cancelled here; it may come back."""
    # Longer than what other systems send, for the number of a part.
    number = models.CharField(max_length=48, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    status = models.CharField(max_length=12, choices=Status, default=Status.RECEIVED)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    address = models.CharField(max_length=200, blank=True)
    feeder = models.CharField(max_length=40, blank=True)
    substation = models.CharField(max_length=60, blank=True)
    voltage = models.PositiveIntegerField(default=0, help_text="Nominal volts of what is worked on.")
    energised = models.BooleanField(default=False)
    customers_out = models.PositiveIntegerField(default=0)
    duration_minutes = models.PositiveIntegerField()
    earliest_start = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    appointment_starts_at = models.DateTimeField(null=True, blank=True)
    appointment_ends_at = models.DateTimeField(null=True, blank=True)
    crew_size = models.PositiveSmallIntegerField(default=1)
    equipment = models.JSONField(default=list, blank=True, help_text="Equipment codes the crew must bring.")
    required_permits = models.JSONField(default=list, blank=True, help_text="Permit kinds the work must have.")
    materials_ready = models.BooleanField(default=True)
    materials_expected_at = models.DateTimeField(null=True, blank=True)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="dependants")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    """Grows with every change of the row: what optimistic writers compare."""

    objects = WorkOrderQuerySet.as_manager()

    class Meta(Sourced.Meta):
        ordering = ["number"]
        indexes = [*Sourced.Meta.indexes, models.Index(fields=["district", "status", "priority"], name="order_queue")]
        constraints = [
            *Sourced.Meta.constraints,
            *parting.CONSTRAINTS,
            models.CheckConstraint(condition=Q(duration_minutes__gte=5), name="order_takes_five_minutes_or_more"),
            models.CheckConstraint(condition=Q(crew_size__gte=1), name="order_needs_somebody"),
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="order_latitude_is_on_earth"),
            models.CheckConstraint(condition=Q(longitude__range=(-180, 180)), name="order_longitude_is_on_earth"),
            models.CheckConstraint(
                condition=Q(appointment_starts_at__isnull=True, appointment_ends_at__isnull=True)
                | Q(appointment_starts_at__lt=F("appointment_ends_at")),
                name="order_appointment_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("assignments:order-review", args=[self.number])

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def urgency_in_force(self) -> WorkOrder.Priority:
        """The priority class under the rules in force in its district."""
        stated = PriorityClass(self.priority)
        found = self.district.rules_in_force.priorities.of(self.kind.lower(), stated, self.customers_out)
        return self.Priority(found.value)

    @property
    def is_assignable(self) -> bool:
        return self.status in self.ASSIGNABLE and not self.is_split

    @property
    def is_in_the_field(self) -> bool:
        """Whether a crew is on its way or at work, as work management reports."""
        return self.status in (self.Status.DISPATCHED, self.Status.IN_PROGRESS)

    @property
    def whole(self) -> WorkOrder:
        """The order of which it is a part, or itself: there are the rows beneath an order that its parts share."""
        return self.part_of or self  # type: ignore[return-value]  # a row of the same table

    # Read once for an order; as the `to_attr` of a prefetch they spare a day's reading a query set for each order.
    @cached_property
    def own_needs(self) -> list[OrderNeed]:
        return list(self.needs.all())

    @cached_property
    def own_parts(self) -> list[OrderPart]:
        return list(self.parts.all())

    @property
    def every_need(self) -> list[OrderNeed]:
        return self.whole.own_needs

    @property
    def every_part(self) -> list[OrderPart]:
        return self.whole.own_parts

    @property
    def every_permit(self) -> list[Any]:
        """Of the whole: each of its parts needs them in its own time."""
        return list(self.whole.permits.all())

    @property
    def further_parts(self) -> list[OrderPart]:
        """Requirements on each crew beside the lead crew, in order of number; reads `parts` and `needs` of the whole.

        A need may stand for a part that nobody has described: that takes a crew as well.
        """
        described = {part.number: part for part in self.every_part}
        asked = {need.part for need in self.every_need if need.part}
        numbers = sorted(described.keys() | asked)
        return [described.get(n) or OrderPart(order=self, number=n, title=f"crew {n + 1}") for n in numbers]

    def needs_of(self, part: int) -> list[OrderNeed]:
        """The qualifications asked of the crew of one part; 0 is the lead crew's."""
        return [need for need in self.every_need if need.part == part]


class OrderPart(models.Model):
    """A further crew that the order needs at the same time as its lead crew: a traffic crew, a second line crew."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(default=1, help_text="1 for the first crew beside the lead crew.")
    title = models.CharField(max_length=60, help_text="What the crew is called, for example: traffic crew.")
    crew_size = models.PositiveSmallIntegerField(default=1)
    equipment = models.JSONField(default=list, blank=True, help_text="Equipment codes that this crew must bring.")

    class Meta:
        ordering = ["order", "number"]
        verbose_name = "further crew"
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_part_is_numbered_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="order_part_0_is_the_order_itself"),
            models.CheckConstraint(condition=Q(crew_size__gte=1), name="order_part_needs_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.order.number}, {self.title}"


class OrderNeed(models.Model):
    """`people` members of the crew must hold the qualification at the level or above."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="needs")
    part = models.PositiveSmallIntegerField(
        default=0, help_text="0 for the lead crew, or the number of the further crew that it is asked of."
    )
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level, default=Level.STANDARD)
    people = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["order", "part", "qualification"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "part", "qualification", "level"], name="order_need_is_stated_once"
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="order_need_is_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.people} x {self.qualification} ({self.get_level_display()})"
