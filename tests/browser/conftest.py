from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser import beginnings
from tests.browser.beginnings import Beginnings
from tests.browser.people import Manager
from tests.browser.stage import Stage


# Not for the whole session: while it is open this thread counts as asynchronous, and Django refuses to query there.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's own browser."""
    path = servers.find_chromium()
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        # The sandbox needs rights that containers do not give, and /dev/shm is small there.
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def known(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Beginnings:
    """The databases that journeys begin with; the processes of one test run share them."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    return beginnings.made_once(shared / "beginnings")


@pytest.fixture
def manager(chromium: Browser, known: Beginnings) -> Iterator[Callable[[Stage, str], Manager]]:
    """A person who has logged in, in a browser of their own."""
    came: list[Manager] = []

    def arrives(stage: Stage, name: str) -> Manager:
        person = Manager(chromium, stage, name, session=known.sessions.get(name, ""))
        came.append(person)
        return person

    yield arrives
    for person in came:
        person.page.context.close()
