"""Browsers of the people of the tests, and a board with one order that has a suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from assignments import models
from notifications.services import visiting
from notifications.streams.fanout.pages import EVERYTHING, Changed, PageContent, page_of
from tests import factories


def browser(user: Any) -> Client:
    """Of somebody who was here a moment ago, so that every page costs the same queries."""
    client = Client()
    client.force_login(user)
    visiting.seen(by=user, now=factories.NOW)
    return client


def pushed(answer: Any, *, known: Mapping[str, Any] | None = None, changed: Changed = EVERYTHING) -> PageContent:
    """The page of the answer as the streams render it for everybody who has it open."""
    page = page_of(answer.context["live"])
    return page.kind.show(page.query, known or {}, changed)


def one_line(answer: Any) -> str:
    """The page with every run of white space as one space: tests do not depend on how a template is laid out."""
    return " ".join(answer.content.decode().split())


@pytest.fixture
def ada(db: None) -> Client:
    """The browser of an administrator."""
    client = Client()
    client.force_login(factories.UserFactory(username="ada", first_name="Ada", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the process stands at the tests' NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.NOW)


@pytest.fixture
def manager(clock: None, mara: Any) -> Client:
    return browser(mara)


@pytest.fixture
def viewer(clock: None, vic: Any) -> Client:
    return browser(vic)


@pytest.fixture
def stranger(clock: None, stella: Any) -> Client:
    return browser(stella)


@pytest.fixture
def anonymous(clock: None, db: None) -> Client:
    return Client()


@pytest.fixture
def order(clock: None, district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(
        district=district, number="WO-1", title="Replace cross-arm", due_at=factories.at("12:00")
    )


@pytest.fixture
def suggestion(order: models.WorkOrder) -> models.Suggestion:
    crew = factories.CrewFactory(district=order.district, name="Trouble 7")
    return factories.SuggestionFactory(
        order=order,
        shift=factories.ShiftFactory(crew=crew),
        reasons=[{"code": "nearest", "text": "Nearest of 4 crews, 20 min away."}],
        parts=[{"code": "travel", "label": "Added driving", "value": -20, "detail": "20 minutes"}],
    )


@pytest.fixture
def wire_down(suggestion: models.Suggestion) -> models.WorkOrder:
    """Beside WO-1, which has a suggestion: trouble on another feeder, assigned to a crew of its own."""
    district = suggestion.order.district
    order = factories.OrderFactory(
        district=district, number="WO-2", title="Wire down", kind="TROUBLE", feeder="F-202", status="SCHEDULED"
    )
    shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 3"))
    factories.AssignmentFactory(order=order, shift=shift)
    return order
