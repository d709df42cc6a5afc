"""One stream after the other in the test's own process: where it starts, what it tells, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client, RequestFactory
from httpx_sse import EventSource, ServerSentEvent

from notifications.models import Event
from notifications.services import event_log, inbox, positions
from notifications.streams.fanout.frames import Frame
from notifications.streams.responses import view
from notifications.wire import event_ids, event_types, sse
from tests.streams.conftest import until_told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
Tell = Callable[..., None]


def parsed(raw: bytes) -> list[ServerSentEvent]:
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=raw)
    return list(EventSource(response).iter_sse())


def opened(response: HttpResponseBase) -> Iterator[bytes]:
    assert isinstance(response, StreamingHttpResponse), response.status_code
    return iter(response.streaming_content)  # type: ignore[arg-type]


def first_of(client: Client, path: str = "/events/", **headers: str) -> list[ServerSentEvent]:
    """The events of the first chunk: greeting and replay."""
    response = client.get(path, headers=headers)
    first = parsed(next(opened(response)))
    response.close()
    return first


def told(events_read: list[ServerSentEvent]) -> list[int]:
    return [event.json()["notification"] for event in events_read if event.event == "notification.read"]


class TestStart:
    def test_greets_at_once_with_a_cursor_and_a_time_to_come_back(self, as_mara: Client, log: Any) -> None:
        (hello,) = first_of(as_mara)

        assert hello.event == "hello"
        assert hello.id == positions.current_cursor()
        assert hello.retry is not None
        assert 1000 <= hello.retry <= 4000

    def test_a_page_misses_nothing_that_commits_after_its_cursor(
        self, as_mara: Client, mara: Any, tell: Tell, log: Any
    ) -> None:
        tell(mara, 1)
        of_page = positions.current_cursor()
        tell(mara, 2, 3)

        assert told(first_of(as_mara, f"/events/?cursor={of_page}")) == [2, 3]

    def test_a_reconnect_goes_on_behind_the_last_event_id(
        self, as_mara: Client, mara: Any, tell: Tell, log: Any
    ) -> None:
        of_page = positions.current_cursor()
        tell(mara, 1, 2, 3)
        everything = first_of(as_mara, f"/events/?cursor={of_page}")

        again = first_of(as_mara, f"/events/?cursor={of_page}", last_event_id=everything[2].id)

        assert told(everything) == [1, 2, 3]
        assert told(again) == [3]

    def test_memory_and_log_replay_the_same(
        self, as_mara: Client, mara: Any, tell: Tell, impatient: Callable[..., None]
    ) -> None:
        impatient(ring=2)
        of_page = positions.current_cursor()
        first_of(as_mara)
        tell(mara, 1, 2, 3, 4)

        assert told(first_of(as_mara, f"/events/?cursor={of_page}")) == [1, 2, 3, 4]

    @pytest.mark.parametrize("nonsense", ["42", "aaaaaaaaaa", "%00"])
    def test_nonsense_is_answered_by_a_reset(self, as_mara: Client, log: Any, nonsense: str) -> None:
        hello, reset = first_of(as_mara, f"/events/?cursor={nonsense}")

        assert (reset.event, reset.json()) == ("reset", {"reason": "unreadable"})
        assert reset.id == hello.id == positions.current_cursor()

    def test_a_cursor_older_than_the_retention_is_answered_by_a_reset(
        self, as_mara: Client, mara: Any, tell: Tell, now: datetime, log: Any
    ) -> None:
        old = positions.current_cursor()
        tell(mara, 1)
        event_log.trim(now=now + timedelta(days=2))

        assert first_of(as_mara, f"/events/?cursor={old}")[1].json() == {"reason": "expired"}

    def test_a_cursor_of_another_epoch_is_answered_by_a_reset(self, as_mara: Client, log: Any) -> None:
        old = positions.current_cursor()
        first_of(as_mara)
        event_log.begin_epoch()

        assert first_of(as_mara, f"/events/?cursor={old}")[1].json() == {"reason": "epoch"}


class TestLife:
    def test_a_quiet_stream_shows_that_it_is_alive(self, as_mara: Client, impatient: Callable[..., None]) -> None:
        impatient(heartbeat=0.1)
        chunks = opened(as_mara.get("/events/"))
        next(chunks)

        assert next(chunks) == b": still here\n"

    def test_a_stream_that_has_lived_long_says_goodbye(self, as_mara: Client, impatient: Callable[..., None]) -> None:
        impatient(lifetime=0.2)
        *_, bye = parsed(b"".join(opened(as_mara.get("/events/"))))

        assert (bye.event, bye.json()) == ("bye", {"reason": "lifetime"})
        assert bye.id == positions.current_cursor()

    def test_a_reader_that_does_not_read_is_cut_and_resumes(
        self, as_mara: Client, mara: Any, tell: Tell, impatient: Callable[..., None]
    ) -> None:
        impatient(queue_items=3)
        chunks = opened(as_mara.get("/events/"))
        (hello,) = parsed(next(chunks))
        tell(mara, *range(10))
        until_told()

        assert len(told(parsed(b"".join(chunks)))) < 10
        assert told(first_of(as_mara, last_event_id=hello.id)) == list(range(10))

    def test_an_inbox_event_brings_the_unread_count(
        self, as_mara: Client, mara: Any, jonas: Any, now: datetime, log: Any
    ) -> None:
        of_page = positions.current_cursor()
        for title in ("Approved", "Revoked"):
            inbox.notify(users=[mara], kind="test", title=title, body="", url="", by=jonas, now=now)

        _, *created = first_of(as_mara, f"/events/?cursor={of_page}")

        assert [event.json()["title"] for event in created] == ["Approved", "Revoked"]
        assert created[1].json()["unread"] == 2
        assert created[1].json()["actor"] == "Jonas Okafor"


class TestFiniteStream:
    @staticmethod
    def is_last(frame: Frame) -> bool:
        return frame.data.get("notification") == 99

    def respond(self, user: Any, asked: str = "", **options: Any) -> HttpResponseBase:
        request = RequestFactory().get("/events/")
        request.user = user
        channels = [inbox.channel_of(user.pk)]
        return view.stream_response(
            request, channels=channels, cursor=asked, until=self.is_last, credential=lambda: True, **options
        )

    def test_ends_with_done_behind_the_last_event(self, mara: Any, tell: Tell, log: Any) -> None:
        chunks = opened(self.respond(mara))
        next(chunks)
        tell(mara, 1, 99)

        *read, last, done = parsed(b"".join(chunks))

        assert told([*read, last]) == [1, 99]
        assert (done.event, done.id) == ("done", last.id)

    def test_a_reader_that_comes_back_after_done_gets_204(self, mara: Any, tell: Tell, log: Any) -> None:
        before = positions.current_cursor()
        tell(mara, 1, 99)
        *_, done = parsed(b"".join(opened(self.respond(mara, before))))

        assert self.respond(mara, done.id).status_code == 204
        assert self.respond(mara, positions.current_cursor()).status_code == 204
        assert self.respond(mara, before).status_code == 200

    def test_a_reader_without_a_cursor_is_told_from_the_beginning(self, mara: Any, tell: Tell, log: Any) -> None:
        tell(mara, 1, 2, 99)

        assert told(parsed(b"".join(opened(self.respond(mara, from_beginning=True))))) == [1, 2, 99]

    def test_opening_messages_come_before_the_events(self, mara: Any, tell: Tell, log: Any) -> None:
        before = positions.current_cursor()
        tell(mara, 99)
        opening = [sse.ServerSentEvent("run.changed", {"status": "SCORING"})]

        names = [event.event for event in parsed(b"".join(opened(self.respond(mara, before, opening=opening))))]

        assert names == ["hello", "run.changed", "notification.read", "done"]

    def test_a_credential_that_is_withdrawn_ends_the_stream(self, mara: Any, impatient: Callable[..., None]) -> None:
        impatient(review=0.1)
        request = RequestFactory().get("/events/")
        request.user = mara
        welcome = [True, True, False]
        response = view.stream_response(
            request,
            channels=[inbox.channel_of(mara.pk)],
            cursor="",
            flavour="api",
            credential=lambda: welcome.pop(0) if welcome else False,
        )

        assert parsed(b"".join(opened(response)))[-1].json() == {"reason": "access"}


class TestCaps:
    @pytest.mark.parametrize("cap", ["per_process", "per_user", "per_address"])
    def test_one_stream_too_many_is_told_when_to_come_back(
        self, as_mara: Client, impatient: Callable[..., None], cap: str
    ) -> None:
        impatient(**{cap: 1, "retry_after": 7})
        with_stream = as_mara.get("/events/")
        chunks = opened(with_stream)
        next(chunks)

        refused = as_mara.get("/events/")
        with_stream.close()
        after = as_mara.get("/events/")

        assert (refused.status_code, refused["Retry-After"]) == (503, "7")
        assert after.status_code == 200

    def test_a_response_that_is_never_sent_takes_no_place(
        self, as_mara: Client, impatient: Callable[..., None]
    ) -> None:
        impatient(per_user=1)
        unsent = [as_mara.get("/events/") for _ in range(3)]

        assert [response.status_code for response in unsent] == [200, 200, 200]

    def test_addresses_are_those_that_a_trusted_proxy_names(
        self, as_mara: Client, impatient: Callable[..., None]
    ) -> None:
        impatient(per_address=1)
        chunks = opened(as_mara.get("/events/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}))
        next(chunks)

        same = as_mara.get("/events/", headers={"X-Forwarded-For": "198.51.100.7"})
        other = as_mara.get("/events/", headers={"X-Forwarded-For": "198.51.100.8"})

        assert (same.status_code, other.status_code) == (503, 200)


class TestThirdParty:
    def test_an_event_sent_through_django_eventstream_reaches_our_streams(
        self, as_mara: Client, mara: Any, log: Any
    ) -> None:
        from django_eventstream import send_event

        of_page = positions.current_cursor()
        transaction.on_commit(lambda: send_event(f"user:{mara.pk}", "greeting", {"text": "hello"}), robust=True)

        _, greeting = first_of(as_mara, f"/events/?cursor={of_page}")

        assert (greeting.event, greeting.json()) == ("greeting", {"text": "hello"})

    def test_an_event_that_cannot_be_framed_is_refused_to_its_sender(self, mara: Any, log: Any) -> None:
        from notifications.streams.library.storage import LogStorage

        with pytest.raises(sse.NotFrameable):
            LogStorage().append_event(f"user:{mara.pk}", "two\nlines", {})

    def test_the_log_has_one_numbering(self, mara: Any, tell: Tell, log: Any) -> None:
        from django_eventstream.storage import EventDoesNotExist

        from notifications.streams.library.storage import LogStorage

        storage = LogStorage()
        channel = inbox.channel_of(mara.pk)
        before = storage.get_current_id(channel)
        tell(mara, 1, 2)

        after = storage.get_events(channel, before)
        assert [event.data["notification"] for event in after] == [1, 2]
        assert after[-1].id == storage.get_current_id(channel) == Event.objects.latest("position").position
        with pytest.raises(EventDoesNotExist):
            storage.get_events(channel, after[-1].id + 1)


def test_ended_says_no_to_nonsense_and_other_epochs(mara: Any, tell: Tell, log: Any) -> None:
    tell(mara, 99)
    channels = [inbox.channel_of(mara.pk)]
    elsewhere = str(event_ids.Cursor("zzzzzzzzzz", 10**6))

    assert view.ended(channels=channels, cursor=positions.current_cursor(), until=TestFiniteStream.is_last)
    assert not view.ended(channels=channels, cursor="", until=TestFiniteStream.is_last)
    assert not view.ended(channels=channels, cursor=elsewhere, until=TestFiniteStream.is_last)
    assert event_types.DONE.name == "done"
