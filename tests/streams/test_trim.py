"""The log is kept for a while: trimmed by age and count, a few events at a time, by one process at a time."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from notifications.models import Event, LogEpoch, Trimming
from notifications.services import event_log, positions
from tests.streams.library.test_log import numbers, write

pytestmark = pytest.mark.django_db(transaction=True)


class TestRetention:
    def test_removes_what_is_older_than_the_retention(self, now: datetime) -> None:
        for number, age in ((1, 25), (2, 23)):
            with transaction.atomic():
                write(number, now=now - timedelta(hours=age))

        assert event_log.trim(now=now) == 1
        assert numbers() == [2]

    def test_keeps_an_event_that_committed_before_an_older_one(self, now: datetime) -> None:
        for number, age in ((1, 1), (2, 30)):
            with transaction.atomic():
                write(number, now=now - timedelta(hours=age))

        assert event_log.trim(now=now) == 0

    def test_removes_what_is_beyond_the_count(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_log, "RETENTION_COUNT", 2)
        with transaction.atomic():
            for number in (1, 2, 3):
                write(number, now=now)

        assert event_log.trim(now=now) == 1
        assert numbers() == [2, 3]

    def test_a_reader_before_the_trimmed_events_expires_and_one_behind_them_does_not(self, now: datetime) -> None:
        before = positions.current_cursor()
        with transaction.atomic():
            write(1, now=now - timedelta(days=2))
        behind = positions.current_cursor()

        event_log.trim(now=now)

        log = positions.log_state()
        assert positions.start_at(asked=before, log=log).reset == "expired"
        assert positions.start_at(asked=behind, log=log).reset is None
        assert LogEpoch.objects.current().trimmed_through == log.head

    def test_goes_on_until_everything_too_old_is_gone(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(event_log, "TRIM_BATCH", 2)
        with transaction.atomic():
            for number in range(7):
                write(number, now=now - timedelta(days=2))
        with transaction.atomic():
            write(7, now=now)

        assert event_log.trim(now=now, pause=0) == 7
        assert numbers() == [7]

    def test_begins_no_epoch(self, now: datetime) -> None:
        before = LogEpoch.objects.current().value
        with transaction.atomic():
            write(1, now=now - timedelta(days=2))

        event_log.trim(now=now)

        assert LogEpoch.objects.current().value == before


class TestOneAtATime:
    def test_a_second_process_leaves_the_trimming_to_the_first(self, now: datetime) -> None:
        Trimming.objects.create(lease_owner="first", lease_until=now + timedelta(minutes=1))
        with transaction.atomic():
            write(1, now=now - timedelta(days=2))

        assert event_log.trim(now=now) == 0

    def test_a_process_that_died_as_it_trimmed_is_followed(self, now: datetime) -> None:
        Trimming.objects.create(lease_owner="first", lease_until=now - timedelta(seconds=1))
        with transaction.atomic():
            write(1, now=now - timedelta(days=2))

        assert event_log.trim(now=now) == 1
        assert Trimming.objects.get().lease_owner == ""


@pytest.mark.serial
def test_a_long_trim_holds_nobody_up_for_long(now: datetime) -> None:
    """20,000 events go while somebody else writes: each write waits for one batch at most."""
    rows = [
        Event(channel="user:1", type="notification.read", data={}, created_at=now - timedelta(days=2))
        for _ in range(20_000)
    ]
    with transaction.atomic():
        Event.objects.bulk_create(rows, batch_size=5000)
    removed: list[int] = []

    def trim() -> None:
        removed.append(event_log.trim(now=now, pause=0.005))
        connection.close()

    LogEpoch.objects.current()
    trimming = threading.Thread(target=trim)
    trimming.start()
    waits = []
    while trimming.is_alive():
        before = time.monotonic()
        with transaction.atomic():
            write(1, now=now)
        waits.append(time.monotonic() - before)
        time.sleep(0.005)
    trimming.join()

    assert removed == [20_000]
    assert max(waits) < 0.5
    assert numbers() == [1] * len(waits)
