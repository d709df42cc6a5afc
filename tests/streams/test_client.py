"""The browser's side of the streams, in a real Chromium."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect, sync_playwright

from notifications.services import inbox, preferences
from notifications.wire import event_ids, sse
from tests.streams.conftest import Server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
    pytest.mark.serial,
    pytest.mark.browser,
]
EPOCH = "aaaaaaaaaa"
PAGE = """<!doctype html><title>Board - Lineup</title>
<body data-stream-url="/events/"><a data-unread-count="0">0</a><span data-connection-pill></span>
<div data-toasts></div></body>"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    # Playwright's loop runs in this thread, which Django takes for an asynchronous view of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Any, server: Server, as_mara: Client) -> Iterator[Page]:
    """Mara's browser on an empty page of the site."""
    context = chromium.new_context(base_url=server.address)
    session = as_mara.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
    opened = context.new_page()
    opened.route("**/empty", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    opened.goto("/empty")
    yield opened
    context.close()


def listen(page: Page, url: str, *names: str) -> None:
    """Opens a stream under the key "test" and collects what it tells in `told` and its states in `states`."""
    page.evaluate(
        """async ([url, names]) => {
            const { streams } = await import("/static/js/streams/registry.js");
            [window.told, window.states, window.streams] = [[], [], streams];
            const handlers = { state: (state) => states.push(state) };
            for (const name of names) handlers[name] = (data) => told.push([name, data.notification ?? data]);
            streams.open("test", url, handlers);
        }""",
        [url, names],
    )


def answer_with(page: Page, *messages: sse.ServerSentEvent) -> list[str]:
    """Serves these messages at /made-up/ and then nothing; the list fills with the cursor of each request."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query).get("cursor", [""])[0])
        if len(asked) == 1:
            body = b"".join(sse.encode(message) for message in messages)
            route.fulfill(body=body, content_type="text/event-stream")
        else:
            route.fulfill(status=204)

    page.route("**/made-up/**", answer)
    return asked


def at(position: int) -> str:
    return str(event_ids.Cursor(EPOCH, position))


def note(number: int, position: int) -> sse.ServerSentEvent:
    return sse.ServerSentEvent("notification.read", {"notification": number}, at(position))


def told(page: Page, count: int) -> list[Any]:
    page.wait_for_function("count => told.length >= count", arg=count, timeout=60_000)
    numbers: list[Any] = page.evaluate("told.map(([name, data]) => data)")
    return numbers


class TestRegistry:
    def test_tells_what_happens(self, page: Page, server: Server, mara: Any, tell: Callable[..., None]) -> None:
        listen(page, "/events/", "notification.read")
        page.wait_for_function("states.includes('live')")
        tell(mara, 1, 2, 3)

        assert told(page, 3) == [1, 2, 3]

    def test_a_killed_server_process_costs_nothing(
        self, page: Page, server: Server, mara: Any, tell: Callable[..., None]
    ) -> None:
        listen(page, "/events/", "notification.read")
        page.wait_for_function("states.includes('live')")
        tell(mara, 1, 2)
        told(page, 2)
        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)
        tell(mara, 3, 4)

        assert told(page, 4) == [1, 2, 3, 4]
        assert page.evaluate("states") == ["connecting", "live", "reconnecting", "live"]

    def test_ignores_what_it_has_told(self, page: Page) -> None:
        answer_with(page, sse.ServerSentEvent("hello", id=at(5)), note(4, 4), note(6, 6), note(6, 6), note(7, 7))
        listen(page, "/made-up/?cursor=" + at(5), "notification.read")

        assert told(page, 2) == [6, 7]

    def test_takes_the_opening_messages_of_a_connection(self, page: Page) -> None:
        answer_with(page, sse.ServerSentEvent("hello", id=at(5)), note(100, 5), note(101, 5), note(6, 6))
        listen(page, "/made-up/?cursor=" + at(5), "notification.read")

        assert told(page, 3) == [100, 101, 6]

    def test_hears_of_a_reset_and_goes_on_from_there(self, page: Page) -> None:
        reset = sse.ServerSentEvent("reset", {"reason": "expired"}, at(3))
        asked = answer_with(page, sse.ServerSentEvent("hello", id=at(3), retry=10), reset, note(4, 4))
        listen(page, "/made-up/?cursor=" + at(9), "reset", "notification.read")

        assert told(page, 2) == [{"reason": "expired"}, 4]
        page.wait_for_function("states.includes('stopped')")
        assert asked[-1] == at(4)

    def test_done_ends_a_stream_for_good(self, page: Page) -> None:
        asked = answer_with(
            page, sse.ServerSentEvent("hello", id=at(1), retry=10), note(2, 2), sse.ServerSentEvent("done", {}, at(2))
        )
        listen(page, "/made-up/", "notification.read", "done")
        told(page, 2)
        page.wait_for_timeout(300)

        assert len(asked) == 1
        assert page.evaluate("states") == ["connecting", "live", "stopped"]

    def test_an_answer_that_nothing_follows_is_final(self, page: Page) -> None:
        page.route("**/over/**", lambda route: route.fulfill(status=204))
        listen(page, "/over/")

        page.wait_for_function("states.at(-1) === 'stopped'", timeout=10_000)

    def test_a_busy_server_is_asked_again(self, page: Page) -> None:
        asked: list[int] = []

        def busy_once(route: Route) -> None:
            asked.append(1)
            if len(asked) < 3:
                route.fulfill(status=503)
            else:
                route.continue_()

        page.route("**/events/**", busy_once)
        listen(page, "/events/")

        page.wait_for_function("states.at(-1) === 'live'", timeout=60_000)

    def test_a_closed_key_is_silent(self, page: Page, mara: Any, tell: Callable[..., None]) -> None:
        listen(page, "/events/", "notification.read")
        page.wait_for_function("states.includes('live')")
        page.evaluate("streams.close('test')")
        tell(mara, 1)
        page.wait_for_timeout(300)

        assert page.evaluate("told") == []


class TestInbox:
    def test_counts_and_toasts(self, page: Page, mara: Any, jonas: Any, now: datetime) -> None:
        page.evaluate(
            """async () => {
                const { Inbox } = await import("/static/js/streams/inbox.js");
                new Inbox().connect();
            }"""
        )
        expect(page.locator("[data-connection-pill]")).to_have_text("Live")

        entry = inbox.notify(
            users=[mara], kind="t", title="<b>W-1</b> approved", body="by Jonas", url="/x/", by=jonas, now=now
        )[0]

        expect(page.locator("[data-unread-count]")).to_have_text("1")
        expect(page).to_have_title("(1) Board - Lineup")
        expect(page.locator("[data-toasts] a")).to_have_text("<b>W-1</b> approved")

        inbox.mark_read(by=mara, notification=entry, now=now)
        expect(page.locator("[data-unread-count]")).to_have_attribute("data-unread-count", "0")
        expect(page).to_have_title("Board - Lineup")

        page.get_by_role("button", name="Dismiss").click()
        expect(page.locator(".toast")).to_have_count(0)

        preferences.choose(by=mara, choices={"run": preferences.Delivery.INBOX})
        inbox.notify(users=[mara], kind="run.ready", title="Ready", body="", url="/x/", by=jonas, now=now)
        expect(page.locator("[data-unread-count]")).to_have_text("1")
        expect(page.locator(".toast")).to_have_count(0)

    def test_the_pill_says_since_when_the_page_is_stale(self, page: Page, as_mara: Client) -> None:
        page.evaluate(
            """async () => {
                const { Inbox } = await import("/static/js/streams/inbox.js");
                new Inbox().connect();
            }"""
        )
        pill = page.locator("[data-connection-pill]")
        expect(pill).to_have_attribute("data-state", "live")

        as_mara.logout()

        expect(pill).to_contain_text("Not updated since", timeout=60_000)
