"""A run in a real Chromium: what the page does when the log no longer reaches back, and when the run is over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assignments import models
from assignments.services.runs import running
from notifications.models import LogEpoch
from notifications.services import positions
from tests import clock, servers
from tests.streams.conftest import Server
from tests.streams.tabs import SOON, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
    pytest.mark.serial,
    pytest.mark.browser,
]
OWNER = "worker"
Status = models.SuggestionRun.Status
LISTEN = """async (address) => {
    const { streams } = await import("/static/js/streams/registry.js");
    window.states = [];
    streams.open("over", address, { state: (state) => states.push(state) });
}"""


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
def run(transactional_db: None, district: models.District, mara: Any) -> models.SuggestionRun:
    now = timezone.now()
    return running.request_run(district=district, day=now.astimezone(district.zone).date(), by=mara, now=now)[0]


@pytest.fixture
def page(chromium: Browser, server: Server, as_mara: Client) -> Iterator[Page]:
    """Mara's browser."""
    context = clock.show(chromium.new_context(base_url=server.address))
    session = as_mara.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
    yield context.new_page()
    context.close()


def open_run(page: Page, run: models.SuggestionRun) -> None:
    page.goto(f"/runs/{run.pk}/")
    expect(page.locator("[data-connection-pill]")).to_have_attribute("data-state", "live", timeout=SOON)


def test_a_page_that_the_log_cannot_bring_up_to_date_loads_its_state_anew(
    page: Page, server: Server, run: models.SuggestionRun
) -> None:
    open_run(page, run)
    page.evaluate("document.documentElement.dataset.opened = 'before'")

    for pid in server.pids:
        os.kill(pid, signal.SIGKILL)
    # At once: a reader that comes back between the two is told the event and has no reason to load anything.
    with transaction.atomic():
        running.claim(owner=OWNER, now=timezone.now())
        LogEpoch.objects.update(trimmed_through=positions.log_state().head)

    expect(page.locator("html[data-opened]")).to_have_count(0, timeout=SOON)
    expect(page.locator("[data-run-panel]")).to_contain_text("Reading systems", timeout=SOON)

    running.advance(run=run, owner=OWNER, to=Status.SCREENING, now=timezone.now())
    expect(page.locator("[data-run-panel]")).to_contain_text("Checking rules", timeout=SOON)


def test_a_stream_whose_run_is_over_and_known_is_not_asked_for_again(
    page: Page, run: models.SuggestionRun, mara: Any
) -> None:
    running.cancel_run(run=run, by=mara, now=timezone.now())
    open_run(page, run)
    address = f"/runs/{run.pk}/events/?cursor={positions.current_cursor()}"
    answers: list[int] = []
    page.on("response", lambda response: answers.append(response.status) if address in response.url else None)

    page.evaluate(LISTEN, address)
    until(lambda: page.evaluate("states.at(-1)") == "stopped", "The stream stops")
    page.wait_for_timeout(2_000)

    # The browser's own question, whose answer it does not tell, and ours.
    assert answers == [204, 204]
    assert "live" not in page.evaluate("states")
