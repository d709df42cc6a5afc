"""Wake-ups come quickly, and their loss costs nothing but time."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from notifications.services import wakeups
from notifications.streams import bus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(30), pytest.mark.serial]


class Redis:
    """A private Redis that can be taken away and given back."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            for _ in range(100):
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.05)
        raise RuntimeError("Redis did not start.")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=5)


@pytest.fixture
def private_redis(settings: Any) -> Iterator[Redis]:
    server = Redis()
    settings.REDIS_URL = server.url
    wakeups.forget_client()
    yield server
    server.stop()
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
        assert woken.wait(5)
        woken.clear()
        return woken

    yield started
    stopped.set()
    for thread in threads:
        thread.join(timeout=5)


def test_the_database_itself_wakes(woken_by: Any, mara: Any, tell: Callable[..., None]) -> None:
    # The database's own source comes first; with Redis there is another behind it.
    woken = woken_by(bus.sources()[0])

    tell(mara, 1)

    assert woken.wait(0.5)


def test_redis_wakes_when_it_is_there(
    woken_by: Any, private_redis: Redis, mara: Any, tell: Callable[..., None]
) -> None:
    woken = woken_by(bus.RedisMessages(private_redis.url))

    tell(mara, 1)

    assert woken.wait(0.5)
    assert [type(source) for source in bus.sources()][-1] is bus.RedisMessages


def test_redis_wakes_again_after_it_was_gone(
    woken_by: Any, private_redis: Redis, mara: Any, tell: Callable[..., None]
) -> None:
    woken = woken_by(bus.RedisMessages(private_redis.url))

    private_redis.stop()
    tell(mara, 1)
    woken.clear()
    private_redis.start()

    assert woken.wait(10), "coming back counts as a wake-up: messages in between were lost"


def test_a_dead_redis_does_not_hold_up_those_who_publish(
    private_redis: Redis, mara: Any, tell: Callable[..., None]
) -> None:
    private_redis.stop()
    before = time.monotonic()

    for number in range(20):
        tell(mara, number)

    assert time.monotonic() - before < 2
