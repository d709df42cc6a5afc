"""Filters of the board and the views that keep them, by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_filters_and_views_by_hand(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page

    page.get_by_text("More filters").click()
    page.get_by_label("Permit").select_option(label="None required")
    page.locator(".filters-more").get_by_role("button", name="Filter").click()
    page.get_by_text("Views", exact=True).click()
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
