from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser.people import Manager
from tests.browser.stage import Stage, told_on_failure


# Not for the whole session: while it is open this thread counts as asynchronous, and Django refuses to query there.
@pytest.fixture(scope="module")
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


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """An invented small utility, as every journey finds it."""
    stage = Stage(tmp_path_factory.mktemp("seeded"))
    stage.seed()
    return stage


@pytest.fixture
def stage(seeded: Stage, tmp_path: Path) -> Iterator[Stage]:
    """A utility of its own for each journey; nothing runs yet."""
    with Stage(tmp_path, seeded=seeded) as stage:
        yield stage


@pytest.fixture
def manager(chromium: Browser, stage: Stage) -> Iterator[Callable[[str], Manager]]:
    """A manager who has logged in, in a browser of their own."""
    came: list[Manager] = []

    def arrives(name: str) -> Manager:
        person = Manager(chromium, stage, name)
        came.append(person)
        person.logs_in()
        return person

    with told_on_failure(stage):
        yield arrives
    for person in came:
        person.page.context.close()
