from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import tenacity

from assignments.downstream import client, messages, outbound, reading, trouble
from tests.downstream.conftest import Answer, ScriptedSystem, acknowledged, page
from tests.downstream.raw import RawSystem, Script

LINE = {"reference": "LINE", "version": 3, "name": "Line work"}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of back-off are for production; their growth is tested by its own test."""
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


AT_ONCE = 20
"""Seconds for what a busy machine does soon, too; whoever waits for the system waits longer."""


def read(system: ScriptedSystem, *, seconds: float = 5, timeout: float = 5, **options: Any) -> list[Any]:
    """The references of what a system answers."""
    stop: Callable[[], bool] = options.pop("stop", lambda: False)
    limits = client.ReadingLimits(time.monotonic() + seconds, stop)
    with client.Client(base_url=system.url, timeout=timeout, secret=options.pop("secret", "")) as http:
        page = http.ask(
            "GET", "api/qualifications", reading.Page[messages.QualificationMessage], limits=limits, **options
        )
    return [item.reference for item in page.items]


def test_shows_its_secret(system: ScriptedSystem) -> None:
    read(system, secret="open-sesame")

    assert system.asked[0].headers["authorization"] == "Bearer open-sesame"


class TestTryingAgain:
    @pytest.mark.parametrize(
        "fault",
        [Answer(503), Answer(500), Answer(429), Answer(408), Answer(raw=b"<html>One moment</html>"), Answer(cut=True)],
        ids=["503", "500", "429", "408", "a gateway's page", "a cut connection"],
    )
    def test_tries_again_what_may_pass(self, system: ScriptedSystem, fault: Answer) -> None:
        system.answer(fault, page(LINE))

        assert read(system) == ["LINE"]

    def test_gives_up_after_four_attempts(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: Answer(503)

        with pytest.raises(trouble.SystemUnavailable, match="answered 503") as caught:
            read(system)

        assert not caught.value.permanent
        assert len(system.asked) == client.ATTEMPTS

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 302])
    def test_asks_once_where_asking_again_cannot_help(self, system: ScriptedSystem, status: int) -> None:
        system.answer(Answer(status, {"detail": "not you"}))

        with pytest.raises(trouble.SystemUnavailable, match=f"answered {status}") as caught:
            read(system)

        assert caught.value.permanent
        assert len(system.asked) == 1

    def test_waits_as_long_as_the_system_asks(self, system: ScriptedSystem) -> None:
        system.answer(Answer(503, headers={"Retry-After": "1"}), page(LINE))
        began = time.monotonic()

        read(system)

        assert time.monotonic() - began >= 1

    def test_a_system_that_nobody_serves_could_not_be_reached(self, system: ScriptedSystem) -> None:
        nobody = client.Client(base_url="http://127.0.0.1:1", timeout=1)

        with nobody, pytest.raises(trouble.SystemUnavailable, match="could not be reached"):
            nobody.ask("GET", "healthz", outbound.Acknowledgement, limits=client.ReadingLimits(time.monotonic() + 5))


class TestEnding:
    def test_ends_at_the_deadline_although_the_system_asks_for_longer(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        with pytest.raises(trouble.DeadlineReached):
            read(system, seconds=0.5)

        assert time.monotonic() - began < AT_ONCE

    def test_ends_at_the_deadline_while_the_system_is_silent(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: Answer(silent=True)
        began = time.monotonic()
        told: list[client.Progress] = []

        with pytest.raises(trouble.DeadlineReached):
            read(system, seconds=0.4, tell=told.append)

        assert time.monotonic() - began < AT_ONCE
        # Nobody is told of another attempt for which there is no time.
        assert told == []

    def test_ends_at_the_deadline_while_the_system_drips(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: Answer(drip=600)
        began = time.monotonic()

        with pytest.raises(trouble.DeadlineReached):
            read(system, seconds=0.5)

        assert time.monotonic() - began < AT_ONCE

    def test_a_slow_request_is_tried_again_within_the_deadline(self, system: ScriptedSystem) -> None:
        system.answer(Answer(silent=True), page(LINE))

        assert read(system, timeout=1, seconds=60) == ["LINE"]

    def test_stops_when_told(self, system: ScriptedSystem) -> None:
        system.respond = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        with pytest.raises(client.Stopped):
            read(system, seconds=60, stop=lambda: bool(system.asked))

        assert time.monotonic() - began < AT_ONCE


class TestBooking:
    def test_sends_the_key_and_returns_the_reference(self, system: ScriptedSystem) -> None:
        system.answer(acknowledged("B-7"))

        with client.Client(base_url=system.url) as http:
            answer = http.book(payload={"action": "ASSIGN"}, key="k-1")

        assert answer == outbound.Acknowledgement(reference="B-7")
        assert (system.asked[0].method, system.asked[0].path) == ("POST", "/api/bookings")
        assert system.asked[0].headers["idempotency-key"] == "k-1"
        assert system.asked[0].body == {"action": "ASSIGN"}

    def test_a_replay_is_an_acknowledgement(self, system: ScriptedSystem) -> None:
        system.answer(acknowledged("B-7", replayed=True))

        with client.Client(base_url=system.url) as http:
            assert http.book(payload={}, key="k-1").replayed

    @pytest.mark.parametrize(
        ("answer", "detail", "permanent"),
        [
            (Answer(422, {"detail": "crew C-9 is not known"}), "answered 422: crew C-9 is not known", True),
            (Answer(400, {"error": "bad"}), "answered 400: bad", True),
            (Answer(409, {"title": "key in use"}), "answered 409: key in use", False),
            (Answer(503), "answered 503", False),
            (
                Answer(201, ["unexpected"]),
                "answered with something else than agreed (Input should be an object)",
                False,
            ),
        ],
    )
    def test_says_why_it_was_not_taken(
        self, system: ScriptedSystem, answer: Answer, detail: str, permanent: bool
    ) -> None:
        system.answer(answer)

        with client.Client(base_url=system.url) as http, pytest.raises(trouble.SystemUnavailable) as caught:
            http.book(payload={}, key="k-1")

        assert (caught.value.detail, caught.value.permanent) == (detail, permanent)
        assert len(system.asked) == 1


def _answers(with_what: bytes) -> Script:
    def script(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(with_what)

    return script


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (b"", "broke the connection"),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{", "broke the connection"),
        (b"220 mail.utility.example ESMTP\r\n\r\n", "answered with something that is no HTTP"),
        (b"\x16\x03\x01\x00", "answered with something that is no HTTP"),
    ],
    ids=["nothing", "a part", "mail", "TLS"],
)
def test_a_connection_that_breaks_is_said_in_plain_words(sent: bytes, detail: str) -> None:
    system = RawSystem(_answers(sent))
    try:
        with (
            client.Client(base_url=f"http://{system.address}") as http,
            pytest.raises(trouble.SystemUnavailable) as caught,
        ):
            http.book(payload={}, key="k-1")
    finally:
        system.close()

    assert (caught.value.detail, caught.value.permanent, caught.value.is_sent) == (detail, False, True)


class TestBackingOff:
    def test_waits_longer_each_time_up_to_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        waits = []
        for attempt in range(1, 9):
            state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
            state.attempt_number = attempt
            waits.append(client._backoff(state))

        steps = [0.5, 1, 2, 4, 8, 8, 8, 8]
        assert all(step <= wait <= step + client.FIRST_WAIT for step, wait in zip(steps, waits, strict=True))
