"""One row of each set-up table and another of it, and another value for each of its fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Field, ManyToManyField, Model
from django.test import RequestFactory

from assignments import models
from tests import factories, teams
from tests.project import fields

VALUES: dict[str, Any] = {
    "State.code": "MI",
    "DownstreamSystem.code": "gis-2",
    "DownstreamSystem.manifest": {"actions": {"ETR": {"path": "/etr/{number}"}}},
    "DownstreamSystem.proxy": "http://proxy:3128",
    # Lineup concludes others anew.
    "WorkOrder.status": "CLOSED",
    "WorkOrder.version": 7,
    "WorkOrder.equipment": ["DIGGER", "TRAILER"],
    "WorkOrder.required_permits": ["HOT_WORK"],
    # A part that comes alone is the first one.
    "OrderPart.number": 1,
    "OrderPart.equipment": ["CONES"],
    "RuleSet.longest_part_minutes": 480,
    "RuleSet.weights": {"travel": 2.5},
    "RuleSet.kind_priorities": {"TROUBLE": "HIGH"},
    "RuleSet.two_person_exempt_kinds": ["INSPECTION"],
    "District.boundary": [[42.0, -88.0], [42.1, -88.0], [42.1, -88.1]],
    "District.network": {"substations": [{"name": "Cedar Hill", "place": [42.2, -92.1]}]},
    "District.time_zone": "Europe/London",
    "DownstreamSystem.base_url": "https://example.com/work",
    "ApiToken.scopes": ["read"],
}
"""Values that cannot be made up from the type of the field alone."""


TOGETHER = (frozenset({"part_of", "part"}),)
"""Fields that make sense only when they change together."""

OF_A_PART = frozenset({"WorkOrder.part_of", "WorkOrder.part", "WorkOrder.parts_in_all"})
"""Fields of an order that Lineup has cut, which no file holds and no file brings."""


def request_of(user: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


def make() -> dict[type[Model], Model]:
    """Makes two rows of each table; the first of each is what the tests change, the second what it may point to."""
    changed, _ = [_set(code, number) for number, code in enumerate(("NORTH", "SOUTH"), start=1)]
    # Held and asked for by nobody, so that a link to it is never one too many.
    factories.QualificationFactory(code="SPARE")
    return changed


def _set(code: str, number: int) -> dict[type[Model], Model]:
    rules = factories.RuleSetFactory(name=f"rules {number}")
    state = factories.StateFactory(code=["IL", "OH"][number - 1], name=f"State {number}")
    storm = factories.RuleSetFactory(name=f"storm {number}", storm=True)
    district = factories.DistrictFactory(code=code, rule_set=rules, state=state, storm_rule_set=storm)
    system = factories.DownstreamSystemFactory(code=["work", "permits"][number - 1])
    user = factories.UserFactory()
    skill = factories.QualificationFactory(code=f"SKILL{number}")
    own: dict[str, Any] = {"source": system, "synced_at": factories.NOW}
    person = factories.EmployeeFactory(district=district, source_reference=f"E-{number}", **own)
    crew = factories.CrewFactory(
        district=district, source_reference=f"C-{number}", staff__members=0, foreman=person, **own
    )
    vehicle = factories.EquipmentFactory(crew=crew, source_reference=f"V-{number}", **own)
    earlier = factories.OrderFactory(district=district)
    visit = {"appointment_starts_at": factories.at("09:00"), "appointment_ends_at": factories.at("12:00")}
    order = factories.OrderFactory(district=district, source_reference=f"W-{number}", **visit, **own)
    order.prerequisites.add(earlier)
    hours = {"starts_at": factories.NOW, "ends_at": factories.NOW + timedelta(hours=8)}
    made: list[Model] = [
        rules, state, district, system, skill, person, crew, vehicle, order,
        factories.RuleSetBreakFactory(rule_set=rules),
        factories.MembershipFactory(district=district, user=user),
        factories.FileColumnFactory(theirs=f"Auftrag {number}"),
        factories.ApiTokenFactory(user=user, secret=f"lineup_{number}"),
        factories.SubscriptionFactory(user=user),
        factories.HeldQualificationFactory(employee=person, qualification=skill),
        factories.CrewMembershipFactory(crew=crew, employee=person, ends_at=factories.NOW),
        factories.AbsenceFactory(employee=person, source_reference=f"A-{number}", **own),
        factories.ShiftFactory(crew=crew, source_reference=f"S-{number}", **own),
        models.EquipmentOutage.objects.create(equipment=vehicle, reason=f"Inspection {number}", **hours),
        factories.PermitFactory(order=order, source_reference=f"P-{number}", **own),
        factories.OrderNeedFactory(order=order, qualification=skill),
    ]  # fmt: skip
    if number == 1:
        made.append(teams.OrderPartFactory(order=order, number=2))
    return {type(row): row for row in made} | {get_user_model(): user}


def another(row: Model, field: Field[Any, Any] | ManyToManyField[Any, Any]) -> Any:
    """A value that the row does not have in this field and might have."""
    label = f"{type(row).__name__}.{field.name}"
    if label in VALUES:
        return VALUES[label]
    if field.is_relation:
        related: Any = field.related_model
        if field.many_to_many:
            return [related._default_manager.exclude(pk__in=getattr(row, field.name).all()).exclude(pk=row.pk).first()]
        allowed = related._default_manager.complex_filter(field.get_limit_choices_to())  # type: ignore[attr-defined]
        return allowed.exclude(pk=getattr(row, field.attname)).order_by("-pk").first()
    return _unlike(getattr(row, field.name), field)


def _unlike(value: Any, field: Any) -> Any:
    if field.choices:
        return next(choice for choice, _ in field.flatchoices if choice != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(hours=1)
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"other {field.name}"[: field.max_length]
    kind = field.get_internal_type()
    assert value is None, f"Give another value of {field} in VALUES: {value!r} is of no known type."
    return factories.NOW + timedelta(hours=1) if kind == "DateTimeField" else 7


def change(row: Model, changed: Iterable[Field[Any, Any] | ManyToManyField[Any, Any]]) -> None:
    """Gives the row another value in each of the fields, past all services, so that nothing else changes."""
    columns = {}
    for field in changed:
        if field.many_to_many:
            getattr(row, field.name).set(another(row, field))
        else:
            columns[field.name] = another(row, field)
    if columns:
        type(row)._default_manager.filter(pk=row.pk).update(**columns)


def with_those_beside(table: type[Model], name: str) -> list[Any]:
    """The field of this name and those that change with it."""
    names = next((group for group in TOGETHER if name in group), frozenset({name}))
    return [field for field in fields.fields_of(table) if field.name in names]


def cells(table: type[Model]) -> dict[int, dict[str, Any]]:
    """Every field of every row, comparable, by the row's key."""
    return {row.pk: {field.name: _cell(row, field) for field in fields.fields_of(table)} for row in _rows(table)}


def _rows(table: type[Model]) -> Any:
    return table._default_manager.order_by("pk")


def _cell(row: Model, field: Any) -> Any:
    if field.many_to_many:
        return sorted(getattr(row, field.name).values_list("pk", flat=True))
    return getattr(row, field.attname)
