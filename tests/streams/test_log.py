"""The log: rows of the transaction that caused them, numbered in the order of commits, kept for a while."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from notifications.models import Event, LogEpoch
from notifications.services import cursor, events
from notifications.streams.hub import Hub
from notifications.streams.subscribers import Subscriber
from notifications.streams.viewers import Viewer
from notifications.wire import catalogue
from notifications.wire import cursor as wire_cursor
from notifications.wire import events as wire

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8
TRANSACTIONS = 25


def write(number: int, *, channels: list[str] | str = "user:1", now: datetime, dedupe_key: str | None = None) -> None:
    data = {"user": 1, "notification": number}
    events.publish(type=wire.NOTIFICATION_READ, channels=channels, data=data, now=now, dedupe_key=dedupe_key)


def numbers() -> list[int]:
    return [event.data["notification"] for event in Event.objects.after(0)]


class TestPublish:
    def test_refuses_to_write_outside_a_transaction(self, now: datetime) -> None:
        with pytest.raises(events.PublishOutsideTransaction):
            write(1, now=now)

    def test_writes_to_every_channel_by_one_insert(self, now: datetime, django_assert_num_queries: Any) -> None:
        with transaction.atomic(), django_assert_num_queries(1):
            write(1, channels=["user:1", "user:2"], now=now)

        assert [event.channel for event in Event.objects.after(0)] == ["user:1", "user:2"]

    def test_a_rolled_back_transaction_leaves_nothing(self, now: datetime) -> None:
        with transaction.atomic():
            write(1, now=now)
            transaction.set_rollback(True)

        assert numbers() == []

    def test_the_same_dedupe_key_is_written_once_per_channel(self, now: datetime) -> None:
        for number in (1, 2):
            with transaction.atomic():
                write(number, channels=["user:1", f"user:{number + 1}"], now=now, dedupe_key="lapse of P-7")

        assert [(e.channel, e.data["notification"]) for e in Event.objects.after(0)] == [
            ("user:1", 1),
            ("user:2", 1),
            ("user:3", 2),
        ]

    def test_refuses_a_payload_that_is_not_of_the_catalogue(self, now: datetime) -> None:
        with pytest.raises(catalogue.PayloadMismatch, match="missing \\['notification'\\]"), transaction.atomic():
            events.publish(type=wire.NOTIFICATION_READ, channels="user:1", data={"user": 1}, now=now)

    def test_refuses_an_event_type_that_is_not_registered(self, now: datetime) -> None:
        stray = catalogue.EventType("stray", "user:<id>", {}, "Nobody registered it.")

        with pytest.raises(catalogue.UnknownEventType), transaction.atomic():
            events.publish(type=stray, channels="user:1", data={}, now=now)


class TestOrder:
    def test_eight_writers_and_a_reader_that_never_looks_back(self, now: datetime) -> None:
        """A number that becomes visible after a higher one would be missed: none may be, and none told twice."""
        hub = Hub(log=cursor.log_state())
        reader = Subscriber(viewer=Viewer(1, frozenset({"user:1"})), flavour="api", address="", position=0)
        hub.subscribe(reader, head=0)
        kept: list[list[int]] = [[] for _ in range(WRITERS)]
        writers = [threading.Thread(target=self.write_some, args=(index, kept[index], now)) for index in range(WRITERS)]
        told: list[int] = []

        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            hub.read()
            told += [frame.data["notification"] for frame in reader.take()]
        hub.read()
        told += [frame.data["notification"] for frame in reader.take()]

        assert sorted(told) == sorted(number for one in kept for number in one)
        for one in kept:
            assert [number for number in told if number in set(one)] == one

    def test_an_event_that_cannot_be_framed_holds_up_nothing(
        self, now: datetime, caplog: pytest.LogCaptureFixture
    ) -> None:
        hub = Hub(log=cursor.log_state())
        reader = Subscriber(viewer=Viewer(1, frozenset({"user:1"})), flavour="api", address="", position=0)
        hub.subscribe(reader, head=0)
        Event.objects.create(channel="user:1", type="two\nlines", data={}, created_at=now)
        with transaction.atomic():
            write(1, now=now)

        hub.read()

        assert b"".join(frame.encoded("api") for frame in reader.take()).count(b"event:") == 1
        assert "left out" in caplog.text

    def write_some(self, writer: int, kept: list[int], now: datetime) -> None:
        chance = random.Random(writer)
        for turn in range(TRANSACTIONS):
            pair = [writer * 1000 + turn * 2, writer * 1000 + turn * 2 + 1]
            is_kept = chance.random() > 0.25
            with transaction.atomic():
                write(pair[0], now=now)
                threading.Event().wait(chance.random() * 0.002)
                write(pair[1], now=now)
                transaction.set_rollback(not is_kept)
            kept += pair if is_kept else []
        connection.close()


class TestCursors:
    def test_a_page_cursor_stands_at_the_last_committed_event(self, now: datetime) -> None:
        with transaction.atomic():
            write(1, now=now)
        here = cursor.current_cursor()
        with transaction.atomic():
            write(2, now=now)

        start = cursor.start_at(asked=here, log=cursor.log_state())

        assert start.reset is None
        assert [event.data["notification"] for event in Event.objects.after(start.position)] == [2]

    def test_a_cursor_of_a_log_that_began_anew_is_told_so(self) -> None:
        here = cursor.current_cursor()

        events.begin_epoch()

        assert cursor.start_at(asked=here, log=cursor.log_state()).reset == "epoch"

    def test_a_cursor_from_the_future_means_the_log_was_put_back(self) -> None:
        log = cursor.log_state()
        ahead = wire_cursor.Cursor(log.epoch, log.head + 1)

        assert cursor.start_at(asked=str(ahead), log=log).reset == "epoch"

    def test_nonsense_starts_at_the_present_and_says_so(self) -> None:
        log = cursor.log_state()

        assert cursor.start_at(asked="yesterday", log=log) == cursor.Start(log.head, "unreadable")


class TestTrim:
    def test_removes_what_is_older_than_the_retention(self, now: datetime) -> None:
        for number, age in ((1, 25), (2, 23)):
            with transaction.atomic():
                write(number, now=now - timedelta(hours=age))

        assert events.trim(now=now) == 1
        assert numbers() == [2]

    def test_keeps_an_event_that_committed_before_an_older_one(self, now: datetime) -> None:
        for number, age in ((1, 1), (2, 30)):
            with transaction.atomic():
                write(number, now=now - timedelta(hours=age))

        assert events.trim(now=now) == 0

    def test_removes_what_is_beyond_the_count(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(events, "RETENTION_COUNT", 2)
        with transaction.atomic():
            for number in (1, 2, 3):
                write(number, now=now)

        assert events.trim(now=now) == 1
        assert numbers() == [2, 3]

    def test_a_reader_before_the_trimmed_events_expires_and_one_behind_them_does_not(self, now: datetime) -> None:
        before = cursor.current_cursor()
        with transaction.atomic():
            write(1, now=now - timedelta(days=2))
        behind = cursor.current_cursor()

        events.trim(now=now)

        log = cursor.log_state()
        assert cursor.start_at(asked=before, log=log).reset == "expired"
        assert cursor.start_at(asked=behind, log=log).reset is None
        assert LogEpoch.objects.current().trimmed_through == log.head
