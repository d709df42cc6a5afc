"""The log: rows of the transaction that caused them, numbered in the order of commits, kept for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from notifications.models import Event
from notifications.services import event_log, positions
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.viewers import Viewer
from notifications.wire import catalogue, event_ids, event_types

pytestmark = pytest.mark.django_db(transaction=True)


def write(number: int, *, channels: list[str] | str = "user:1", now: datetime, dedupe_key: str | None = None) -> None:
    data = {"user": 1, "notification": number}
    event_log.publish(type=event_types.NOTIFICATION_READ, channels=channels, data=data, now=now, dedupe_key=dedupe_key)


def numbers() -> list[int]:
    return [event.data["notification"] for event in Event.objects.after(0)]


class TestPublish:
    def test_refuses_to_write_outside_a_transaction(self, now: datetime) -> None:
        with pytest.raises(event_log.PublishOutsideTransaction):
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
            event_log.publish(type=event_types.NOTIFICATION_READ, channels="user:1", data={"user": 1}, now=now)

    def test_refuses_an_event_type_that_is_not_registered(self, now: datetime) -> None:
        stray = catalogue.EventType("stray", "user:<id>", {}, "Nobody registered it.")

        with pytest.raises(catalogue.UnknownEventType), transaction.atomic():
            event_log.publish(type=stray, channels="user:1", data={}, now=now)


class TestFraming:
    def test_an_event_that_cannot_be_framed_holds_up_nothing(
        self, now: datetime, caplog: pytest.LogCaptureFixture
    ) -> None:
        hub = Hub(log=positions.log_state())
        reader = Subscriber(viewer=Viewer(1, frozenset({"user:1"})), flavour="api", address="", position=0)
        hub.subscribe(reader, head=0)
        Event.objects.create(channel="user:1", type="two\nlines", data={}, created_at=now)
        with transaction.atomic():
            write(1, now=now)

        hub.read()

        assert b"".join(frame.encoded("api") for frame in reader.take()).count(b"event:") == 1
        assert "left out" in caplog.text


class TestCursors:
    def test_a_page_cursor_stands_at_the_last_committed_event(self, now: datetime) -> None:
        with transaction.atomic():
            write(1, now=now)
        here = positions.current_cursor()
        with transaction.atomic():
            write(2, now=now)

        start = positions.start_at(asked=here, log=positions.log_state())

        assert start.reset is None
        assert [event.data["notification"] for event in Event.objects.after(start.position)] == [2]

    def test_a_cursor_of_a_log_that_began_anew_is_told_so(self) -> None:
        here = positions.current_cursor()

        event_log.begin_epoch()

        assert positions.start_at(asked=here, log=positions.log_state()).reset == "epoch"

    def test_a_cursor_from_the_future_means_the_log_was_put_back(self) -> None:
        log = positions.log_state()
        ahead = event_ids.Cursor(log.epoch, log.head + 1)

        assert positions.start_at(asked=str(ahead), log=log).reset == "epoch"

    def test_nonsense_starts_at_the_present_and_says_so(self) -> None:
        log = positions.log_state()

        assert positions.start_at(asked="yesterday", log=log) == positions.Start(log.head, "unreadable")
