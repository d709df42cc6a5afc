"""A path that has gone silent without a word (a proxy without its server, a laptop elsewhere) is noticed and left."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from notifications.wire import sse
from tests.streams.test_client import PAGE, at, chromium, page, pytestmark

# Their browser.
__all__ = ["chromium", "page", "pytestmark"]

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT = 0.4
"""Seconds."""


class SilentPath(socketserver.ThreadingTCPServer):
    """Answers each connection with a greeting, an event and two beats, and then says nothing and does not close."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Path)
        self.asked: list[dict[str, list[str]]] = []
        self.over = threading.Event()


class _Path(socketserver.StreamRequestHandler):
    server: SilentPath

    def handle(self) -> None:
        request = self.rfile.readline()
        # Browsers open connections that they may need.
        if not request:
            return
        target = request.split()[1].decode()
        while self.rfile.readline().strip():
            pass
        if target == "/page":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + PAGE.encode())
            return
        self.server.asked.append(parse_qs(urlsplit(target).query))
        number = len(self.server.asked)
        said = [
            sse.ServerSentEvent("hello", {"heartbeat": HEARTBEAT}, at(number)),
            sse.ServerSentEvent("notification.read", {"notification": number}, at(number + 1)),
            sse.ServerSentEvent("beat"),
        ]
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        self.wfile.write(head + b"".join(map(sse.encode, said)))
        self.server.over.wait()


@pytest.fixture
def path() -> Iterator[SilentPath]:
    with SilentPath() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def silent(chromium: Any, path: SilentPath) -> Iterator[Page]:
    """An empty page of that path, with our scripts."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{path.server_address[1]}")
    opened = context.new_page()
    opened.route("**/static/**", lambda route: route.fulfill(path=ROOT / urlsplit(route.request.url).path[1:]))
    opened.goto("/page")
    yield opened
    context.close()


def test_silence_ends_the_connection_and_the_reader_comes_back_by_its_cursor(silent: Page, path: SilentPath) -> None:
    silent.evaluate(
        """async () => {
            const { streams } = await import("/static/js/streams/registry.js");
            const { Pill } = await import("/static/js/streams/pill.js");
            window.pill = [];
            const mark = document.querySelector("[data-connection-pill]");
            new MutationObserver(() => pill.push(mark.dataset.state)).observe(mark, { attributes: true });
            streams.open("test", "/events/", new Pill(mark).connect());
            streams.open("test", "/events/", { "notification.read": () => {} });
        }"""
    )

    silent.wait_for_function("pill.lastIndexOf('live') > pill.indexOf('stale') && pill.includes('stale')")
    first, second = path.asked[:2]
    assert first["beats"] == second["beats"] == ["1"]
    assert "cursor" not in first
    assert second["cursor"] == [at(2)]
    expect(silent.locator("[data-connection-pill]")).to_have_text("Live")


def test_a_server_beats_for_those_who_ask(page: Page, as_mara: Any) -> None:
    page.evaluate(
        """async () => {
            window.beats = 0;
            window.quiet = 0;
            new EventSource("/events/?beats=1").addEventListener("beat", () => beats++);
            new EventSource("/events/").addEventListener("beat", () => quiet++);
        }"""
    )

    page.wait_for_function("beats > 2")
    assert page.evaluate("quiet") == 0
