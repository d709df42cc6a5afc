"""A change by hand in the administration is followed like one that a downstream system reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignments import models
from notifications.models import Event
from tests import factories
from tests.views.adminforms import form_of, save
from tests.views.exchanging import import_into

STALE = models.Suggestion.Status.STALE


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    order = factories.OrderFactory(district=district, required_permits=["EXCAVATION"])
    factories.PermitFactory(order=order)
    return factories.SuggestionFactory(order=order, shift=factories.ShiftFactory(crew__district=district))


def test_a_page_saved_unchanged_leaves_the_suggestion_as_it_is(ada: Client, suggestion: models.Suggestion) -> None:
    for row in (suggestion.order, suggestion.crew, suggestion.shift, suggestion.order.permits.get()):
        save(ada, row)

    suggestion.refresh_from_db()
    assert suggestion.status == models.Suggestion.Status.PROPOSED


def test_a_suspended_permit_makes_the_suggestion_stale_and_says_who(ada: Client, suggestion: Any) -> None:
    save(ada, suggestion.order.permits.get(), status="SUSPENDED")

    suggestion.refresh_from_db()
    assert suggestion.status == STALE
    assert "Ada" in suggestion.stale_cause
    assert Event.objects.filter(type="order.changed", data__order=suggestion.order_id).exists()


def test_a_permit_edited_inside_its_order_counts_as_well(ada: Client, suggestion: models.Suggestion) -> None:
    version = suggestion.order.version

    save(ada, suggestion.order, **{"permits-0-status": "SUSPENDED"})

    suggestion.refresh_from_db()
    assert suggestion.status == STALE
    assert models.WorkOrder.objects.get(pk=suggestion.order_id).version > version


def test_an_absence_of_a_member_turns_the_assignment_red(ada: Client, district: models.District) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    assignment = factories.AssignmentFactory(
        order=factories.OrderFactory(district=district, status="SCHEDULED"),
        shift=factories.ShiftFactory(crew__district=district, starts_at=tomorrow - timedelta(hours=1)),
        starts_at=tomorrow,
    )
    factories.OrderNeedFactory(order=assignment.order, people=2)
    member = assignment.crew.memberships.first().employee

    ada.post(
        reverse("admin:assignments_absence_add"),
        {
            "employee": member.pk, "kind": "SICK",
            "starts_at_0": f"{tomorrow - timedelta(days=1):%Y-%m-%d}", "starts_at_1": "00:00",
            "ends_at_0": f"{tomorrow + timedelta(days=2):%Y-%m-%d}", "ends_at_1": "00:00",
        },
    )  # fmt: skip

    assignment.refresh_from_db()
    assert assignment.red_cause


def test_deleting_is_followed(ada: Client, suggestion: models.Suggestion) -> None:
    permit = suggestion.order.permits.get()

    ada.post(reverse("admin:assignments_permit_delete", args=[permit.pk]), {"post": "yes"})

    suggestion.refresh_from_db()
    assert not models.Permit.objects.exists()
    assert suggestion.status == STALE


def test_deleting_several_is_followed_once(ada: Client, suggestion: models.Suggestion) -> None:
    ada.post(
        reverse("admin:assignments_permit_changelist"),
        {"action": "delete_selected", "_selected_action": [suggestion.order.permits.get().pk], "post": "yes"},
    )

    suggestion.refresh_from_db()
    assert suggestion.status == STALE


def test_an_import_is_followed(ada: Client, suggestion: models.Suggestion) -> None:
    permit = suggestion.order.permits.get()
    file = SimpleUploadedFile("permits.csv", f"kind,number,status\n{permit.kind},{permit.number},SUSPENDED\n".encode())

    assert import_into(ada, models.Permit, file).is_taken

    suggestion.refresh_from_db()
    assert suggestion.status == STALE
    assert suggestion.stale_cause == "Ada imported permits"


@pytest.mark.parametrize(("status", "allowed"), [("SUSPENDED", True), ("REQUESTED", False)])
def test_a_status_moves_only_where_the_state_machine_leads(
    ada: Client, suggestion: models.Suggestion, status: str, allowed: bool
) -> None:
    permit = suggestion.order.permits.get()
    address, form = form_of(ada, permit)

    response = ada.post(address, form | {"status": status})

    assert (response.status_code == 302) is allowed
    permit.refresh_from_db()
    assert (permit.status == status) is allowed


def test_every_change_is_on_the_record(ada: Client, suggestion: models.Suggestion) -> None:
    save(ada, suggestion.order, title="Replace pole")

    entry = models.AuditEntry.objects.get(verb="workorder.changed")
    assert (entry.actor_name, entry.order, entry.after) == ("Ada", suggestion.order, {"fields": ["title"]})


def test_a_changed_role_has_open_streams_checked(ada: Client, vic: Any) -> None:
    save(ada, vic.memberships.get(), role="MANAGER")

    assert Event.objects.filter(type="access.changed", data__user=vic.pk).exists()


def test_a_role_changed_inside_the_district_too(ada: Client, vic: Any, mara: Any) -> None:
    district = vic.memberships.get().district
    index = list(models.Membership.objects.filter(district=district)).index(vic.memberships.get())

    save(ada, district, **{f"memberships-{index}-role": "MANAGER"})

    told = Event.objects.filter(type="access.changed").values_list("data__user", flat=True)
    assert set(told) == {vic.pk}
