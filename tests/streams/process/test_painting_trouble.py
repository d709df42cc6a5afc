"""While the database is away no open page is forgotten: each is rendered when it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from notifications.services import event_log, positions
from notifications.streams.fanout.hub import Hub
from notifications.streams.process import painting
from notifications.streams.process.painting import Painter
from notifications.wire import event_types
from tests import factories
from tests.streams.process.doors import doors, opened, something_happens, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    # Seconds between two tries.
    monkeypatch.setattr(painting, "_GLANCE", 0.01)
    doors.begin()
    hub = Hub(log=positions.log_state())
    return Painter(hub)


def test_whoever_comes_then_is_told_when_it_is_back(painter: Painter) -> None:
    doors.failures = 3
    reader = opened(painter)

    assert told(painter, reader)["parts"] == {"door": "first"}


def test_what_changes_then_is_told_when_it_is_back(painter: Painter) -> None:
    reader = opened(painter)
    told(painter, reader)
    doors.text, doors.failures = "second", 3
    something_happens(painter)

    assert told(painter, reader)["parts"] == {"door": "second"}


def test_the_end_of_the_log_that_cannot_be_read_loses_no_change(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = opened(painter)
    told(painter, reader)
    doors.text = "second"
    something_happens(painter)
    failures = iter([True, True, False])
    whole = painting._head

    def head() -> int:
        if next(failures, False):
            raise OperationalError("the database is away")
        return whole()

    monkeypatch.setattr(painting, "_head", head)

    assert told(painter, reader)["parts"] == {"door": "second"}


def test_a_page_that_time_changes_is_told_whole_to_whoever_comes_from_elsewhere(painter: Painter) -> None:
    """Nothing happened since the reader's place, but the process did not see what the reader was shown."""
    before = positions.current_cursor()
    entry = event_log.LogEntry(event_types.NOTIFICATION_READ, "user:2", {"user": 2, "notification": None})
    with transaction.atomic():
        event_log.publish_all(entries=[entry], now=factories.NOW)
    painter._hub.read()
    doors.until = timezone.now() + timedelta(hours=1)

    assert told(painter, opened(painter, since=before))["parts"] == {"door": "first"}
