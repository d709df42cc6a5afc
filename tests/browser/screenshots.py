"""`make screenshots`: the pictures of the README and the guide, taken of a running Lineup with the demo's data."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests import clock, servers
from tests.browser.people import Manager, is_live
from tests.browser.stage import ROOT, Stage

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    clock.begin()
    path = servers.find_chromium()
    if path is None:
        raise SystemExit("Chromium is not installed. Debian: apt-get install chromium-headless-shell.")
    with tempfile.TemporaryDirectory() as home, Stage(Path(home), size="district") as stage, sync_playwright() as play:
        stage.seed()
        stage.start()
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        mara = Manager(browser, stage, "mara")
        mara.page.set_viewport_size({"width": 1280, "height": 800})
        mara.logs_in()
        photographs_the_day(mara, stage.day)
        browser.close()


def photographs_the_day(mara: Manager, day: str) -> None:
    mara.opens_the_board_of_tomorrow()
    mara.presses_suggest()
    expect(mara.run).to_contain_text("Ready")
    for _ in range(2):
        number = mara.number_to_approve()
        mara.opens(number)
        mara.approves_the_best_crew()
        mara.opens_the_board_of_tomorrow()
        mara.sees_on_the_row(number, "Confirmed")
    take(mara.page, "board")
    mara.opens(mara.number_to_approve())
    take(mara.page, "review")
    mara.opens_the_board_of_tomorrow()
    mara.page.get_by_role("link", name="Approve all in plan").click()
    expect(mara.page.get_by_role("heading", name="What stays open, and why")).to_be_visible()
    take(mara.page, "bulk")
    mara.page.get_by_role("button", name="Approve the ticked").click()
    expect(mara.page.get_by_text(re.compile(r"orders? approved"))).to_be_visible()
    opens(mara.page, "Map", day)
    expect(mara.page.locator(".leaflet-marker-icon").first).to_be_visible()
    take(mara.page, "map")
    opens(mara.page, "Schedule", day)
    expect(mara.page.locator(".vis-item.is-job").first).to_be_visible()
    take(mara.page, "schedule")
    opens(mara.page, "Today", day)
    take(mara.page, "today")


def opens(page: Page, section: str, day: str) -> None:
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name=section, exact=True)
    page.goto(f"{link.get_attribute('href')}?day={day}")
    is_live(page)


def take(page: Page, name: str) -> None:
    """The page as it stands, without toasts."""
    IMAGES.mkdir(exist_ok=True)
    page.evaluate("document.querySelectorAll('[data-toasts] > *').forEach(toast => toast.remove())")
    page.mouse.move(0, 0)
    # The map's signs and the board's highlights come to rest.
    page.wait_for_timeout(2_500)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
