from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assignments import models
from notifications.models import Event, Notification
from tests import factories

REGISTERED = [model for model in admin.site._registry if model._meta.app_label in ("assignments", "notifications")]
EXCHANGED = [model for model, page in admin.site._registry.items() if hasattr(page, "import_action")]
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def administrator(db: None) -> Any:
    return factories.UserFactory(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def ada(administrator: Any) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture
def rows(db: None) -> dict[Any, Any]:
    """One row of every table."""
    suggestion = factories.SuggestionFactory()
    assignment = factories.AssignmentFactory()
    write_back = factories.WriteBackFactory(assignment=assignment)
    period = {"starts_at": factories.at("06:00"), "ends_at": factories.at("09:00")}
    models.EquipmentOutage.objects.create(equipment=factories.EquipmentFactory(), **period)
    factories.MembershipFactory()
    factories.StateFactory()
    factories.StormFactory()
    factories.ApiTokenFactory()
    factories.OutgoingEventFactory(district=models.District.objects.first())
    factories.AbsenceFactory()
    factories.FileColumnFactory()
    factories.FileImportFactory()
    factories.PermitFactory(order=suggestion.order)
    factories.OutageFactory(order=suggestion.order)
    factories.OrderNeedFactory(order=suggestion.order)
    models.SourceProgress.objects.create(run=suggestion.run, system=write_back.target)
    models.Verdict.objects.create(run=suggestion.run, order=suggestion.order, legal=1, text="One crew may do it.")
    by, district = assignment.approved_by, assignment.order.district
    models.Rejection.objects.create(
        order=suggestion.order, crew=suggestion.crew, shift=suggestion.shift, crew_names=suggestion.crew_names,
        starts_at=suggestion.starts_at, code="OTHER", reason="Another crew knows it", rejected_by=by,
        rejected_at=factories.NOW,
    )  # fmt: skip
    models.SetRestoration.objects.create(
        order=suggestion.order, back_at=factories.at("12:00"), reason="Cable fault", set_by=by, set_at=factories.NOW
    )
    factories.NoteFactory(order=suggestion.order, written_by=by)
    models.ToldRestoration.objects.create(
        order=suggestion.order, back_at=factories.at("12:00"), certainty="PLANNED", is_set=True, told_at=factories.NOW
    )
    models.Batch.objects.create(district=district, day=factories.DAY, started_by=by, started_at=factories.NOW)
    models.BookComparison.objects.create(target=write_back.target, asked_by=by, asked_at=factories.NOW)
    factories.RefusedRecordFactory(system=factories.WaitingRecordFactory(system=write_back.target).system)
    models.TravelTime.objects.create(server="osrm", origin=1, destination=2, seconds=60, fetched_at=factories.NOW)
    models.AuditEntry.objects.create(actor_name="Lineup", verb="checked", at=factories.NOW)
    Notification.objects.create(user=factories.UserFactory(), kind="order", title="Approved", created_at=factories.NOW)
    Event.objects.create(channel="district:1", type="order.changed", data={}, created_at=factories.NOW)
    return {model: model._default_manager.first() for model in REGISTERED}


def test_every_table_of_the_domain_has_a_page() -> None:
    parts = {
        models.OrderNeed, models.OrderPart, models.CrewMembership, models.EquipmentOutage, models.SourceProgress,
        models.FurtherCrew, models.BatchItem, models.RuleSetBreak, models.MovedOrder, models.Difference,
        models.FollowedSource, models.ReadingMark, models.FilePiece, models.StagedRow,
    }  # fmt: skip
    # A person's own, and nobody else's to look at or change.
    of_accounts = {models.Account, models.SecondStep, models.SignOn}
    personal = of_accounts | {models.CalendarFeed, models.SavedView, models.Reviewing}
    # The machine's memory of a minute or a day; ELSEWHERE of tests/project/fields.py has the reasons.
    passing = {models.KeyedAnswer, models.RequestCount, models.WorkerBeat, models.WriteBackLane}
    domain = {getattr(models, name) for name in models.__all__ if hasattr(getattr(models, name), "_meta")}

    assert domain - set(REGISTERED) == parts | personal | passing, "these are edited inside the page they belong to"


def test_browsers_need_not_guess_where_its_icon_lies(ada: Client) -> None:
    assert '<link rel="icon" href="/static/icons/mark' in ada.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.model_name)
def test_list_search_and_form_open_without_inline_script_or_style(
    ada: Client, rows: dict[Any, Any], model: Any
) -> None:
    pages = [
        ada.get(address(model, "changelist")),
        ada.get(address(model, "changelist"), {"q": "a"}),
        ada.get(address(model, "change", rows[model].pk)),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert [INLINE.findall(page.content.decode()) for page in pages] == [[], [], []]
    assert "unsafe-inline" not in pages[0].headers["Content-Security-Policy"]


@pytest.mark.parametrize("model", EXCHANGED, ids=lambda model: model._meta.model_name)
@pytest.mark.parametrize("page", ["import", "export"])
def test_import_and_export_pages_open_without_inline_script_or_style(ada: Client, model: Any, page: str) -> None:
    response = ada.get(address(model, page))

    assert response.status_code == 200
    assert INLINE.findall(response.content.decode()) == []


def more_of_everything() -> None:
    for _ in range(4):
        order = factories.OrderFactory(district__code=f"D{models.District.objects.count()}")
        shift = factories.ShiftFactory(crew__district=order.district)
        suggestion = factories.SuggestionFactory(order=order, shift=shift)
        factories.PermitFactory(order=order)
        factories.EquipmentFactory(crew=shift.crew)
        factories.AbsenceFactory()
        factories.ApiTokenFactory(secret=f"lineup_{order.number}")
        factories.MembershipFactory(district=order.district)
        assignment = factories.AssignmentFactory(order__district=order.district)
        target = factories.DownstreamSystemFactory(code=f"s{order.pk}", kind="WORK")
        factories.WriteBackFactory(assignment=assignment, target=target)
        factories.OutgoingEventFactory(district=order.district)
        models.SourceProgress.objects.create(run=suggestion.run, system=target)
        models.AuditEntry.objects.create(
            actor=assignment.approved_by, actor_name="Ada", verb="checked", order=order, district=order.district,
            at=factories.NOW,
        )  # fmt: skip


def queries_of_lists(client: Client) -> dict[str, int]:
    """How many each table's list takes."""
    taken = {}
    for model in REGISTERED:
        with CaptureQueriesContext(connection) as sent:
            client.get(address(model, "changelist"))
        taken[str(model._meta.model_name)] = len(sent)
    return taken


def test_longer_lists_take_no_more_queries(ada: Client, rows: dict[Any, Any]) -> None:
    more_of_everything()
    few = queries_of_lists(ada)
    more_of_everything()
    many = queries_of_lists(ada)

    assert {name: (few[name], many[name]) for name in few if many[name] > few[name]} == {}


class TestRights:
    def test_a_manager_who_is_no_member_of_staff_is_sent_to_the_login(self, mara: Any) -> None:
        client = Client()
        client.force_login(mara)

        response = client.get(address(models.WorkOrder, "changelist"))

        assert response.status_code == 302
        assert "/admin/login/" in response.headers["Location"]

    def test_staff_see_only_the_tables_they_have_rights_to(self, db: None) -> None:
        clerk = factories.UserFactory(is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_workorder"))
        client = Client()
        client.force_login(clerk)

        assert client.get(address(models.WorkOrder, "changelist")).status_code == 200
        assert client.get(address(models.WorkOrder, "export")).status_code == 200
        assert client.get(address(models.WorkOrder, "import")).status_code == 403
        assert client.get(address(models.Permit, "changelist")).status_code == 403
        assert client.get(address(models.Permit, "export")).status_code == 403


class TestWhatTheMachineOwns:
    @pytest.mark.parametrize(
        "model",
        [
            models.SuggestionRun,
            models.Suggestion,
            models.Verdict,
            models.Assignment,
            models.WriteBack,
            models.AuditEntry,
            Event,
            Notification,
        ],
        ids=lambda model: model._meta.model_name,
    )
    def test_can_be_looked_at_and_not_touched(self, ada: Client, rows: dict[Any, Any], model: Any) -> None:
        row = rows[model]
        before = model.objects.filter(pk=row.pk).values().get()

        changed = ada.post(address(model, "change", row.pk), {"status": "REVOKED", "reason": "by hand"})
        added = ada.get(address(model, "add"))
        deleted = ada.post(address(model, "delete", row.pk), {"post": "yes"})

        assert [changed.status_code, added.status_code, deleted.status_code] == [403, 403, 403]
        assert model.objects.filter(pk=row.pk).values().get() == before
