"""Events handed to the streams of a server process: once, in the order of commits, in one piece."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications.services import event_log, positions
from notifications.streams.fanout import rendering
from notifications.streams.fanout.hub import Hub
from notifications.streams.fanout.viewers import Viewer
from notifications.wire import catalogue, event_types
from tests.streams.hearing import TICK, Reader, numbers, publish

pytestmark = pytest.mark.django_db(transaction=True)
CHANNELS = ["district:1", "district:2", "user:7"]


@pytest.fixture(autouse=True)
def _is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event type of these tests is in the catalogue no longer than they last: others hold it against its page."""
    monkeypatch.setitem(catalogue._types, TICK.name, TICK)


@pytest.fixture
def hub(db: None) -> Hub:
    return Hub(log=positions.log_state())


@pytest.fixture
def reader(hub: Hub) -> Iterator[Callable[..., Reader]]:
    made: list[Reader] = []

    def opened(*channels: str, **options: Any) -> Reader:
        made.append(Reader(hub, *channels, **options))
        return made[-1]

    yield opened
    for one in made:
        one.release()


class TestPieces:
    def test_a_burst_over_several_channels_is_one_write_in_the_order_of_commits(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        both, one = reader("district:1", "user:7"), reader("district:1")
        publish(now, ("district:1", 1), ("user:7", 2), ("district:2", 3), ("district:1", 4))
        writes: list[bytes] = []
        send = both.ours.send

        def write(said: bytes) -> int:
            writes.append(said)
            return send(said)

        both.subscriber.direct = write

        hub.read()

        assert numbers(both.told()) == [1, 2, 4]
        assert numbers(one.told()) == [1, 4]
        assert len(writes) == 1

    def test_a_row_is_rendered_once_for_all_browsers_of_the_process(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rendered: list[int] = []

        def row(data: Any) -> dict[str, str]:
            rendered.append(data["number"])
            return {"row": "<tr></tr>"}

        monkeypatch.setitem(rendering._renderers, TICK.name, row)
        browsers = [reader("district:1", flavour="browser", is_direct=number % 2 == 0) for number in range(5)]
        integration = reader("district:1", flavour="api")
        publish(now, ("district:1", 1), ("district:1", 2))

        hub.read()

        assert rendered == [1, 2]
        assert all(browser.told().count(b"<tr>") == 2 for browser in browsers)
        assert b"<tr>" not in integration.told()

    def test_what_is_ready_is_told_before_what_takes_long(self, hub, reader, now, monkeypatch) -> None:
        told: list[int] = []

        def row(_: Any) -> dict[str, str]:
            told.append(browser.told().count(b"<tr>"))
            time.sleep(0.06)
            return {"row": "<tr></tr>"}

        monkeypatch.setitem(rendering._renderers, TICK.name, row)
        browser = reader("district:1", flavour="browser")
        publish(now, ("district:1", 1), ("district:1", 2), ("district:1", 3))
        hub.read()

        assert [*told, browser.told().count(b"<tr>")] == [0, 1, 1, 1]


class TestComingMeanwhile:
    def test_a_stream_that_comes_while_the_others_are_told_finds_the_events_in_the_replay(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        first = reader("district:1")
        send = first.ours.send
        came: list[Reader] = []

        def write(said: bytes) -> int:
            came.append(reader("district:1"))
            return send(said)

        first.subscriber.direct = write
        before = hub.position
        publish(now, ("district:1", 1))
        hub.read()
        publish(now, ("district:1", 2))
        hub.read()

        through = hub.position - 1
        replayed = hub.recent(after=before, through=through, channels=["district:1"])
        assert came[0].subscriber.position >= through
        assert [frame.data["number"] for frame in replayed] == [1]
        assert numbers(came[0].told()) == [2]

    def test_a_stream_that_ends_meanwhile_resumes_at_what_it_was_told(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        first, second = reader("district:1"), reader("district:1")
        resumes_at: dict[Reader, int] = {}
        before = hub.position

        def ending(one: Reader, other: Reader) -> Callable[[bytes], int]:
            send = one.ours.send

            def write(said: bytes) -> int:
                resumes_at.setdefault(other, hub.take(other.subscriber)[1])
                return send(said)

            return write

        first.subscriber.direct, second.subscriber.direct = ending(first, second), ending(second, first)
        publish(now, ("district:1", 1))
        hub.read()

        # Whichever was written first saw the other still before the event, and was itself behind it.
        assert sorted(resumes_at.values()) == [before, hub.position]


class TestSlowReaders:
    def test_what_a_socket_does_not_take_is_kept_and_the_rest_queues_behind_it(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        slow = reader("district:1")
        send = slow.ours.send
        slow.subscriber.direct = lambda said: send(said[:10])

        publish(now, ("district:1", 1))
        hub.read()
        publish(now, ("district:1", 2))
        hub.read()

        written = slow.theirs.recv(100)
        assert numbers(written + slow.kept) == [1]
        assert numbers(slow._queued()) == [2]

    @pytest.mark.parametrize(("bound", "most"), [("queue_items", 3), ("queue_bytes", 500)])
    def test_a_reader_that_leaves_too_much_is_cut(
        self,
        hub: Hub,
        reader: Callable[..., Reader],
        now: datetime,
        impatient: Callable[..., None],
        bound: str,
        most: int,
    ) -> None:
        impatient(**{bound: most})
        slow, quick = reader("district:1", is_direct=False), reader("district:1")

        for number in range(10):
            publish(now, ("district:1", number))
            hub.read()

        assert slow.subscriber.cut
        assert slow.told() == b""
        assert numbers(quick.told()) == list(range(10))

    def test_a_reader_that_is_gone_is_closed_and_the_others_are_told(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        gone, there = reader("district:1"), reader("district:1")
        gone.theirs.close()

        publish(now, ("district:1", 1))
        hub.read()

        assert gone.closed == 1
        assert numbers(there.told()) == [1]

    def test_streams_that_cannot_be_told_are_cut_rather_than_left_with_a_gap(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(said: bytes) -> int:
            raise LookupError

        unlucky = reader("district:1")
        unlucky.subscriber.direct = broken

        publish(now, ("district:1", 1))
        hub.read()

        assert unlucky.subscriber.cut
        assert "resume by their cursors" in caplog.text


class TestRights:
    def test_what_commits_behind_a_logout_is_not_told_also_within_one_look(
        self, hub: Hub, reader: Callable[..., Reader], now: datetime
    ) -> None:
        session = Viewer(7, frozenset({"district:1"}), session_key="k")
        leaving, staying = reader("district:1"), reader("district:1")
        leaving.subscriber.viewer = session
        publish(now, ("district:1", 1))
        with transaction.atomic():
            data = {"user": 7, "session": session.session}
            event_log.publish(type=event_types.ACCESS_CHANGED, channels="user:7", data=data, now=now)
        publish(now, ("district:1", 2))

        hub.read()

        assert numbers(leaving.told()) == [1]
        assert numbers(staying.told()) == [1, 2]
        assert leaving.subscriber.ending == "access"


class TestNothingIsLostOrDoubled:
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def test_whenever_streams_come_and_whoever_is_slow(self, db: None, now: datetime, data: st.DataObject) -> None:
        hub = Hub(log=positions.log_state())
        count = 0
        due: dict[Reader, list[int]] = {}
        steps = data.draw(st.lists(st.sampled_from(["publish", "read", "come", "stall", "go on"]), max_size=25))
        with contextlib.ExitStack() as stack:
            for step in steps:
                if step == "come":
                    # As a stream does: what the log holds already is replayed, so only what follows is due.
                    hub.read()
                    heard = data.draw(st.sets(st.sampled_from(CHANNELS), min_size=1))
                    one = Reader(hub, *heard, is_direct=data.draw(st.booleans()))
                    stack.callback(one.release)
                    due[one] = []
                elif step == "publish":
                    told = data.draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4))
                    numbered = [(channel, count + index) for index, channel in enumerate(told)]
                    count += len(told)
                    publish(now, *numbered)
                    for one in due:
                        due[one] += [number for channel, number in numbered if channel in one.channels]
                elif step == "read":
                    hub.read()
                elif due:
                    change(data.draw(st.sampled_from(list(due))), step)
            hub.read()

            assert {one: numbers(one.told()) for one in due} == due


def change(one: Reader, step: str) -> None:
    """A stream begins to queue, or has caught up and is written to at once again."""
    if step == "stall":
        one.subscriber.direct = None
    elif one.subscriber.is_idle:
        one.subscriber.direct = one.ours.send


def test_frames_of_a_log_that_began_anew_meanwhile_are_dropped(
    hub: Hub, reader: Callable[..., Reader], now: datetime
) -> None:
    old = reader("district:1", is_direct=False)
    publish(now, ("district:1", 1))
    event_log.begin_epoch()

    hub.adopt(positions.log_state())
    hub.read()

    assert old.told() == b""
    assert old.subscriber.ending == "epoch"
