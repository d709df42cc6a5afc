"""The administration closes what a downstream system says, unless an administrator takes it over."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from assignments import models
from assignments.downstream import messages
from assignments.services import upserting
from assignments.services.upserting import owned
from tests import factories
from tests.project import field_probes, fields
from tests.views.adminforms import form_of, save


@pytest.fixture
def office(db: None) -> models.DownstreamSystem:
    return factories.DownstreamSystemFactory(code="permits", name="Permit office", kind="PERMITS")


@pytest.fixture
def permit(office: models.DownstreamSystem) -> models.Permit:
    """The switching permit P-1, issued by the control centre, as the permit office said."""
    work = factories.DownstreamSystemFactory(code="work", name="Work management", kind="WORK")
    order = factories.OrderFactory(source=work, source_reference="W-1")
    return factories.PermitFactory(
        order=order, number="P-1", status="ISSUED", authority="Control centre", source=office, source_reference="P-1",
        source_version=4,
    )  # fmt: skip


def says(office: models.DownstreamSystem, permit: models.Permit, version: int, **said: Any) -> None:
    """The office sends the permit anew."""
    record = {
        "reference": permit.source_reference, "version": version, "number": permit.number, "kind": permit.kind,
        "order": permit.order.source_reference, "status": permit.status, "authority": permit.authority,
        "valid": {"start": permit.valid_from.isoformat(), "end": permit.valid_until.isoformat()},
    }  # fmt: skip
    message = messages.PermitMessage.model_validate(record | said)
    outcome = upserting.upsert(system=office, resource=messages.Resource.PERMITS, records=[message], now=factories.NOW)
    assert outcome.rejected == []
    permit.refresh_from_db()


def asked(ada: Client, row: Any) -> Any:
    address, _ = form_of(ada, row)
    return ada.get(address).context["adminform"].form


class TestAPermitOfTheOffice:
    def test_is_closed_with_the_name_of_the_office_beside_it(self, ada: Client, permit: models.Permit) -> None:
        form = asked(ada, permit)

        assert {name for name, field in form.fields.items() if not field.disabled} == {"opened", "kept_here"}
        assert "From Permit office." in form.fields["status"].help_text

    def test_takes_nothing_that_is_typed(self, ada: Client, permit: models.Permit) -> None:
        save(ada, permit, status="SUSPENDED", authority="Me")

        permit.refresh_from_db()
        assert (permit.status, permit.authority) == ("ISSUED", "Control centre")

    def test_takes_nothing_on_the_page_of_its_order(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit.order)

        ada.post(address, form | {"permits-0-authority": "Me"})

        permit.refresh_from_db()
        assert permit.authority == "Control centre"

    def test_is_open_where_it_has_no_source(self, ada: Client, db: None) -> None:
        form = asked(ada, factories.PermitFactory())

        assert not any(field.disabled for field in form.fields.values())
        assert "kept_here" not in form.fields


class TestTakenOver:
    def test_opens_the_field_and_leaves_out_what_the_office_says(
        self, ada: Client, office: models.DownstreamSystem, permit: models.Permit
    ) -> None:
        save(ada, permit, kept_here=["authority"])
        save(ada, permit, authority="County")

        says(office, permit, version=5, authority="State", status="SUSPENDED")

        assert (permit.authority, permit.status) == ("County", "SUSPENDED")

    def test_is_on_the_record(self, ada: Client, permit: models.Permit) -> None:
        save(ada, permit, kept_here=["authority", "status"])

        entry = models.AuditEntry.objects.get(verb="permit.changed")
        assert entry.actor_name == "Ada"
        assert entry.after["taken_over"] == ["authority", "status"]

    def test_is_given_back_with_the_next_change(
        self, ada: Client, office: models.DownstreamSystem, permit: models.Permit
    ) -> None:
        save(ada, permit, kept_here=["authority"])
        save(ada, permit, authority="County")
        save(ada, permit, kept_here=[])

        says(office, permit, version=5, authority="State")

        assert permit.authority == "State"

    def test_knows_only_what_the_office_says(self, ada: Client, permit: models.Permit) -> None:
        address, form = form_of(ada, permit)

        assert ada.post(address, form | {"kept_here": ["synced_at"]}).status_code == 200

        permit.refresh_from_db()
        assert permit.taken_over is None


def test_the_people_of_a_crew_are_to_look_at(ada: Client, office: models.DownstreamSystem) -> None:
    crew = factories.CrewFactory(source=office, source_reference="C-1")
    address, _ = form_of(ada, crew)

    found = {one.opts.model: one for one in ada.get(address).context["inline_admin_formsets"]}

    members = found[models.CrewMembership]
    assert [members.has_add_permission, members.has_change_permission, members.has_delete_permission] == [False] * 3
    crew.taken_over = ["members"]
    crew.save()
    assert {one.opts.model: one for one in ada.get(address).context["inline_admin_formsets"]}[
        models.CrewMembership
    ].has_change_permission


@pytest.mark.parametrize("model", owned.OWNED, ids=lambda model: model._meta.model_name)
def test_owned_is_what_is_gathered(db: None, model: Any) -> None:
    """Every field that a page asks for and a message fills, and no other."""
    page = fields.pages()[model]
    names = {field.name for field in fields.fields_of(model)}
    entered = {field.name for field in (*model._meta.fields, *model._meta.many_to_many) if field.editable}
    closed_anyhow = {"source", "source_reference", *page.readonly_fields}
    gathered = field_probes.PROBES[fields.Way.GATHERED](model, names) & entered - closed_anyhow
    beneath = {inline.said_as for inline in page.inlines if getattr(inline, "said_as", "")}

    assert set(owned.OWNED[model]) == gathered | beneath


def test_every_table_with_a_source_has_its_fields() -> None:
    sourced = {model for model in admin.site._registry if hasattr(model, "taken_over")}

    assert sourced - set(owned.OWNED) == {models.Outage}, "outages are to look at only"
