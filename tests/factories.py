# size: one factory for each table, looked up in one place.
"""Rows with readable defaults: a district, its crews on a day shift, and work that one of them could do.

The clock of the tests stands at `NOW`: Monday 15 June 2026, 05:45 in Chicago, a quarter of an hour before the shift.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from assignments import models

NOW = datetime(2026, 6, 15, 10, 45, tzinfo=UTC)
DAY = date(2026, 6, 15)
DAY_STARTS_AT = datetime(2026, 6, 15, 5, 0, tzinfo=UTC)
SHIFT_STARTS_AT = datetime(2026, 6, 15, 11, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(clock: str, *, days: int = 0) -> datetime:
    """A local time of the tests' day in the district's zone: at("07:30")."""
    hours, minutes = clock.split(":")
    return DAY_STARTS_AT + timedelta(days=days, hours=int(hours), minutes=int(minutes))


class UserFactory(DjangoModelFactory[Any]):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    password = factory.django.Password("correct-horse-battery")


class RuleSetFactory(DjangoModelFactory[models.RuleSet]):
    class Meta:
        model = models.RuleSet
        django_get_or_create = ("name",)

    name = "normal"
    two_person_exempt_kinds = ["SWITCHING"]


class RuleSetBreakFactory(DjangoModelFactory[models.RuleSetBreak]):
    """Half an hour for a meal, begun between 10:30 and 13:00 on a shift from 07:00."""

    class Meta:
        model = models.RuleSetBreak

    rule_set = factory.SubFactory(RuleSetFactory)
    name = "meal break"
    length_minutes = 30
    earliest_minutes = 210
    latest_minutes = 360
    after_minutes = 360


class DistrictFactory(DjangoModelFactory[models.District]):
    class Meta:
        model = models.District
        django_get_or_create = ("code",)

    code = "NORTH"
    name = factory.LazyAttribute(lambda d: d.code.title())
    time_zone = "America/Chicago"
    latitude = 41.9
    longitude = -88.3
    rule_set = factory.SubFactory(RuleSetFactory)


class StormFactory(DjangoModelFactory[models.Storm]):
    """Declared an hour before NOW and in force; `rule_set__...=` says what differs."""

    class Meta:
        model = models.Storm
        skip_postgeneration_save = True

    district = factory.SubFactory(DistrictFactory)
    rule_set = factory.SubFactory(RuleSetFactory, name="storm", storm=True)
    declared_by = factory.SubFactory(UserFactory)
    declared_at = NOW - timedelta(hours=1)
    reason = "Ice on the lines"

    @factory.post_generation
    def in_force(self: Any, create: bool, extracted: Any) -> None:
        self.district.storm_rule_set = self.rule_set
        self.district.storm = self
        self.district.save()


class StateFactory(DjangoModelFactory[models.State]):
    """Illinois: a ticket lives 28 calendar days."""

    class Meta:
        model = models.State
        django_get_or_create = ("code",)

    code = "IL"
    name = "Illinois"
    ticket_life = 28


class FileColumnFactory(DjangoModelFactory[models.FileColumn]):
    class Meta:
        model = models.FileColumn

    table = "workorder"
    theirs = "Auftrag"
    ours = "number"


class FileImportFactory(DjangoModelFactory[models.FileImport]):
    class Meta:
        model = models.FileImport

    table = "workorder"
    name = "orders.csv"
    started_by = factory.SubFactory(UserFactory)
    started_at = NOW
    asked_at = NOW


class MembershipFactory(DjangoModelFactory[models.Membership]):
    class Meta:
        model = models.Membership

    user = factory.SubFactory(UserFactory)
    district = factory.SubFactory(DistrictFactory)
    role = models.Membership.Role.MANAGER


class DownstreamSystemFactory(DjangoModelFactory[models.DownstreamSystem]):
    class Meta:
        model = models.DownstreamSystem
        django_get_or_create = ("code",)

    code = "work"
    kind = factory.LazyAttribute(lambda s: s.code.upper())
    name = factory.LazyAttribute(lambda s: models.DownstreamSystem.Kind(s.kind).label)
    base_url = "http://127.0.0.1:9"


class QualificationFactory(DjangoModelFactory[models.Qualification]):
    class Meta:
        model = models.Qualification
        django_get_or_create = ("code",)

    code = "LINE"
    name = factory.LazyAttribute(lambda q: q.code.title())


class EmployeeFactory(DjangoModelFactory[models.Employee]):
    class Meta:
        model = models.Employee

    name = factory.Sequence(lambda n: f"Employee {n}")
    district = factory.SubFactory(DistrictFactory)


class HeldQualificationFactory(DjangoModelFactory[models.HeldQualification]):
    class Meta:
        model = models.HeldQualification

    employee = factory.SubFactory(EmployeeFactory)
    qualification = factory.SubFactory(QualificationFactory)
    issued_at = LONG_AGO


class CrewFactory(DjangoModelFactory[models.Crew]):
    """A crew of two people who hold LINE; `staff__members=0` is an empty one, `staff__qualified=()` an unqualified."""

    class Meta:
        model = models.Crew
        skip_postgeneration_save = True

    # Above the numbers that tests give by name: a crew is unique in its district.
    name = factory.Sequence(lambda n: f"Line {1000 + n}")
    district = factory.SubFactory(DistrictFactory)
    latitude = 41.9
    longitude = -88.3

    @factory.post_generation
    def staff(self: Any, create: bool, extracted: Any, *, members: int = 2, qualified: Any = ("LINE",)) -> None:
        for position in range(members):
            person = EmployeeFactory(district=self.district)
            CrewMembershipFactory(crew=self, employee=person)
            for code in qualified:
                HeldQualificationFactory(employee=person, qualification=QualificationFactory(code=code))
            if position == 0:
                self.foreman = person
                self.save(update_fields=["foreman"])


class CrewMembershipFactory(DjangoModelFactory[models.CrewMembership]):
    class Meta:
        model = models.CrewMembership

    crew = factory.SubFactory(CrewFactory)
    employee = factory.SubFactory(EmployeeFactory)
    starts_at = LONG_AGO


class ShiftFactory(DjangoModelFactory[models.Shift]):
    """A day shift of ten hours, 06:00 to 16:00 local time."""

    class Meta:
        model = models.Shift

    crew = factory.SubFactory(CrewFactory)
    starts_at = SHIFT_STARTS_AT
    ends_at = factory.LazyAttribute(lambda s: s.starts_at + timedelta(hours=10))


class AbsenceFactory(DjangoModelFactory[models.Absence]):
    class Meta:
        model = models.Absence

    employee = factory.SubFactory(EmployeeFactory)
    starts_at = SHIFT_STARTS_AT
    ends_at = factory.LazyAttribute(lambda a: a.starts_at + timedelta(hours=10))
    kind = models.Absence.Kind.SICK


class EquipmentFactory(DjangoModelFactory[models.Equipment]):
    class Meta:
        model = models.Equipment

    code = "BUCKET"
    name = factory.Sequence(lambda n: f"Bucket truck {n}")
    crew = factory.SubFactory(CrewFactory)


class OrderFactory(DjangoModelFactory[models.WorkOrder]):
    """An hour of corrective work near the base that any two line workers can do; ready for a crew."""

    class Meta:
        model = models.WorkOrder

    district = factory.SubFactory(DistrictFactory)
    number = factory.Sequence(lambda n: f"WO-{1000 + n}")
    kind = models.WorkOrder.Kind.CORRECTIVE
    status = models.WorkOrder.Status.READY
    title = "Replace cross-arm"
    latitude = 41.95
    longitude = -88.25
    feeder = "F-101"
    substation = "Cedar Hill"
    duration_minutes = 60
    crew_size = 2


class OrderNeedFactory(DjangoModelFactory[models.OrderNeed]):
    class Meta:
        model = models.OrderNeed

    order = factory.SubFactory(OrderFactory)
    qualification = factory.SubFactory(QualificationFactory)


class PermitFactory(DjangoModelFactory[models.Permit]):
    """Issued for the whole tests' day."""

    class Meta:
        model = models.Permit

    order = factory.SubFactory(OrderFactory)
    number = factory.Sequence(lambda n: f"P-{1000 + n}")
    kind = models.Permit.Kind.EXCAVATION
    status = models.Permit.Status.ISSUED
    valid_from = DAY_STARTS_AT
    valid_until = factory.LazyAttribute(lambda p: p.valid_from + timedelta(days=1))


class OutageFactory(DjangoModelFactory[models.Outage]):
    """Not restored."""

    class Meta:
        model = models.Outage

    order = factory.SubFactory(OrderFactory)
    source = factory.SubFactory("tests.factories.DownstreamSystemFactory", code="permits", kind="PERMITS")
    source_reference = factory.Sequence(lambda n: f"O-{1000 + n}")
    customers_out = 40
    started_at = NOW


class WaitingRecordFactory(DjangoModelFactory[models.WaitingRecord]):
    """A permit of an order that has not come yet."""

    class Meta:
        model = models.WaitingRecord

    system = factory.SubFactory("tests.factories.DownstreamSystemFactory", code="permits", kind="PERMITS")
    resource = "permits"
    reference = factory.Sequence(lambda n: f"P-{1000 + n}")
    body: dict[str, object] = {}
    reason = "order W-9 is not known"
    since = NOW
    tried_at = NOW


class RefusedRecordFactory(DjangoModelFactory[models.RefusedRecord]):
    """An order whose title was left out."""

    class Meta:
        model = models.RefusedRecord

    system = factory.SubFactory("tests.factories.DownstreamSystemFactory", code="work", kind="WORK")
    district = factory.SubFactory(DistrictFactory)
    resource = "orders"
    reference = factory.Sequence(lambda n: f"W-{1000 + n}")
    version = 1
    field = "title"
    reason = "title: Field required"
    raw = "{}"
    first_seen_at = NOW
    last_seen_at = NOW


class NoteFactory(DjangoModelFactory[models.Note]):
    """Give it an order, a crew or a district."""

    class Meta:
        model = models.Note

    text = "The bucket truck is back tomorrow."
    written_by = factory.SubFactory(UserFactory)
    written_at = NOW


class SuggestionRunFactory(DjangoModelFactory[models.SuggestionRun]):
    class Meta:
        model = models.SuggestionRun

    district = factory.SubFactory(DistrictFactory)
    day = DAY
    horizon_starts_at = DAY_STARTS_AT
    horizon_ends_at = factory.LazyAttribute(lambda r: r.horizon_starts_at + timedelta(days=1))
    status = models.SuggestionRun.Status.READY
    requested_at = NOW


class SuggestionFactory(DjangoModelFactory[models.Suggestion]):
    """A proposal at 08:00 local time with the fingerprint of the rows as they are when it is made."""

    class Meta:
        model = models.Suggestion

    order = factory.SubFactory(OrderFactory)
    shift = factory.SubFactory(ShiftFactory)
    crew = factory.LazyAttribute(lambda s: s.shift.crew)
    run = factory.SubFactory(SuggestionRunFactory, district=factory.SelfAttribute("..order.district"))
    rank = 1
    starts_at = factory.LazyFunction(lambda: at("08:00"))
    ends_at = factory.LazyAttribute(lambda s: s.starts_at + s.order.duration)
    travel_minutes = 20
    departs_at = factory.LazyAttribute(lambda s: s.starts_at - timedelta(minutes=s.travel_minutes))
    score = 100
    in_plan = True

    @factory.lazy_attribute
    def fingerprint(self: Any) -> str:
        from assignments.services.snapshots import snapshotting

        return snapshotting.fingerprint_of(order=self.order, shift=self.shift, now=NOW)


class AssignmentFactory(DjangoModelFactory[models.Assignment]):
    class Meta:
        model = models.Assignment

    order = factory.SubFactory(OrderFactory, status=models.WorkOrder.Status.SCHEDULED)
    shift = factory.SubFactory(ShiftFactory)
    crew = factory.LazyAttribute(lambda a: a.shift.crew)
    starts_at = factory.LazyFunction(lambda: at("08:00"))
    ends_at = factory.LazyAttribute(lambda a: a.starts_at + a.order.duration)
    departs_at = factory.LazyAttribute(lambda a: a.starts_at - timedelta(minutes=20))
    status = models.Assignment.Status.APPROVED
    approved_by = factory.SubFactory(UserFactory)
    approved_at = NOW


class WriteBackFactory(DjangoModelFactory[models.WriteBack]):
    class Meta:
        model = models.WriteBack
        skip_postgeneration_save = True

    assignment = factory.SubFactory(AssignmentFactory)
    target = factory.SubFactory(DownstreamSystemFactory)
    action = models.WriteBack.Action.ASSIGN
    payload = factory.LazyFunction(dict)
    next_attempt_at = NOW
    created_at = NOW

    @factory.post_generation
    def lanes(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """In the queues of its order and crews while it is open."""
        if self.status in models.WriteBack.OPEN:
            models.WriteBackLane.objects.lay([self])


class ComparisonFactory(DjangoModelFactory[models.BookComparison]):
    """Of a book that was read well."""

    class Meta:
        model = models.BookComparison

    target = factory.SubFactory(DownstreamSystemFactory)
    status = "DONE"
    asked_at = began_at = ended_at = NOW


class DifferenceFactory(DjangoModelFactory[models.Difference]):
    """A booking that Lineup did not make."""

    class Meta:
        model = models.Difference

    comparison = factory.SubFactory(ComparisonFactory)
    kind = "FOREIGN"


class SubscriptionFactory(DjangoModelFactory[models.Subscription]):
    """Hears of orders; of no district until it is given some."""

    class Meta:
        model = models.Subscription

    name = factory.Sequence(lambda n: f"Subscription {n}")
    user = factory.SubFactory(UserFactory)
    address = "http://127.0.0.1:9/hook"
    kinds = factory.LazyFunction(lambda: ["order.changed"])
    created_at = NOW
    begins_at = NOW


class OutgoingEventFactory(DjangoModelFactory[models.OutgoingEvent]):
    class Meta:
        model = models.OutgoingEvent

    subscription = factory.SubFactory(SubscriptionFactory)
    district = factory.SubFactory(DistrictFactory)
    kind = "order.changed"
    subject = "WO-1"
    data = factory.LazyFunction(dict)
    happened_at = NOW
    next_attempt_at = NOW
    give_up_at = NOW + timedelta(days=7)


class ApiTokenFactory(DjangoModelFactory[models.ApiToken]):
    """`secret=` chooses the bearer token; only its digest is stored."""

    class Meta:
        model = models.ApiToken

    class Params:
        secret = "lineup_test-secret"

    name = factory.Sequence(lambda n: f"Integration {n}")
    user = factory.SubFactory(UserFactory)
    digest = factory.LazyAttribute(lambda t: models.ApiToken.digest_of(t.secret))
    scopes = factory.LazyFunction(lambda: ["read", "suggest", "decide", "subscribe"])


class WorkerBeatFactory(DjangoModelFactory[models.WorkerBeat]):
    """A worker that was seen on the tests' day, and by the clock of the database no more."""

    class Meta:
        model = models.WorkerBeat

    owner = factory.Sequence(lambda n: f"worker-{n}")
    began_at = LONG_AGO
    seen_at = NOW
