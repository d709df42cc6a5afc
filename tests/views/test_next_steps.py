"""Every refusal of a decision leads somewhere: to the order, to who was first, or to what may be done instead."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services import snapshotting
from tests import factories

JSON = {"Accept": "application/json"}


@pytest.fixture
def assignment(order: models.WorkOrder) -> models.Assignment:
    crew = factories.CrewFactory(district=order.district, name="Line 1")
    return factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew), approved_at=factories.NOW)


def test_who_comes_second_is_led_to_the_order_and_its_history(
    manager: Client, suggestion: models.Suggestion, assignment: models.Assignment
) -> None:
    page = manager.post(f"/suggestions/{suggestion.pk}/approve/").content.decode()

    assert 'href="/orders/WO-1/"' in page
    assert 'href="/orders/WO-1/#history-title"' in page


def test_a_stale_suggestion_leads_to_the_other_crews_and_to_a_new_run(
    manager: Client, suggestion: models.Suggestion
) -> None:
    models.Suggestion.objects.update(fingerprint="of another day")

    page = manager.post(f"/suggestions/{suggestion.pk}/approve/").content.decode()

    assert 'href="/orders/WO-1/">Other crews for WO-1' in page
    assert 'action="/runs/"' in page
    assert f'name="day" value="{suggestion.run.day}"' in page


def test_a_pending_permit_offers_a_tentative_approval_that_works(manager: Client, suggestion: Any) -> None:
    order = suggestion.order
    factories.PermitFactory(order=order, kind="EXCAVATION", status="REQUESTED")
    models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
    order.refresh_from_db()
    fingerprint = snapshotting.fingerprint_of(order=order, shift=suggestion.shift, now=factories.NOW)
    models.Suggestion.objects.update(fingerprint=fingerprint)

    refused = manager.post(f"/suggestions/{suggestion.pk}/approve/", headers=JSON)

    assert refused.json()["code"] == "only-tentative"
    step = refused.json()["steps"][0]
    assert manager.post(step["url"], step["fields"]).status_code == 303
    assert models.Assignment.objects.get().status == "TENTATIVE"


def test_a_pinned_job_offers_to_unpin_it(manager: Client, assignment: models.Assignment) -> None:
    models.Assignment.objects.update(pinned=True)

    step = manager.get(f"/assignments/{assignment.pk}/move/", headers=JSON).json()["steps"][0]

    assert step["label"] == "Unpin WO-1"
    assert manager.post(step["url"]).status_code == 303


@pytest.mark.parametrize("path", ["undo", "move", "pin", "unpin"])
def test_a_decision_that_is_gone_leads_to_who_took_it_back(
    manager: Client, assignment: models.Assignment, jonas: Any, path: str
) -> None:
    models.Assignment.objects.filter(pk=assignment.pk).transition("REVOKED", revoked_by=jonas, revoked_at=factories.NOW)
    place = {"crew": assignment.crew_id, "start": "2026-06-15T08:00", "version": 1}

    answer = manager.post(f"/assignments/{assignment.pk}/{path}/", place, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (409, "assignment-not-live")
    assert "Jonas Okafor" in answer.json()["sentence"]
    assert "See who decided what" in [step["label"] for step in answer.json()["steps"]]


@pytest.mark.parametrize("path", ["undo", "revoke", "move"])
def test_a_crew_on_its_way_leads_to_the_order(manager: Client, assignment: models.Assignment, path: str) -> None:
    models.Assignment.objects.filter(pk=assignment.pk).transition("DISPATCHED")
    said = {"reason": "Storm", "crew": assignment.crew_id, "start": "2026-06-15T08:00", "version": 1}

    answer = manager.post(f"/assignments/{assignment.pk}/{path}/", said, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (409, "crew-dispatched")
    assert [step["url"] for step in answer.json()["steps"]] == ["/orders/WO-1/"]


def test_a_viewer_is_told_whom_to_ask(viewer: Client, suggestion: models.Suggestion, mara: Any, jonas: Any) -> None:
    answer = viewer.post(f"/suggestions/{suggestion.pk}/approve/", headers=JSON)

    assert answer.status_code == 403
    assert answer.json()["next_step"] == "Ask Mara Lindqvist or Jonas Okafor, or an administrator to make you one."
