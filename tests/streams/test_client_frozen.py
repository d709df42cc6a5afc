"""Tabs that the browser puts aside: hidden and frozen, or kept for the way back."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests import servers
from tests.streams.conftest import Server
from tests.streams.tabs import HAND_OVER, Tabs, leader_of, says, until, was_told

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
    pytest.mark.serial,
    pytest.mark.browser,
]
Tell = Callable[..., None]
FLAGS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One window as people have it. In a browser that Playwright starts, every tab believes that it is looked at, and
    then none can be frozen."""
    servers.need("chromium")
    profile = tmp_path_factory.mktemp("profile")
    command = [servers.find_window_browser() or "", *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    silence = subprocess.DEVNULL
    chromium = subprocess.Popen([*command, "about:blank"], stdin=silence, stdout=silence, stderr=silence)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            address = f"http://127.0.0.1:{_port(profile / 'DevToolsActivePort')}"
            browser = playwright.chromium.connect_over_cdp(address, no_defaults=True)
            yield browser.contexts[0]
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        chromium.terminate()
        chromium.wait(timeout=60)


def _port(announced: Path) -> str:
    deadline = time.monotonic() + 120
    while not (announced.exists() and announced.read_text()):
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.05)
    return announced.read_text().split()[0]


@pytest.fixture
def tabs(window: BrowserContext, server: Server, as_mara: Client) -> Iterator[Tabs]:
    opened = Tabs(window, server)
    opened.sign_in(as_mara)
    yield opened
    window.unroute_all()
    window.clear_cookies()
    for page in window.pages[1:]:
        page.close()


def turn(page: Page, state: str) -> None:
    page.context.new_cdp_session(page).send("Page.setWebLifecycleState", {"state": state})


class TestFrozen:
    def test_another_tab_leads_when_the_leader_is(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        pages = tabs.open_live(mara, 3)
        leader = leader_of(pages)
        others = [page for page in pages if page is not leader]
        tell(mara, 1)
        was_told(leader, 1)

        turn(leader, "frozen")
        tell(mara, 2)

        for page in others:
            was_told(page, 1, 2, within=HAND_OVER)
        until(lambda: tabs.connections == 1, "one connection")
        assert leader.evaluate("told") == [1]

        turn(leader, "active")
        was_told(leader, 1, 2)
        tell(mara, 3)
        for page in pages:
            was_told(page, 1, 2, 3)
        assert leader_of(pages) is not leader

    def test_a_frozen_tab_is_not_next_in_line(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        leader, second, third = (tabs.open_live(mara, 1)[0] for _ in range(3))
        turn(second, "frozen")

        leader.close()
        tell(mara, 1)

        was_told(third, 1, within=HAND_OVER)
        turn(second, "active")
        was_told(second, 1)


class TestHidden:
    def test_the_tab_that_is_looked_at_brings_the_connection_back(
        self, tabs: Tabs, server: Server, mara: Any, tell: Tell
    ) -> None:
        hidden, shown = (tabs.open_live(mara, 1)[0] for _ in range(2))
        assert hidden.evaluate("isLeading()")
        # The hidden tab never gets through again: only the other one can bring the connection back.
        hidden.route("**/events/**", lambda route: route.fulfill(status=503))
        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)

        tell(mara, 1)

        was_told(shown, 1)
        was_told(hidden, 1)
        assert leader_of([hidden, shown]) is shown


class TestWayBack:
    def test_a_page_kept_for_the_way_back_goes_on_where_it_was(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        leader, other = (tabs.open_live(mara, 1)[0] for _ in range(2))
        tell(mara, 1)
        was_told(leader, 1)
        leader.evaluate("location.href = '/page/elsewhere'")
        leader.wait_for_url("**/elsewhere")
        tell(mara, 2)
        was_told(other, 1, 2, within=HAND_OVER)

        leader.evaluate("history.back()")

        was_told(leader, 1, 2)
        says(leader, "live")
