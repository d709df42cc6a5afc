"""`make screenshots`: the pictures of the README and the guide, taken of a running Lineup with the demo's data."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests import servers
from tests.browser.people import SOON, Manager
from tests.browser.stage import ROOT, Stage

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    path = servers.find_chromium()
    if path is None:
        raise SystemExit("Chromium is not installed. Debian: apt-get install chromium.")
    with tempfile.TemporaryDirectory() as home, Stage(Path(home), size="district") as stage, sync_playwright() as play:
        stage.seed()
        stage.start()
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        mara = Manager(browser, stage, "mara")
        mara.logs_in()
        mara.opens_the_board_of_tomorrow()
        mara.presses_suggest()
        expect(mara.run).to_contain_text("Ready", timeout=4 * SOON)
        for _ in range(2):
            number = mara.number_to_approve()
            mara.opens(number)
            mara.approves_the_best_crew()
            mara.opens_the_board_of_tomorrow()
            mara.sees_on_the_row(number, "Confirmed")
        take(mara.page, "board")
        mara.opens(mara.number_to_approve())
        take(mara.page, "review")
        browser.close()


def take(page: Page, name: str) -> None:
    """The page as it stands, without toasts."""
    IMAGES.mkdir(exist_ok=True)
    page.evaluate("document.querySelectorAll('[data-toasts] > *').forEach(toast => toast.remove())")
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
