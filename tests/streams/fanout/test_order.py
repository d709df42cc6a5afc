"""Positions follow the order of commits, whatever the writers do: a reader that never looks back misses nothing."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from notifications.models import Event
from notifications.services import event_log, positions
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.viewers import Viewer
from notifications.wire import event_types

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
WRITERS = 8
EVENTS = 2_000
CHANNELS = [f"user:{number}" for number in range(1, 5)]


@contextlib.contextmanager
def let_through() -> Iterator[None]:
    """Takes a SQLite that others write to for too long, as on a busy machine, for a transaction that rolled back."""
    try:
        yield
    except OperationalError as error:
        if str(error) != "database is locked":
            raise


class Writer(threading.Thread):
    """Commits its share of the events, a few per transaction on channels in any order; one in four rolls back.

    An event is "writer-serial"; `kept` holds those that committed, in order.
    """

    def __init__(self, number: int, seed: int, now: datetime) -> None:
        super().__init__()
        self.number = number
        self.chance = random.Random(f"{seed} {number}")
        self.now = now
        self.kept: list[str] = []

    def run(self) -> None:
        serial = 0
        while len(self.kept) < EVENTS // WRITERS:
            written: list[str] = []
            with let_through():
                with transaction.atomic():
                    for _ in range(self.chance.randint(1, 10)):
                        written.append(f"{self.number}-{serial}")
                        self.publish(written[-1])
                        serial += 1
                    is_kept = self.chance.random() > 0.25
                    transaction.set_rollback(not is_kept)
                self.kept += written if is_kept else []
        connection.close()

    def publish(self, name: str) -> None:
        data = {"user": self.number, "notification": name}
        channel = self.chance.choice(CHANNELS)
        event_log.publish(type=event_types.NOTIFICATION_READ, channels=channel, data=data, now=self.now)
        if self.chance.random() < 0.2:
            # Others number and commit theirs meanwhile. SQLite lets nobody: there it only takes time.
            threading.Event().wait(self.chance.random() * 0.003)


class Poller(threading.Thread):
    """The plainest reader there is, on a connection of its own: what lies beyond the last position it saw."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        super().__init__()
        self.is_over = is_over
        self.told: list[str] = []

    def run(self) -> None:
        position = 0
        while True:
            # Asked first: what commits after the last look would be missed.
            was_over = self.is_over()
            for row in Event.objects.after(position)[:100]:
                position = row.position or 0
                self.told.append(row.data["notification"])
            if was_over and not Event.objects.after(position).exists():
                break
        connection.close()


def read_by_hub(hub: Hub, reader: Subscriber, is_over: Callable[[], bool]) -> Iterator[str]:
    while True:
        was_over = is_over()
        hub.read()
        yield from (frame.data["notification"] for frame in reader.take())
        if was_over:
            return


def test_eight_writers_and_two_readers_that_never_look_back(now: datetime) -> None:
    """A position that becomes visible after a higher one would be missed: none of 2,000 may be, and none told twice."""
    # Each writer has a connection of its own, or they would write one after the other.
    assert "pool" not in connection.settings_dict["OPTIONS"]
    seed = random.SystemRandom().randrange(10**9)
    hub = Hub(log=positions.log_state())
    reader = Subscriber(viewer=Viewer(1, frozenset(CHANNELS)), flavour="api", address="", position=0)
    hub.subscribe(reader, head=0)
    writers = [Writer(number, seed, now) for number in range(WRITERS)]

    def is_over() -> bool:
        return not any(writer.is_alive() for writer in writers)

    poller = Poller(is_over)
    for thread in [*writers, poller]:
        thread.start()
    told = list(read_by_hub(hub, reader, is_over))
    poller.join()

    kept = [event for writer in writers for event in writer.kept]
    assert len(kept) >= EVENTS, f"seed {seed}"
    assert sorted(told) == sorted(kept), f"seed {seed}"
    for writer in writers:
        assert [event for event in told if event.startswith(f"{writer.number}-")] == writer.kept, f"seed {seed}"
    # Both saw what was committed when they looked, so the one order they agree on is the order of commits.
    assert poller.told == told, f"seed {seed}"


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_transactions_that_publish_on_the_same_channels_in_opposite_order_do_not_block_each_other(
    now: datetime,
) -> None:
    turns = threading.Barrier(2, timeout=60)
    failures: list[Exception] = []

    def publish(first: str, second: str) -> None:
        try:
            for _ in range(20):
                with transaction.atomic():
                    for channel in (first, second):
                        data: dict[str, Any] = {"user": 1, "notification": 1}
                        event_log.publish(type=event_types.NOTIFICATION_READ, channels=channel, data=data, now=now)
                        # Both have published on one channel before either does on the other.
                        turns.wait()
        except Exception as failure:  # noqa: BLE001 - shown by the test
            failures.append(failure)
            turns.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=pair) for pair in (("user:1", "user:2"), ("user:2", "user:1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Event.objects.after(0).count() == 80
