"""A form of the administration that was opened before its row was changed does not save over the change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import models as fields
from django.test import Client

from assignments import models
from assignments.admin import base
from assignments.engine.domain.problem import PriorityClass
from tests import factories
from tests.views.adminforms import form_of, save

SET_UP = [model for model, page in admin.site._registry.items() if isinstance(page, base.AuditedAdmin)]


@pytest.fixture
def permit(db: None) -> models.Permit:
    return factories.PermitFactory(status="ISSUED", authority="City")


def change_behind(row: Any, **values: Any) -> None:
    """As a worker that gathers, or another administrator, does."""
    type(row).objects.filter(pk=row.pk).update(**values)


def complaints(response: Any) -> str:
    return " ".join(str(one) for one in response.context["errors"])


class TestAPermitThatIsSuspendedMeanwhile:
    def test_is_not_issued_again(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit)
        change_behind(permit, status="SUSPENDED")

        response = ada.post(address, form | {"authority": "County"})

        permit.refresh_from_db()
        assert (response.status_code, permit.status, permit.authority) == (200, "SUSPENDED", "City")
        assert "it is Suspended now" in complaints(response)
        assert response.context["adminform"].form["status"].value() == "ISSUED"
        assert response.context["adminform"].form["authority"].value() == "County"
        assert not models.AuditEntry.objects.filter(verb="permit.changed").exists()

    def test_is_not_issued_again_from_the_page_of_its_order(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit.order)
        change_behind(permit, status="SUSPENDED")

        response = ada.post(address, form | {"title": "Another"})

        permit.refresh_from_db()
        assert (response.status_code, permit.status) == (200, "SUSPENDED")
        assert "it is Suspended now" in complaints(response)

    def test_is_what_was_entered_when_that_is_saved_again(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit)
        change_behind(permit, authority="State")
        refused = ada.post(address, form | {"authority": "County"})
        marks = refused.context["adminform"].form["opened"].value()

        again = ada.post(address, form | {"authority": "County", "opened": marks})

        permit.refresh_from_db()
        assert (again.status_code, permit.authority) == (302, "County")

    def test_is_refused_again_when_it_changed_again(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit)
        change_behind(permit, authority="State")
        marks = ada.post(address, form).context["adminform"].form["opened"].value()
        change_behind(permit, authority="Parish")

        again = ada.post(address, form | {"opened": marks})

        permit.refresh_from_db()
        assert (again.status_code, permit.authority) == (200, "Parish")

    def test_may_be_suspended_here_too(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit)
        change_behind(permit, status="SUSPENDED")

        assert ada.post(address, form | {"status": "SUSPENDED"}).status_code == 302


def test_an_emergency_stays_one(ada: Client) -> None:
    order = factories.OrderFactory(priority=PriorityClass.NORMAL)
    address, form = form_of(ada, order)
    change_behind(order, priority=PriorityClass.EMERGENCY)

    assert ada.post(address, form | {"title": "Pole leans"}).status_code == 200

    order.refresh_from_db()
    assert order.priority == PriorityClass.EMERGENCY


def test_many_to_many_is_looked_at_too(ada: Client) -> None:
    order, first, other = factories.OrderFactory(), factories.OrderFactory(), factories.OrderFactory()
    address, form = form_of(ada, order)
    order.prerequisites.add(first)

    response = ada.post(address, form | {"prerequisites": [other.pk]})

    assert f"it is {first} now" in complaints(response)
    assert list(order.prerequisites.all()) == [first]


def test_a_row_that_came_meanwhile_stays(ada: Client) -> None:
    order = factories.OrderFactory()
    address, form = form_of(ada, order)
    factories.PermitFactory(order=order)

    assert ada.post(address, form | {"title": "Another"}).status_code == 302

    order.refresh_from_db()
    assert (order.title, order.permits.count()) == ("Another", 1)


def test_what_the_machine_writes_beside_it_is_no_obstacle(ada: Client) -> None:
    system = factories.DownstreamSystemFactory()
    address, form = form_of(ada, system)
    change_behind(system, is_away=True, failures=3)

    assert ada.post(address, form | {"name": "Works"}).status_code == 302

    system.refresh_from_db()
    assert (system.name, system.is_away, system.failures) == ("Works", True, 3)


@pytest.mark.parametrize("marks", ["{", "[]", "7", "null", "[" * 100_000])
def test_marks_that_no_form_sent_are_refused(ada: Client, permit: models.Permit, marks: str) -> None:
    address, form = form_of(ada, permit)

    assert "Open it again" in complaints(ada.post(address, form | {"opened": marks}))


def test_saving_what_nobody_changed_changes_nothing(ada: Client, permit: models.Permit) -> None:
    save(ada, permit.order)

    assert not models.AuditEntry.objects.filter(verb="permit.changed").exists()


def another(field: Any, value: Any) -> Any:
    """A value of the field that is not `value`; None where the test knows none."""
    if field.choices:
        return next(one for one, _ in field.choices if one != value)
    if isinstance(field, fields.BooleanField):
        return not value
    if isinstance(field, (fields.IntegerField, fields.FloatField)):
        return (value or 0) + 1
    if isinstance(field, fields.DateTimeField):
        return value + timedelta(minutes=1) if isinstance(value, datetime) else None
    if isinstance(field, (fields.CharField, fields.TextField)):
        return "Y" + value[1:] if value[:1] != "Y" else "Z" + value[1:]
    return None


@pytest.mark.parametrize("model", SET_UP, ids=lambda model: model._meta.model_name)
def test_no_field_of_any_table_is_saved_over(ada: Client, model: Any) -> None:
    name = "Order" if model is models.WorkOrder else model.__name__
    row = getattr(factories, f"{name}Factory")()
    address, form = form_of(ada, row)
    asked = ada.get(address).context["adminform"].form.fields
    names = [name for name, field in asked.items() if name in known(model) and not field.disabled]
    assert names
    for name in names:
        row.refresh_from_db()
        before = getattr(row, name)
        value = another(model._meta.get_field(name), before)
        if value is None:
            continue
        change_behind(row, **{name: value})

        response = ada.post(address, form)

        row.refresh_from_db()
        assert (response.status_code, getattr(row, name)) == (200, value), name
        assert "it is " in complaints(response), name
        change_behind(row, **{name: before})


def known(model: Any) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if not field.remote_field}
