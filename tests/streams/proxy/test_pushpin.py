"""Faults that only a proxy brings: rights it does not know of, and losses when it or a web process dies."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import httpx_sse
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_eventstream import send_event

from assignments import models
from assignments.services import tokens
from notifications.models import Relay
from notifications.services import access, positions
from notifications.streams.proxy import publishing
from tests.streams.conftest import Server, Stream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial, pytest.mark.once]
Tell = Callable[..., None]


@pytest.fixture
def server(behind_pushpin: Server) -> Server:
    return behind_pushpin


@pytest.fixture
def mortal(server: Server) -> Iterator[Server]:
    """The same, for tests that kill parts of it: the next test finds it whole again."""
    yield server
    swift = 0
    while swift < 6:
        asked = time.monotonic()
        httpx.get(f"{server.address}/healthz", timeout=60)
        swift = swift + 1 if time.monotonic() - asked < 0.3 else 0


def numbers(read: list[httpx_sse.ServerSentEvent]) -> list[int]:
    return [event.json()["notification"] for event in read if event.event == "notification.read"]


class Reader(threading.Thread):
    """Follows the stream like a browser: comes back with the last id, and ignores what is not newer."""

    def __init__(self, server: Server, client: Client, upto: int) -> None:
        super().__init__(daemon=True)
        self.read: list[int] = []
        self.resets = 0
        self.connections = 0
        self.heard = threading.Event()
        self._server, self._client, self._upto = server, client, upto
        self._last = positions.current_cursor()

    def run(self) -> None:
        while self._upto not in self.read:
            with contextlib.suppress(httpx.TransportError, httpx_sse.SSEError):
                self._follow()
            time.sleep(0.1)

    def _follow(self) -> None:
        with self._server.stream(self._client, headers={"Last-Event-ID": self._last}) as stream:
            self.connections += 1
            while self._upto not in self.read:
                event = stream.next()
                self.heard.set()
                self.resets += event.event == "reset"
                if event.id > self._last:
                    self._last = event.id
                    self.read += numbers([event])


class TestRights:
    def test_who_loses_a_membership_is_silenced_within_two_seconds(
        self, server: Server, as_mara: Client, mara: Any, district: models.District
    ) -> None:
        with server.stream(as_mara, f"/events/?district={district.pk}") as stream:
            stream.next()
            before = time.monotonic()
            with transaction.atomic():
                models.Membership.objects.filter(user=mara).delete()
                access.review(user_id=mara.pk, now=timezone.now())
            (bye,) = stream.rest()

        assert bye.json() == {"reason": "access"}
        assert time.monotonic() - before < 30

    def test_who_keeps_the_rights_notices_nothing_of_the_question(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            for number in range(5):
                access.review(user_id=mara.pk, now=timezone.now())
                tell(mara, number)

            assert numbers(stream.take(5)) == list(range(5))

    def test_an_integration_gets_data_alone_until_its_token_is_revoked(
        self, server: Server, mara: Any, tell: Tell
    ) -> None:
        token, secret = tokens.issue(name="SCADA", user=mara, scopes=["read"], by=mara, now=timezone.now())
        bearer = {"Authorization": f"Bearer {secret}"}
        with server.stream(Client(), "/api/v1/events/", headers=bearer) as stream:
            stream.next()
            tell(mara, 1)
            told = stream.next()
            tokens.revoke(tokens=[token], by=mara, now=timezone.now())
            (bye,) = stream.rest()

        assert told.json() == {"user": mara.pk, "notification": 1}
        assert bye.json() == {"reason": "access"}


class TestThirdParty:
    def test_its_event_arrives_once_and_only_if_the_transaction_commits(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        channel = f"user:{mara.pk}"
        with server.stream(as_mara) as stream:
            stream.next()
            with transaction.atomic():
                send_event(channel, "greeting", {"text": "never"})
                transaction.set_rollback(True)
            with transaction.atomic():
                send_event(channel, "greeting", {"text": "hello"})
            tell(mara, 1)
            first, second = stream.take(2)

        assert (first.event, first.json()) == ("greeting", {"text": "hello"})
        assert numbers([second]) == [1]

    def test_an_event_too_long_for_the_proxy_arrives_all_the_same(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            tell(mara, 1)
            send_event(f"user:{mara.pk}", "greeting", {"text": "x" * 600_000})
            tell(mara, 2)
            read = stream.take(3)

        assert [event.event for event in read] == ["notification.read", "greeting", "notification.read"]
        assert len(read[1].json()["text"]) == 600_000


class TestLosses:
    def test_streams_survive_the_end_of_every_web_process(
        self, mortal: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with mortal.stream(as_mara) as stream:
            stream.next()
            for pid in mortal.pids:
                os.kill(pid, signal.SIGKILL)
            tell(mara, *range(20))
            read = stream.take(20)

        assert numbers(read) == list(range(20))

    def test_the_end_of_the_relaying_process_loses_nothing_and_keeps_the_order(
        self, mortal: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        readers = [Reader(mortal, as_mara, upto=299) for _ in range(3)]
        for reader in readers:
            reader.start()
            reader.heard.wait(60)
        for number in range(300):
            tell(mara, number)
            if number == 150:
                os.kill(relaying_pid(), signal.SIGKILL)
        for reader in readers:
            reader.join(120)

        assert [reader.read for reader in readers] == [list(range(300))] * 3
        assert [reader.resets for reader in readers] == [0] * 3

    def test_the_end_of_the_proxy_loses_nothing(self, mortal: Server, as_mara: Client, mara: Any, tell: Tell) -> None:
        assert mortal.proxy is not None
        readers = [Reader(mortal, as_mara, upto=99) for _ in range(3)]
        for reader in readers:
            reader.start()
            reader.heard.wait(60)
        tell(mara, *range(50))
        mortal.proxy.kill()
        tell(mara, *range(50, 90))
        mortal.proxy.start()
        tell(mara, *range(90, 100))
        for reader in readers:
            reader.join(120)

        assert [reader.read for reader in readers] == [list(range(100))] * 3
        assert [reader.resets for reader in readers] == [0] * 3
        assert all(reader.connections > 1 for reader in readers)

    def test_a_proxy_that_hangs_costs_nobody_but_its_readers(
        self, mortal: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        assert mortal.proxy is not None
        with mortal.stream(as_mara) as stream:
            stream.next()
            mortal.proxy.signal(signal.SIGSTOP)
            before = time.monotonic()
            tell(mara, *range(10))
            page = httpx.get(f"http://127.0.0.1:{mortal.port}/login/", timeout=60)
            took = time.monotonic() - before
            time.sleep(2.5)
            mortal.proxy.signal(signal.SIGCONT)
            read = stream.take(10)

        assert page.status_code == 200
        # A page that waited for the proxy would have waited for all of that.
        assert took < publishing.PATIENCE
        assert numbers(read) == list(range(10))


class TestCosts:
    def test_pages_answer_while_many_streams_are_held(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with contextlib.ExitStack() as stack:
            browser = stack.enter_context(server.browser(as_mara))
            opened = [stack.enter_context(httpx_sse.connect_sse(browser, "GET", "/events/")) for _ in range(24)]
            streams = [Stream(one) for one in opened]
            for stream in streams:
                stream.next()
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                pages = list(pool.map(lambda _: browser.get("/notifications/").status_code, range(24)))
            tell(mara, 1, 2)
            told = [numbers(stream.take(2)) for stream in streams]

        assert pages == [200] * 24
        assert told == [[1, 2]] * 24


def relaying_pid() -> int:
    """The web process that publishes; one takes the relay within a second after a test has emptied the tables."""
    while not (lease_owner := Relay.objects.values_list("lease_owner", flat=True).first()):
        time.sleep(0.05)
    return int(lease_owner.split(":")[1])
