"""Publishing to the GRIP proxy: who does it, in which order, and what is said; a real HTTP server takes the items."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.models import Event, Relay
from notifications.services import access, event_log, positions, relaying
from notifications.streams.fanout.frames import Frame
from notifications.streams.proxy import items, publishing
from notifications.streams.proxy.relay import RelayThread
from notifications.wire import event_types

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def nobody_relays(transactional_db: None) -> None:
    Relay.objects.all().delete()


class Proxy(HTTPServer):
    """Keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Control)
        self.taken: list[dict[str, Any]] = []
        self.refuses = False

    def browser_bodies(self) -> list[str]:
        told = [item for item in self.taken if item["channel"].startswith("browser-")]
        return [item["http-stream"].get("content", "") for item in told]


class Control(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.server.refuses:
            # Once a second it says whose turn it is, which no test here counts.
            self.server.taken += [one for one in said["items"] if not one["channel"].startswith("control-turn-")]
        self.send_response(400 if self.server.refuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def proxy(settings: Any) -> Iterator[Proxy]:
    with Proxy() as proxy:
        settings.GRIP_CONTROL = {"control_uri": f"http://127.0.0.1:{proxy.server_port}", "key": "k" * 32}
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy
        proxy.shutdown()


@pytest.fixture
def relay(proxy: Proxy) -> RelayThread:
    """It holds the relay of an empty log."""
    relay = RelayThread()
    relay.turn()
    return relay


class TestWhoPublishes:
    def test_one_at_a_time_until_its_lease_ends(self) -> None:
        now = timezone.now()

        assert relaying.claim(by="one", now=now) is not None
        assert relaying.claim(by="other", now=now) is None
        assert relaying.claim(by="one", now=now) is not None
        assert relaying.claim(by="other", now=now + relaying.LEASE) is not None
        assert relaying.claim(by="one", now=now + relaying.LEASE) is None

    def test_the_next_at_once_when_it_is_given_back(self) -> None:
        now = timezone.now()
        relaying.claim(by="one", now=now)
        relaying.release(by="other")
        assert relaying.claim(by="other", now=now) is None

        relaying.release(by="one")

        assert relaying.claim(by="other", now=now) is not None

    def test_who_was_replaced_notes_nothing(self) -> None:
        now = timezone.now()
        begun = relaying.claim(by="one", now=now).position
        relaying.claim(by="other", now=now + relaying.LEASE)

        assert not relaying.advance(by="one", begun=begun, through=begun + 1, now=now)
        assert Relay.objects.get().position == begun

    def test_a_log_without_a_relay_is_published_from_now_on(self, mara: Any, tell: Tell, proxy: Proxy) -> None:
        tell(mara, 1)
        relay = RelayThread()
        relay.turn()
        tell(mara, 2)
        relay.turn()

        assert ['"notification":2' in body for body in proxy.browser_bodies()] == [True]


class TestWhatIsPublished:
    def test_everything_once_in_the_order_of_commits(
        self, mara: Any, tell: Tell, relay: RelayThread, proxy: Proxy
    ) -> None:
        for number in range(5):
            tell(mara, number)
            relay.turn()
        RelayThread().turn()
        relay.turn()

        ids = [item["id"] for item in proxy.taken if item["channel"] == f"browser-user:{mara.pk}"]
        assert ids == sorted(set(ids))
        assert len(ids) == 5
        assert Relay.objects.get().position == positions.log_state().head

    def test_nothing_is_passed_over_while_the_proxy_refuses(
        self, mara: Any, tell: Tell, relay: RelayThread, proxy: Proxy
    ) -> None:
        proxy.refuses = True
        tell(mara, 1)
        with pytest.raises(publishing.ProxyUnreachable):
            relay.turn()
        tell(mara, 2)
        proxy.refuses = False
        relay.turn()

        (body,) = proxy.browser_bodies()
        assert body.index('"notification":1') < body.index('"notification":2')

    def test_a_log_that_begins_anew_sends_the_readers_of_the_old_one_away(
        self, relay: RelayThread, proxy: Proxy
    ) -> None:
        old = positions.log_state().epoch
        new = event_log.begin_epoch()
        relay.turn()

        assert {item["channel"] for item in proxy.taken} == {f"control-epoch-{old}"}
        assert proxy.taken[-1]["http-stream"] == {"action": "close"}
        assert Relay.objects.get().epoch == new


def made(last: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """The items for the whole log, those of integrations left out."""
    epoch = positions.log_state().epoch
    told = [Frame.of(row, epoch) for row in Event.objects.after(0)]
    latest = dict.fromkeys({frame.channel for frame in told}, 0) | (last or {})
    return [item for item in items.items_of(told, latest, epoch) if not item["channel"].startswith("api-")]


class TestItems:
    def test_neighbours_on_a_channel_share_one_and_the_chain_goes_on(self, mara: Any, jonas: Any, tell: Tell) -> None:
        tell(mara, 1, 2)
        tell(jonas, 3)
        tell(mara, 4)

        first, of_jonas, last = made()

        assert [item["http-stream"]["content"].count("event: ") for item in (first, of_jonas, last)] == [2, 1, 1]
        assert last["prev-id"] == first["id"] < of_jonas["id"] < last["id"]
        assert first["prev-id"] == of_jonas["prev-id"] == positions.current_cursor().split(".")[0] + "." + "0" * 12

    def test_a_changed_right_is_asked_after_at_its_place(self, mara: Any, tell: Tell, now: datetime) -> None:
        tell(mara, 1)
        access.review(user_id=mara.pk, now=now)
        tell(mara, 2)

        before, hint, after = made()

        assert (hint["channel"], hint["http-stream"]) == (f"control-user-{mara.pk}", {"action": "hint"})
        assert "id" not in hint
        assert after["prev-id"] == before["id"]

    def test_an_ended_session_is_closed_without_being_asked(self, mara: Any, now: datetime) -> None:
        access.review(user_id=mara.pk, session_key="secret", now=now)

        bye, close = made()

        assert bye["channel"] == close["channel"] == f"control-session-{access.session_digest('secret')}"
        assert '"reason":"access"' in bye["http-stream"]["content"]
        assert close["http-stream"] == {"action": "close"}

    def test_what_no_request_can_carry_breaks_the_chain(
        self, mara: Any, tell: Tell, impatient: Callable[..., None]
    ) -> None:
        tell(mara, *range(20))
        impatient(grip_bytes=2_000)
        whole = list(items.parcels(made()))
        impatient(grip_bytes=150)
        ((broken,), *_) = items.parcels(made())

        assert len(whole) > 1
        assert broken["prev-id"] == "-"
        assert "event:" not in broken["http-stream"]["content"]

    def test_events_for_servers_alone_are_no_links(self, mara: Any, tell: Tell, now: datetime) -> None:
        tell(mara, 1)
        told = positions.log_state().head
        access.review(user_id=mara.pk, now=now)
        channel = f"user:{mara.pk}"

        assert relaying.last_positions(channels=[channel, "user:0"], through=told + 9) == {channel: told, "user:0": 0}


def test_a_transaction_that_is_open_is_not_published(
    mara: Any, relay: RelayThread, proxy: Proxy, now: datetime
) -> None:
    with transaction.atomic():
        data = {"user": mara.pk, "notification": 1}
        event_log.publish(
            type=event_types.NOTIFICATION_READ, channels=f"user:{mara.pk}", data=data, now=now + timedelta(hours=1)
        )
        transaction.set_rollback(True)
    relay.turn()

    assert proxy.taken == []
