"""How a held stream goes on when the proxy asks its next link: the answers alone, without a proxy."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django_grip import GripData
from httpx_sse import EventSource, ServerSentEvent

from notifications.models import Event, Relay
from notifications.services import event_log, positions
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.proxy import grip, statement
from notifications.streams.proxy.statement import Statement
from notifications.streams.responses import holds
from notifications.wire import catalogue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def configured(settings: Any, log: Any) -> None:
    Relay.objects.all().delete()
    settings.GRIP_CONTROL = {"control_uri": "http://127.0.0.1:9", "key": "k" * 32}


@pytest.fixture
def told(as_mara: Client, mara: Any, district: Any) -> Statement:
    """Mara's stream of her inbox and her district, which has been told everything so far."""
    session = as_mara.session
    names = frozenset({f"user:{mara.pk}", f"district:{district.pk}"})
    viewer = Viewer(mara.pk, names, session.session_key, session["_auth_user_hash"])
    state = positions.log_state()
    return Statement(viewer, "browser", state.epoch, state.head, state.head, time.time() + 600)


class Answer:
    def __init__(self, response: HttpResponse, asked: Any) -> None:
        self.status = response.status_code
        self.instruct = asked.grip.instruct
        raw = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=response.content)
        self.read: list[ServerSentEvent] = list(EventSource(raw).iter_sse())

    @property
    def told(self) -> list[tuple[str, Any]]:
        return [(event.event, event.json().get("notification") or event.json().get("reason")) for event in self.read]

    @property
    def chain(self) -> dict[str, str]:
        return {channel.name: channel.prev_id for channel in self.instruct.channels if channel.prev_id}


def ask(link: Statement | str, last: dict[str, int] | None = None) -> Answer:
    """Answer to a proxy that has sent these positions last, by channel."""
    request: Any = RequestFactory().get("/events/next/", headers={"Grip-Last": "x"})
    request.grip = GripData()
    request.grip.proxied = request.grip.signed = True
    epoch = positions.log_state().epoch
    named = {grip.data_channel(name, "browser"): grip.event_id(epoch, at) for name, at in (last or {}).items()}
    request.grip.last = named
    return Answer(holds.go_on(request, link if isinstance(link, str) else link.seal()), request)


def happen(district: Any, now: datetime) -> int:
    """An event of the district; its position."""
    Event.objects.create(channel=f"district:{district.pk}", type="happened", data={"notification": 7}, created_at=now)
    return positions.log_state().head


class TestGoingOn:
    def test_nothing_new_is_an_empty_answer_that_holds_on(self, told: Statement) -> None:
        answer = ask(told)

        assert answer.read == []
        assert answer.instruct.hold == "stream"
        assert answer.instruct.next_link_timeout == 60
        assert any(channel.name.startswith("control-turn-") for channel in answer.instruct.channels)

    def test_what_was_missed_is_told_and_the_chain_goes_on_behind_it(
        self, told: Statement, mara: Any, tell: Tell
    ) -> None:
        tell(mara, 1, 2)
        second = positions.log_state().head
        tell(mara, 3)

        answer = ask(told, {f"user:{mara.pk}": second})

        assert answer.told == [("notification.read", 3)]
        assert answer.chain[f"browser-user:{mara.pk}"] == positions.current_cursor()

    def test_events_of_two_channels_come_in_the_order_of_commits(
        self, told: Statement, mara: Any, district: Any, tell: Tell, now: datetime
    ) -> None:
        tell(mara, 1)
        happen(district, now)
        tell(mara, 2)

        assert ask(told).told == [("notification.read", 1), ("happened", 7), ("notification.read", 2)]

    def test_what_was_overtaken_by_another_channel_is_answered_by_a_reset(
        self, told: Statement, mara: Any, district: Any, tell: Tell, now: datetime
    ) -> None:
        happen(district, now)
        tell(mara, 1)

        answer = ask(told, {f"user:{mara.pk}": positions.log_state().head})

        assert answer.told == [("reset", "gap")]
        assert answer.read[0].id == positions.current_cursor()
        assert answer.instruct.hold == "stream"

    def test_what_has_left_the_log_is_answered_by_a_reset(
        self, told: Statement, mara: Any, tell: Tell, now: datetime
    ) -> None:
        tell(mara, 1)
        event_log.trim(now=now + timedelta(days=2))

        assert ask(told).told == [("reset", "expired")]


class TestRelayBehind:
    """The log's relay holds a position of its own here; elsewhere nothing is published and all of it counts."""

    @pytest.fixture(autouse=True)
    def published(self, told: Statement) -> None:
        Relay.objects.create(epoch=told.epoch, position=told.told)

    def test_what_it_is_about_to_publish_is_left_to_it(self, told: Statement, mara: Any, tell: Tell) -> None:
        tell(mara, 1)

        answer = ask(told)

        assert answer.read == []
        assert answer.chain[f"browser-user:{mara.pk}"] == grip.event_id(told.epoch, 0)

    def test_what_it_has_not_published_since_the_last_question_is_told_here(
        self, told: Statement, mara: Any, tell: Tell
    ) -> None:
        tell(mara, 1)

        answer = ask(dataclasses.replace(told, seen=positions.log_state().head))

        assert answer.told == [("notification.read", 1)]


class TestEnds:
    def test_a_session_that_is_over_is_told_so_and_let_go(self, told: Statement, as_mara: Client) -> None:
        as_mara.session.flush()

        answer = ask(told)

        assert answer.told == [("bye", "access")]
        assert answer.instruct is None

    def test_another_epoch_sends_the_reader_back(self, told: Statement) -> None:
        event_log.begin_epoch()

        assert ask(told).told == [("bye", "epoch")]

    def test_a_long_life_ends_with_an_id_to_come_back_with(self, told: Statement) -> None:
        answer = ask(dataclasses.replace(told, ends_at=time.time() - 1))

        assert answer.told == [("bye", "lifetime")]
        assert answer.read[0].id == positions.current_cursor()
        assert answer.instruct is None

    @pytest.mark.parametrize("link", ["", "nonsense", "gAAAAAB"])
    def test_a_link_that_is_not_ours_ends_the_stream(self, link: str) -> None:
        assert ask(link).told == [("bye", "lifetime")]


class TestStatement:
    def test_is_read_as_it_was_written_and_shows_nothing(self, told: Statement) -> None:
        sealed = told.seal()

        assert statement.unseal(sealed) == told
        assert told.seal() != sealed
        assert str(told.viewer.session_key) not in sealed

    def test_a_changed_secret_key_is_known_by_its_fallback(self, told: Statement, settings: Any) -> None:
        sealed = told.seal()
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [settings.SECRET_KEY]

        assert statement.unseal(sealed) == told


def test_no_more_channels_than_the_proxy_takes(impatient: Callable[..., None]) -> None:
    impatient(grip_channels=6)

    assert grip.fits(["user:1", "district:2"])
    assert not grip.fits(["user:1", "district:2", "district:3"])


def test_the_reasons_of_a_reset_are_in_the_catalogue() -> None:
    assert "`gap`" in catalogue.find("reset").payload["reason"]
