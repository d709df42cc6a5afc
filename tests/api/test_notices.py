"""The inbox through the API: one's own, and none through a token for some districts only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services import tokens
from notifications.models import Notification
from tests import factories
from tests.api.conftest import assert_problem, bearer

INBOX = "/api/v1/notifications/"


@pytest.fixture
def entry(mara: Any, vic: Any) -> Notification:
    """Mara's; Vic has one too."""
    _, own = (
        Notification.objects.create(user=user, kind="run.ready", title="Plan ready", created_at=factories.NOW)
        for user in (vic, mara)
    )
    return own


def test_is_ones_own(as_mara: Client, as_stella: Client, entry: Notification) -> None:
    assert [row["id"] for row in as_mara.get(INBOX).json()["results"]] == [entry.pk]
    assert as_stella.get(INBOX).json()["results"] == []
    assert_problem(as_stella.get(f"{INBOX}{entry.pk}/"), 404, "not-found")


def test_is_read_one_by_one_or_all_at_once(as_mara: Client, entry: Notification) -> None:
    second = Notification.objects.create(user=entry.user, kind="run.ready", title="Next", created_at=factories.NOW)

    assert as_mara.post(f"{INBOX}{entry.pk}/read/").json()["read_at"]
    assert [row["id"] for row in as_mara.get(INBOX, {"is_unread": "true"}).json()["results"]] == [second.pk]
    assert as_mara.post(f"{INBOX}read/").json() == {"read": 1}
    assert as_mara.post(f"{INBOX}read/").json() == {"read": 0}


def test_is_closed_to_a_token_for_some_districts(entry: Notification, mara: Any, district: models.District) -> None:
    _, secret = tokens.issue(name="North", user=mara, scopes=["read"], districts=[district], by=mara, now=factories.NOW)
    client = bearer(secret)

    assert client.get(INBOX).json()["results"] == []
    assert client.post(f"{INBOX}read/").json() == {"read": 0}
    assert_problem(client.post(f"{INBOX}{entry.pk}/read/"), 404, "not-found")
    assert Notification.objects.unread().count() == 2
