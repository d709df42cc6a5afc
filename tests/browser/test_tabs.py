"""Mara has Lineup open in several tabs; the whole of it runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import SOON

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(120)]


def test_what_lineup_has_to_say_appears_in_every_tab(stage, manager):
    stage.start()
    mara = manager("mara")
    mara.page.goto("/notifications/")
    board = mara.page.context.new_page()
    board.goto(f"/?day={stage.day}")
    for tab in (mara.page, board):
        expect(tab.locator("[data-connection-pill]")).to_have_attribute("data-state", "live", timeout=SOON)
    assert leaders(mara.page) == 1

    board.get_by_role("button", name="Suggest").click()

    for tab in (mara.page, board):
        expect(tab.locator("[data-toasts]")).to_contain_text("Suggestions are ready", timeout=SOON)
    assert mara.complaints == []


def leaders(tab: Page) -> int:
    """Tabs of this browser that hold a connection for the others."""
    held: int = tab.evaluate("navigator.locks.query().then(({ held }) => held.length)")
    return held
