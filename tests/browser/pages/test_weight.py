"""Bytes that a page makes a browser fetch, as a deployed Lineup transfers them on a first visit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.people import Manager, is_live
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

MOST = 200 * 1024
"""Bytes; the map may be heavier. The schedule's timeline with its calendar and data sets is 155,000."""
PAGES = ("board/", "today/", "schedule/", "permits/", "write-backs/", "storm/")


def weight(mara: Manager, path: str) -> dict[str, int]:
    """The bytes of each file, headers included, of a first visit."""
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
    is_live(mara.page)
    # What the scripts load behind the page ends before nothing is loaded any more.
    mara.page.wait_for_load_state("networkidle")
    return found


def test_no_page_but_the_map_is_heavier_than_200_kb(pages: Stage, manager: Callable[[Stage, str], Manager]) -> None:
    district = "/districts/ALD/"
    paths = [f"{district}{name}" for name in PAGES] + ["/notifications/", "/notifications/preferences/"]
    weights = {path: weight(manager(pages, "mara"), path) for path in paths}

    for path, files in weights.items():
        heaviest = sorted(files.items(), key=lambda each: -each[1])[:4]
        print(path, sum(files.values()), [(name.rsplit("/", 1)[-1] or "page", size) for name, size in heaviest])
    assert {path: files for path, files in weights.items() if sum(files.values()) > MOST} == {}
    assert all(any(name.endswith(".js") for name in files) for files in weights.values())
