"""Bytes that a page makes a browser fetch, as a deployed Lineup transfers them on a first visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import SOON, Manager
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(180)]

MOST = 200 * 1024
"""Bytes; the map may be heavier. The schedule's timeline with its calendar and data sets is 155,000."""
PAGES = ("board/", "today/", "schedule/", "permits/", "write-backs/", "storm/")


@pytest.fixture(scope="module")
def deployed(seeded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("deployed"), seeded=seeded, deployed=True) as stage:
        stage.start_web()
        yield stage


def weight(browser: Browser, stage: Stage, path: str) -> dict[str, int]:
    """The bytes of each file, headers included, of a first visit."""
    mara = Manager(browser, stage, "mara")
    mara.logs_in()
    expect(mara.page.get_by_role("navigation", name="Main")).to_be_visible(timeout=SOON)
    mara.page.goto("about:blank")
    cdp = mara.page.context.new_cdp_session(mara.page)
    cdp.send("Network.enable")
    cdp.send("Network.clearBrowserCache")
    names: dict[str, str] = {}
    found: dict[str, int] = {}
    cdp.on("Network.requestWillBeSent", lambda said: names.update({said["requestId"]: said["request"]["url"]}))
    cdp.on(
        "Network.loadingFinished",
        lambda said: found.update({names.get(said["requestId"], ""): int(said["encodedDataLength"])}),
    )
    mara.page.goto(path)
    expect(mara.page.locator("[data-connection-pill]").first).to_have_attribute("data-state", "live", timeout=SOON)
    mara.page.wait_for_timeout(500)
    mara.page.context.close()
    return found


def test_no_page_but_the_map_is_heavier_than_200_kb(chromium: Browser, deployed: Stage) -> None:
    district = "/districts/ALD/"
    pages = [f"{district}{name}" for name in PAGES] + ["/notifications/", "/notifications/preferences/"]
    weights = {path: weight(chromium, deployed, path) for path in pages}

    for path, files in weights.items():
        heaviest = sorted(files.items(), key=lambda each: -each[1])[:4]
        print(path, sum(files.values()), [(name.rsplit("/", 1)[-1] or "page", size) for name, size in heaviest])
    assert {path: files for path, files in weights.items() if sum(files.values()) > MOST} == {}
    assert all(any(name.endswith(".js") for name in files) for files in weights.values())
