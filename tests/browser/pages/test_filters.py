"""Filters of the board and the views that keep them, by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_filters_and_views_by_hand(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page

    # Each choice shows at once, and the menu stays open under the same box.
    page.locator("[data-filter-menu=permit] > summary").click()
    assert complaints_about(page) == []
    for label in ("None required", "Valid"):
        box = page.get_by_role("group", name="Permit").get_by_label(label)
        box.check()
        expect(page).to_have_url(re.compile("permit=none" if label == "None required" else "permit=.*permit="))
        expect(box).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name=re.compile("Permit: None required"))).to_be_visible()
    # Once the page's scripts have begun.
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_label("Sorted by").select_option("due")
    expect(page).to_have_url(re.compile("permit=none.*sort=due"))
    page.get_by_text("Views", exact=True).click()
    assert is_on_the_screen(page, ".views")
    page.get_by_label("Save these filters as").fill("No permits")
    page.get_by_label("Open the board with it").check()
    assert complaints_about(page) == []
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("The view No permits is saved.")).to_be_visible()

    page.get_by_role("link", name="Board", exact=True).click()
    expect(page).to_have_url(re.compile("permit=none"))
    page.get_by_role("link", name=re.compile("Permit: None required")).click()
    expect(page).not_to_have_url(re.compile("permit"))
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="Rename, delete").click()
    expect(page.get_by_role("link", name="Permit: None required")).to_be_visible()
    assert complaints_about(page) == []


def test_rows_stand_as_close_as_the_person_wants(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    page = mara.page
    page.set_viewport_size({"width": 1440, "height": 900})
    mara.opens_the_board_of_tomorrow()
    roomy = rows_on_the_screen(page)

    page.get_by_role("button", name="Compact rows").click()
    expect(page.get_by_role("button", name="Compact rows")).to_have_attribute("aria-pressed", "true")
    assert rows_on_the_screen(page) >= 12 > roomy
    assert complaints_about(page) == []
    page.reload()
    expect(page.get_by_role("button", name="Compact rows")).to_have_attribute("aria-pressed", "true")
    assert rows_on_the_screen(page) >= 12

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def rows_on_the_screen(page: Page) -> int:
    """Rows that are seen whole without scrolling."""
    bottoms = "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    seen: int = page.locator("[data-order-id]").evaluate_all(bottoms)
    return seen


def is_on_the_screen(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    return bool(box and size and box["x"] >= 0 and box["x"] + box["width"] <= size["width"])
