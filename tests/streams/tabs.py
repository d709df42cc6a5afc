"""One person's tabs in a real Chromium, and what each of them was told."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route

from notifications.services import positions
from tests.streams.conftest import Server

SOON = 60_000
HAND_OVER = 10_000
"""Milliseconds."""

PAGE = """<!doctype html><title>Board</title>
<body data-stream-url="/events/" data-stream-user="{user}"><span data-connection-pill></span></body>"""

OPEN = """async ([url, names]) => {
    // The tab with an open connection is the one that leads.
    const sources = [];
    window.EventSource = class extends EventSource {
        constructor(url) { super(url); sources.push(this); }
    };
    window.isLeading = () => sources.some((source) => source.readyState !== EventSource.CLOSED);
    const [{ streams }, { Pill }] = await Promise.all(
        ["registry", "pill"].map((name) => import(`/static/js/streams/${name}.js`)));
    const pill = new Pill(document.querySelector("[data-connection-pill]"));
    [window.told, window.states, window.streams] = [[], [], streams];
    const handlers = { state: (state) => states.push(state) };
    for (const name of names) handlers[name] = (data) => told.push(data.notification ?? data.reason);
    streams.open("app", url, handlers);
    streams.open("app", url, pill.connect());
}"""

READ = "notification.read"


class Tabs:
    """The tabs of one browser profile."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.context = context
        self._server = server
        context.route("**/page/*", self._serve)

    @staticmethod
    def _serve(route: Route) -> None:
        route.fulfill(body=PAGE.format(user=route.request.url.rpartition("/")[2]), content_type="text/html")

    def sign_in(self, person: Client) -> None:
        """Gives the browser the session of the test client."""
        session = person.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self._server.address}])

    def open(self, user: Any, *, at: str | None = None, names: tuple[str, ...] = (READ, "reset")) -> Page:
        """A page of this person that was made when the log stood at the cursor `at`, by default now."""
        page = self.context.new_page()
        page.goto(f"{self._server.address}/page/{user.pk}")
        page.evaluate(OPEN, [f"/events/?cursor={at or positions.current_cursor()}", list(names)])
        return page

    def open_live(self, user: Any, count: int) -> list[Page]:
        pages = [self.open(user) for _ in range(count)]
        for page in pages:
            says(page, "live")
        return pages

    def others(self, leader: Page) -> list[Page]:
        return [page for page in self.context.pages if page is not leader]

    @property
    def connections(self) -> int:
        """How many the server has open, counted where the server is."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(line[1].endswith(f":{self._server.port:04X}") and line[3] == "01" for line in lines)


def leader_of(pages: list[Page]) -> Page:
    [leader] = [page for page in pages if page.evaluate("isLeading()")]
    return leader


def says(page: Page, state: str, *, within: int = SOON) -> None:
    """The connection pill of this tab."""
    ask = "state => document.querySelector('[data-connection-pill]').dataset.state === state"
    # Hidden pages draw no frames to wait for.
    page.wait_for_function(ask, arg=state, timeout=within, polling=20)


def was_told(page: Page, *expected: Any, within: int = SOON) -> None:
    """Exactly this, in this order."""
    page.wait_for_function("count => told.length >= count", arg=len(expected), timeout=within, polling=20)
    assert page.evaluate("told") == list(expected)


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
