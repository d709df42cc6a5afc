"""Callers of the API: people by session, integrations by token, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.api import urls
from assignments.services.batches import batching
from assignments.services.decisions import rejecting
from notifications.models import Notification
from tests import factories
from tests.streams.conftest import direct, impatient, log, server

# The real web server of the stream tests, and their care for the streams of the test's own process.
__all__ = ["direct", "impatient", "log", "server"]


ROUTES: dict[str, Any] = {str(route.name): route.callback.view_class for route in urls.urlpatterns}  # type: ignore[attr-defined]
"""The view of each route."""
PUSHES = {"inbound-batch", "inbound-record"}
"""Of systems alone, with a token of each; see test_pushing."""
ACTS = sorted(name for name, view in ROUTES.items() if hasattr(view, "post") and name not in PUSHES)


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def token(mara: Any) -> models.ApiToken:
    """Acts as Mara; may read and decide."""
    return factories.ApiTokenFactory(user=mara, secret="lineup_maras")


@pytest.fixture
def as_mara(token: models.ApiToken) -> Client:
    return bearer("lineup_maras")


@pytest.fixture
def as_vic(vic: Any) -> Client:
    factories.ApiTokenFactory(user=vic, secret="lineup_vics")
    return bearer("lineup_vics")


@pytest.fixture
def as_stella(stella: Any) -> Client:
    factories.ApiTokenFactory(user=stella, secret="lineup_stellas")
    return bearer("lineup_stellas")


@pytest.fixture
def as_pusher(mara: Any) -> Client:
    """Mara's token that may neither read nor decide."""
    factories.ApiTokenFactory(user=mara, secret="lineup_pushes", scopes=["push"])
    return bearer("lineup_pushes")


@pytest.fixture
def work(district: models.District) -> models.DownstreamSystem:
    """Work management, which is not read."""
    return factories.DownstreamSystemFactory(code="work", is_source=False)


@pytest.fixture
def as_work(work: models.DownstreamSystem, mara: Any) -> Client:
    """Work management's own token; Mara is its user."""
    factories.ApiTokenFactory(user=mara, secret="lineup_work", scopes=["push"], system=work, name="Work management")
    return bearer("lineup_work")


@pytest.fixture
def unwelcome(mara: Any) -> dict[str, Client]:
    """Callers that are nobody to the API."""
    past = timezone.now() - timedelta(seconds=1)
    factories.ApiTokenFactory(user=mara, secret="lineup_revoked", revoked_at=past)
    factories.ApiTokenFactory(user=mara, secret="lineup_expired", expires_at=past)
    gone = factories.UserFactory(is_active=False)
    factories.ApiTokenFactory(user=gone, secret="lineup_gone")
    return {
        "anonymous": Client(),
        "unknown token": bearer("lineup_guessed"),
        "revoked token": bearer("lineup_revoked"),
        "expired token": bearer("lineup_expired"),
        "token of a deactivated user": bearer("lineup_gone"),
        "empty token": bearer(""),
    }


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


@pytest.fixture
def suggestion(order: models.WorkOrder) -> models.Suggestion:
    """Tomorrow morning, so that the real clock of a request may approve it."""
    morning = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    shift = factories.ShiftFactory(crew__district=order.district, starts_at=morning - timedelta(hours=2))
    run = factories.SuggestionRunFactory(
        district=order.district, horizon_starts_at=morning - timedelta(hours=12), day=morning.date()
    )
    return factories.SuggestionFactory(
        order=order, shift=shift, run=run, starts_at=morning, reasons=[{"code": "near", "text": "12 km away"}],
        parts=[{"code": "travel", "label": "Travel", "value": -20, "detail": "20 min"}],
    )  # fmt: skip


@pytest.fixture
def rows(suggestion: models.Suggestion, mara: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Rows of the district, by the names that addresses have for them."""
    district = suggestion.order.district
    write_back = factories.WriteBackFactory(
        assignment__order=factories.OrderFactory(district=district, status="SCHEDULED"), status="DEAD"
    )
    run = factories.SuggestionRunFactory(district=district, status="QUEUED")
    models.WorkOrder.objects.filter(pk=suggestion.order_id).update(priority=models.WorkOrder.Priority.EMERGENCY)
    other = factories.SuggestionFactory(order=factories.OrderFactory(district=district), shift=suggestion.shift)
    rejecting.reject(suggestion=other, reason="No", by=mara, now=factories.NOW)
    person = factories.EmployeeFactory(district=district)
    batch = batching.start(
        district=district, day=factories.NOW.date(), suggestions=[suggestion], by=mara, now=timezone.now()
    )
    models.Suggestion.objects.filter(pk=suggestion.pk).update(status="PROPOSED")
    difference = factories.DifferenceFactory(district=district, order=suggestion.order)
    return {
        "crew_id": suggestion.crew_id, "employee_id": person.pk, "batch_id": batch.pk, "system_code": "work",
        "permit_id": factories.PermitFactory(order=suggestion.order).pk,
        "record_id": factories.RefusedRecordFactory(district=suggestion.order.district).pk,
        "absence_id": factories.AbsenceFactory(employee=person).pk,
        "equipment_id": factories.EquipmentFactory(crew=suggestion.crew).pk,
        "notification_id": Notification.objects.create(
            user=request.getfixturevalue("vic"), kind="assignment.approved", title="Approved", created_at=timezone.now()
        ).pk,
        "entry_id": models.AuditEntry.objects.filter(district=district).latest("pk").pk,
        "comparison_id": difference.comparison_id, "difference_id": difference.pk,
        "subscription_id": _subscription(mara, district).pk,
        "rejection_id": models.Rejection.objects.get().pk,
        "number": suggestion.order.number, "run_id": run.pk, "suggestion_id": suggestion.pk,
        "note_id": factories.NoteFactory(order=suggestion.order, written_by=mara).pk,
        "resource": "orders", "reference": "W-1",
        "code": "NORTH", "message": "booking", "shift_id": suggestion.shift_id,
        "assignment_id": write_back.assignment_id, "write_back_id": write_back.pk,
    }  # fmt: skip


def _subscription(person: Any, district: models.District) -> models.Subscription:
    made: models.Subscription = factories.SubscriptionFactory(user=person)
    made.districts.set([district])
    return made


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem details of a refusal, complete."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:lineup:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["next_step"]
    return problem
