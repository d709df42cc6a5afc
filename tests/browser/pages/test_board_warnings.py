"""Warnings of a suggestion are read where it stands: by key, by press, and before an approval by key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_warnings_and_readiness_are_read_before_an_approval(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page
    row = page.locator("[data-order-id]").filter(has=page.locator("[data-warned]")).first
    panel = row.locator(".row-panel")
    expect(panel).to_be_hidden()

    # On touch and by mouse: the pill opens it, a press elsewhere closes it.
    row.get_by_role("button", name=re.compile("warning")).click()
    expect(panel.get_by_role("list", name="Warnings")).to_be_visible()
    expect(panel).to_contain_text("Materials")
    assert complaints_about(page) == []
    page.get_by_role("heading", level=1).click()
    expect(panel).to_be_hidden()

    # By key, and away again.
    row.focus()
    page.keyboard.press("i")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    # An approval by key shows it first.
    number = row.get_attribute("data-number")
    page.keyboard.press("a")
    expect(panel).to_contain_text("Press a once more")
    expect(page.locator("[data-said]")).to_contain_text(f"Read what speaks against {number}")
    expect(page.locator(f'[data-number="{number}"] [data-action="approve"]')).to_be_visible()
    page.keyboard.press("a")
    mara.sees_on_the_row(number, "Approved")
    assert mara.complaints == []
