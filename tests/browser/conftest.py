from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser import beginnings
from tests.browser.beginnings import Beginnings
from tests.browser.people import Manager
from tests.browser.stage import Stage, told_on_failure

WHOLE = {"stage", "planned"}
"""Fixtures that need worker and systems beside the pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: from the first of them on this thread counts as asynchronous, and Django refuses to
    query there. Side by side, each of two processes has one set of servers."""
    for item in items:
        if item.get_closest_marker("browser"):
            group = "pages" if WHOLE.isdisjoint(getattr(item, "fixturenames", ())) else "whole"
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
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
def known(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Beginnings:
    """The databases that journeys begin with; the processes of one test run share them."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    return beginnings.made_once(shared / "beginnings")


@pytest.fixture(scope="session")
def everything(known: Beginnings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("whole") / "stage") as stage:
        stage.begin(known.seeded)
        stage.start()
        yield stage


@pytest.fixture(scope="session")
def served(known: Beginnings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    # One process: that word travels between two is seen with the whole.
    with Stage(tmp_path_factory.mktemp("pages") / "stage", deployed=True, web_workers=1) as stage:
        stage.begin(known.seeded)
        stage.start_web()
        yield stage


@pytest.fixture
def stage(everything: Stage, known: Beginnings) -> Iterator[Stage]:
    """A small utility where nothing is planned yet, with worker and systems."""
    everything.begin(known.seeded)
    with told_on_failure(everything):
        yield everything


@pytest.fixture
def planned(everything: Stage, known: Beginnings) -> Iterator[Stage]:
    """The same after a run for tomorrow."""
    everything.begin(known.suggested)
    with told_on_failure(everything):
        yield everything


@pytest.fixture
def pages(served: Stage, known: Beginnings) -> Iterator[Stage]:
    """Pages and streams as an installation serves them, after a run for tomorrow; nothing is gathered or delivered."""
    served.begin(known.suggested)
    with told_on_failure(served):
        yield served


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
