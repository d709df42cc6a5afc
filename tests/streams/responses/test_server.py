"""Streams through a real gunicorn with gevent workers, read over sockets."""

from __future__ import annotations

import signal
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
from django.db import connection, transaction
from django.test import Client

from notifications.models import Event
from notifications.services import event_log, positions
from notifications.wire import event_types
from tests.streams.conftest import Server, Stream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240), pytest.mark.serial]
Tell = Callable[..., None]
SOON = 60
"""Seconds for what takes two at most on a machine that is free; without it the stream would go on for ever."""


@pytest.fixture(params=["direct", "behind_pushpin"])
def server(request: pytest.FixtureRequest) -> Server:
    return request.getfixturevalue(request.param)


def numbers(read: list[httpx_sse.ServerSentEvent]) -> list[int]:
    return [event.json()["notification"] for event in read if event.event == "notification.read"]


class TestOpening:
    def test_headers_and_first_bytes_arrive_at_once(self, server: Server, as_mara: Client) -> None:
        before = time.monotonic()
        with server.stream(as_mara) as stream:
            hello = stream.next()
            took = time.monotonic() - before

        assert hello.event == "hello"
        # A server that gathers bytes would keep them until the next comment, 15 s later.
        assert took < 14
        expected = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-cache, no-transform",
            "x-accel-buffering": "no",
        }
        if server.proxy is None:
            # Pushpin takes it away, being the last that might have compressed.
            expected["content-encoding"] = "identity"
        assert {name: stream.response.headers[name] for name in expected} == expected

    def test_beats_are_no_events(self, server: Server, as_mara: Client, mara: Any, tell: Tell) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            time.sleep(1.2)
            tell(mara, 1)

            assert numbers([stream.next()]) == [1]

    def test_a_quiet_stream_beats(self, server: Server, as_mara: Client) -> None:
        with server.browser(as_mara) as browser, browser.stream("GET", "/events/") as response:
            beat = next(line for line in response.iter_lines() if line.startswith(":"))

        assert beat == ": still here"


class TestDelivery:
    def test_events_arrive_in_the_order_of_commits_within_a_second(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            before = time.monotonic()
            for number in range(0, 20, 2):
                tell(mara, number, number + 1)
            read = stream.take(20)
            took = time.monotonic() - before

        assert numbers(read) == list(range(20))
        assert [event.id for event in read] == sorted({event.id for event in read})
        # A server that gathers bytes would keep them until the next comment, 15 s later.
        assert took < 14

    def test_nothing_comes_from_a_transaction_that_rolled_back(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell, now: datetime
    ) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            with transaction.atomic():
                tell(mara, 13)
                transaction.set_rollback(True)
            tell(mara, 14)

            assert numbers([stream.next()]) == [14]

    def test_a_reader_that_is_cut_off_again_and_again_gets_each_event_once(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        last, read = positions.current_cursor(), []
        for turn in range(6):
            tell(mara, turn * 10)
            with server.stream(as_mara, headers={"Last-Event-ID": last}) as stream:
                tell(mara, turn * 10 + 1, turn * 10 + 2)
                stream.next()
                # The first turns leave one event behind, unread.
                got = stream.take(2 if turn < 5 else 8)
            read += got
            last = got[-1].id

        assert numbers(read) == [turn * 10 + one for turn in range(6) for one in range(3)]

    def test_two_processes_tell_their_readers_the_same(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        with server.browser(as_mara) as browser:
            opened = [httpx_sse.connect_sse(browser, "GET", "/events/") for _ in range(6)]
            streams = [Stream(one.__enter__()) for one in opened]
            for stream in streams:
                stream.next()
            tell(mara, 1, 2, 3)
            read = [[(event.id, event.data) for event in stream.take(3)] for stream in streams]
            for one in opened:
                one.__exit__(None, None, None)

        assert len(server.pids) == 2
        assert all(one == read[0] for one in read)

    def test_a_log_that_begins_anew_sends_readers_back_to_a_reset(self, server: Server, as_mara: Client) -> None:
        with server.stream(as_mara) as stream:
            hello = stream.next()
            event_log.begin_epoch()
            (bye,) = stream.rest()
        with server.stream(as_mara, headers={"Last-Event-ID": bye.id or hello.id}) as stream:
            _, reset = stream.take(2)

        assert bye.json() == {"reason": "epoch"}
        assert (reset.event, reset.json()) == ("reset", {"reason": "epoch"})


class TestRights:
    def test_a_logout_silences_within_two_seconds(self, server: Server, as_mara: Client, mara: Any, tell: Tell) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            before = time.monotonic()
            as_mara.logout()
            tell(mara, 1)
            (bye,) = stream.rest()

        assert bye.json() == {"reason": "access"}
        assert time.monotonic() - before < SOON

    def test_a_logout_leaves_the_other_sessions_of_the_person(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        elsewhere = Client()
        elsewhere.force_login(mara)
        with server.stream(as_mara) as stream:
            stream.next()
            elsewhere.logout()
            tell(mara, 1)

            assert numbers([stream.next()]) == [1]

    @pytest.mark.parametrize("change", ["deactivated", "new password", "session gone"])
    def test_whoever_may_no_longer_read_is_silenced_within_two_seconds(
        self, server: Server, as_mara: Client, mara: Any, change: str
    ) -> None:
        with server.stream(as_mara) as stream:
            stream.next()
            before = time.monotonic()
            if change == "deactivated":
                mara.is_active = False
                mara.save()
            elif change == "new password":
                mara.set_password("another-long-secret")
                mara.save()
            else:
                as_mara.session.delete()
            (bye,) = stream.rest()

        assert bye.json() == {"reason": "access"}
        assert time.monotonic() - before < SOON

    def test_an_event_that_only_servers_read_reaches_no_reader(
        self, server: Server, as_mara: Client, mara: Any, tell: Tell
    ) -> None:
        here = positions.current_cursor()
        with server.stream(as_mara) as stream:
            stream.next()
            mara.save()
            tell(mara, 1)
            live = stream.next()
        with server.stream(as_mara, headers={"Last-Event-ID": here}) as stream:
            replayed = stream.take(2)[1]

        assert Event.objects.filter(type=event_types.ACCESS_CHANGED.name).exists()
        assert live.event == replayed.event == "notification.read"


class TestCosts:
    def test_waiting_streams_hold_no_database_connection(self, server_of_one: Server, as_mara: Client) -> None:
        def open_connections() -> int:
            if connection.vendor == "postgresql":
                with connection.cursor() as rows:
                    rows.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
                    return int(rows.fetchone()[0])
            (pid,) = server_of_one.pids
            name = str(connection.settings_dict["NAME"])
            return sum(str(fd.resolve()) == name for fd in Path(f"/proc/{pid}/fd").iterdir())

        with server_of_one.browser(as_mara) as browser:
            opened = [httpx_sse.connect_sse(browser, "GET", "/events/") for _ in range(20)]
            held = []
            for one in opened:
                Stream(one.__enter__()).next()
                held.append(open_connections())
            for one in opened:
                one.__exit__(None, None, None)

        # Behind the first stream the reader and the source of wake-ups connect, and the keeper while it looks: not the
        # other nineteen.
        assert held[-1] - held[0] <= 3

    @pytest.mark.once
    def test_a_reader_that_vanishes_is_noticed_before_a_heartbeat_would_find_out(
        self, server_of_one: Server, as_mara: Client
    ) -> None:
        took = []
        for _ in range(5):
            with server_of_one.stream(as_mara) as stream:
                stream.next()
                place = stream.response.extensions["network_stream"].get_extra_info("client_addr")[1]
            left = time.monotonic()
            while is_open(server_of_one.port, place) and time.monotonic() - left < 5:
                time.sleep(0.005)
            took.append(time.monotonic() - left)

        # Without a watcher the second heartbeat after the departure would find out, after more than a second.
        assert statistics.median(took) < 1


@pytest.mark.once
class TestDrain:
    @pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGHUP])
    def test_streams_say_goodbye_within_two_seconds(
        self, server_of_one: Server, as_mara: Client, asked_by: signal.Signals
    ) -> None:
        with server_of_one.stream(as_mara) as stream:
            hello = stream.next()
            before = time.monotonic()
            server_of_one.started.send_signal(asked_by)
            (bye,) = stream.rest()
            took = time.monotonic() - before

        assert (bye.event, bye.json()) == ("bye", {"reason": "drain"})
        assert bye.id == hello.id
        assert took < SOON
        if asked_by == signal.SIGTERM:
            assert server_of_one.started.wait(timeout=60) == 0, "gone soon after"


def test_nobody_is_told_to_sign_in_without_a_redirect(server: Server) -> None:
    answer = httpx.get(f"{server.address}/events/", timeout=60)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Session")


def is_open(server_port: int, client_port: int) -> bool:
    """Whether the server's end of the connection still exists, in any state that it has not closed."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(fields[index].rsplit(":", 1)[1], 16) for index in (1, 2)]
        # 01 established, 08 the peer has closed and we have not.
        if ports == [server_port, client_port] and fields[3] in {"01", "08"}:
            return True
    return False
