"""The checks of the database, as they are judged without it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments import models
from assignments.services.files import constraints, tables
from tests import examples, factories

BENEATH = (models.OrderNeed, models.OrderPart, models.CrewMembership, models.EquipmentOutage, models.RuleSetBreak)
TABLES = [*(one._meta.model for one in tables.RESOURCES.values()), *BENEATH]
MOMENTS = st.sampled_from([factories.NOW + timedelta(hours=hours) for hours in (-1, 0, 1)])
NUMBERS = st.sampled_from([-1, 0, 1, 2, 4, 5, 30, 90, 91, 180, 181, 300, 301, 400])


def values_of(field: Any) -> st.SearchStrategy[Any]:
    kind = field.get_internal_type()
    if field.choices:
        found: st.SearchStrategy[Any] = st.sampled_from([value for value, _ in field.choices])
    elif kind == "DateTimeField":
        found = MOMENTS
    elif kind in ("FloatField", "PositiveIntegerField", "PositiveSmallIntegerField", "ForeignKey"):
        found = NUMBERS
    else:
        found = st.sampled_from(["", "a"])
    return st.one_of(st.none(), found)


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table._meta.model_name)
@given(data=st.data())
@settings(examples.drawn(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_have_the_same_verdict_as_the_database(table: type[Model], data: st.DataObject) -> None:
    checks = [one for one in table._meta.constraints if isinstance(one, CheckConstraint)]
    named = {name for one in checks for name in constraints.columns_of(one)}
    fields = [field for field in table._meta.fields if field.name in named]
    row = table(**{field.attname: data.draw(values_of(field), label=field.name) for field in fields})

    broken = constraints.broken_by(row, besides=())

    assert set(broken) == {", ".join(sorted(constraints.columns_of(one))) for one in checks if not holds(one, row)}


def holds(check: CheckConstraint, row: Model) -> bool:
    try:
        check.validate(type(row), row)
    except ValidationError:
        return False
    return True


def test_one_that_follows_other_tables_is_left_to_the_database(db: None) -> None:
    """A permit may last as the law of its state says."""
    order = factories.OrderFactory(district__state=factories.StateFactory(code="MI", ticket_life=14))
    permit = models.Permit(order=order, kind="EXCAVATION", status="ISSUED", valid_from=factories.NOW)

    assert constraints.broken_by(permit, besides=()) == {}
    permit.order = factories.OrderFactory(district__state=None)
    assert set(constraints.broken_by(permit, besides=())) <= {"kind, status, valid_from, valid_until"}
