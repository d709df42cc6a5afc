"""The tabs of one browser share one connection, and none of them loses or doubles an event when it changes hands."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from notifications.models import LogEpoch
from notifications.services import positions
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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, which Django takes for an asynchronous view of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=servers.find_chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def tabs(chromium: Browser, server: Server, as_mara: Client) -> Iterator[Tabs]:
    """The tabs of Mara's browser."""
    context = chromium.new_context(base_url=server.address)
    opened = Tabs(context, server)
    opened.sign_in(as_mara)
    yield opened
    context.close()


class TestOneConnection:
    def test_nine_tabs_are_live_over_one(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        pages = tabs.open_live(mara, 9)
        until(lambda: tabs.connections == 1, "one connection")

        tell(mara, 1, 2)
        tell(mara, 3)

        for page in pages:
            was_told(page, 1, 2, 3)
        assert tabs.connections == 1

    def test_a_page_made_before_what_was_told_already(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        [first] = tabs.open_live(mara, 1)
        tell(mara, 1)
        made = positions.current_cursor()
        tell(mara, 2, 3)
        was_told(first, 1, 2, 3)

        late = tabs.open(mara, at=made)
        was_told(late, 2, 3)

        tell(mara, 4)
        was_told(late, 2, 3, 4)
        was_told(first, 1, 2, 3, 4)

    def test_a_page_made_before_the_leader_began(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        made = positions.current_cursor()
        tell(mara, 1, 2)
        [first] = tabs.open_live(mara, 1)

        late = tabs.open(mara, at=made)

        was_told(late, 1, 2)
        tell(mara, 3)
        was_told(late, 1, 2, 3)
        was_told(first, 3)
        until(lambda: tabs.connections == 1, "one connection")

    def test_a_page_that_listens_for_what_the_leader_does_not(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        made = positions.current_cursor()
        deaf = tabs.open(mara, names=())
        says(deaf, "live")
        tell(mara, 1)

        late = tabs.open(mara, at=made)
        was_told(late, 1)

        tell(mara, 2)
        was_told(late, 1, 2)
        assert deaf.evaluate("told") == []

    def test_without_locks_each_tab_has_its_own(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        tabs.context.add_init_script("delete Navigator.prototype.locks")
        pages = tabs.open_live(mara, 2)

        tell(mara, 1)

        for page in pages:
            was_told(page, 1)
            assert page.evaluate("isLeading()")


class TestHandOver:
    def leave(self, leader: Page, how: str) -> None:
        if how == "closed":
            leader.close()
        elif how == "gone elsewhere":
            leader.goto("about:blank")
        else:
            with contextlib.suppress(PlaywrightError):
                leader.goto("chrome://crash", timeout=500)

    @pytest.mark.parametrize("how", ["closed", "gone elsewhere", "crashed"])
    def test_another_tab_leads_when_the_leader_is(self, tabs: Tabs, mara: Any, tell: Tell, how: str) -> None:
        pages = tabs.open_live(mara, 3)
        tell(mara, 1)
        for page in pages:
            was_told(page, 1)
        leader = leader_of(pages)
        others = tabs.others(leader)

        tell(mara, 2)
        self.leave(leader, how)
        tell(mara, 3)

        for page in others:
            was_told(page, 1, 2, 3, within=HAND_OVER)
        leader_of(others)

    def test_a_leader_that_hangs_is_replaced(self, tabs: Tabs, mara: Any, tell: Tell) -> None:
        pages = tabs.open_live(mara, 3)
        leader = leader_of(pages)
        others = tabs.others(leader)

        leader.evaluate("setTimeout(() => { const end = Date.now() + 3000; while (Date.now() < end); })")
        tell(mara, 1)

        for page in others:
            was_told(page, 1, within=4_000)
        was_told(leader, 1)
        leader_of(pages)


class TestServer:
    def test_every_tab_says_that_it_is_gone_and_misses_nothing(
        self, tabs: Tabs, server: Server, mara: Any, tell: Tell
    ) -> None:
        pages = tabs.open_live(mara, 3)
        tell(mara, 1)
        for page in pages:
            was_told(page, 1)

        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)
        tell(mara, 2, 3)

        for page in pages:
            was_told(page, 1, 2, 3)
            says(page, "live")
            assert page.evaluate("states.includes('reconnecting')")
        until(lambda: tabs.connections == 1, "one connection")

    def test_a_logout_ends_the_stream_of_every_tab(self, tabs: Tabs, as_mara: Client, mara: Any) -> None:
        pages = tabs.open_live(mara, 3)

        as_mara.logout()

        for page in pages:
            says(page, "stale")
        until(lambda: tabs.connections == 0, "no connection")

    def test_tabs_of_who_was_here_before_are_silent(self, tabs: Tabs, mara: Any, jonas: Any, tell: Tell) -> None:
        [of_mara] = tabs.open_live(mara, 1)
        as_jonas = Client()
        as_jonas.force_login(jonas)
        tabs.sign_in(as_jonas)
        [of_jonas] = tabs.open_live(jonas, 1)
        says(of_mara, "stale")

        tell(mara, 1)
        tell(jonas, 2)

        was_told(of_jonas, 2)
        assert of_mara.evaluate("told") == []
        until(lambda: tabs.connections == 1, "one connection")


class TestExpiredCursor:
    """Only the tab that comes from before the oldest event has missed something."""

    @pytest.fixture
    def made(self, mara: Any, tell: Tell) -> str:
        """The cursor of a page whose events are trimmed away."""
        made = positions.current_cursor()
        tell(mara, 1, 2)
        LogEpoch.objects.update(trimmed_through=positions.log_state().head)
        return made

    def test_it_is_told_and_goes_on_with_the_others(self, tabs: Tabs, made: str, mara: Any, tell: Tell) -> None:
        [first] = tabs.open_live(mara, 1)
        tell(mara, 3)
        was_told(first, 3)

        late = tabs.open(mara, at=made)

        was_told(late, "expired")
        tell(mara, 4)
        was_told(late, "expired", 4)
        was_told(first, 3, 4)
        until(lambda: tabs.connections == 1, "one connection")

    def test_a_page_without_an_answer_to_that_is_loaded_again(self, tabs: Tabs, made: str, mara: Any) -> None:
        page = tabs.open(mara, at=made, names=("notification.read",))

        page.wait_for_function("window.told === undefined")
