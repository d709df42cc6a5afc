"""Wake-ups come quickly, and their loss costs nothing but time."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from notifications.services import wakeups
from notifications.streams.process import bus
from tests import servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial]

AT_ONCE = 20
"""Seconds for a wake-up on a busy machine too: nothing else would ever wake."""


@pytest.fixture
def private_redis(settings: Any) -> Iterator[servers.Redis]:
    with servers.redis_server() as server:
        settings.REDIS_URL = server.url
        wakeups.forget_client()
        yield server
    wakeups.forget_client()


@pytest.fixture
def woken_by() -> Iterator[Callable[[bus.Source], threading.Event]]:
    """Supervises a source; the answer is set at each of its wake-ups."""
    stopped, threads = threading.Event(), []

    def started(source: bus.Source) -> threading.Event:
        woken = threading.Event()
        threads.append(threading.Thread(target=bus.supervise, args=(source, woken.set, stopped)))
        threads[-1].start()
        # Listening begins with a wake-up, for what came before.
        assert woken.wait(AT_ONCE)
        woken.clear()
        return woken

    yield started
    stopped.set()
    for thread in threads:
        thread.join(timeout=AT_ONCE)


def test_the_database_itself_wakes(woken_by: Any, mara: Any, tell: Callable[..., None]) -> None:
    # The database's own source comes first; with Redis there is another behind it.
    woken = woken_by(bus.sources()[0])

    tell(mara, 1)

    assert woken.wait(AT_ONCE)


def test_redis_wakes_when_it_is_there(
    woken_by: Any, private_redis: servers.Redis, mara: Any, tell: Callable[..., None]
) -> None:
    woken = woken_by(bus.RedisMessages(private_redis.url))

    tell(mara, 1)

    assert woken.wait(AT_ONCE)
    assert [type(source) for source in bus.sources()][-1] is bus.RedisMessages


def test_redis_wakes_again_after_it_was_gone(
    woken_by: Any, private_redis: servers.Redis, mara: Any, tell: Callable[..., None]
) -> None:
    woken = woken_by(bus.RedisMessages(private_redis.url))

    private_redis.kill()
    tell(mara, 1)
    woken.clear()
    private_redis.start()

    assert woken.wait(AT_ONCE), "coming back counts as a wake-up: messages in between were lost"


def test_a_dead_redis_does_not_hold_up_those_who_publish(
    private_redis: servers.Redis, mara: Any, tell: Callable[..., None]
) -> None:
    private_redis.kill()
    before = time.monotonic()

    for number in range(100):
        tell(mara, number)

    # If each waited for an answer, it would be half a minute.
    assert time.monotonic() - before < 27


def test_a_redis_that_hangs_does_not_hold_up_those_who_publish(
    private_redis: servers.Redis, mara: Any, tell: Callable[..., None]
) -> None:
    tell(mara, 0)
    private_redis.process.send_signal(signal.SIGSTOP)
    before = time.monotonic()

    for number in range(100):
        tell(mara, number)

    # If each waited for an answer, it would be half a minute.
    assert time.monotonic() - before < 27


def test_redis_that_says_nothing_is_left(
    private_redis: servers.Redis, woken_by: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bus, "_TIMEOUT", 0.5)
    monkeypatch.setattr(bus, "_PATIENCE", 0.1)
    woken = woken_by(bus.RedisMessages(private_redis.url))

    time.sleep(1.5)
    assert not woken.is_set(), "an answer to PING is no wake-up"
    private_redis.process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    private_redis.process.send_signal(signal.SIGCONT)

    assert woken.wait(AT_ONCE), "it subscribes again"
    assert "has not answered" in caplog.text


def test_a_source_is_started_again_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, starts = threading.Event(), []

    class Broken:
        def listen(self, wake: bus.Wake, stopped: threading.Event) -> None:
            starts.append(1)
            if len(starts) == 3000:
                stopped.set()
            raise ConnectionError("Nobody is there.")

    monkeypatch.setattr(stopped, "wait", lambda seconds: seconds <= 4)

    bus.supervise(Broken(), lambda: None, stopped)

    assert len(starts) == 3000
