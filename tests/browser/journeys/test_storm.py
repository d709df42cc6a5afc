"""Mara declares a storm; Jonas's open pages say so at once, and say when it is over."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_the_banner_comes_and_goes_by_itself(planned, manager):
    mara, jonas = manager(planned, "mara"), manager(planned, "jonas")
    jonas.opens_the_board_of_tomorrow()
    mara.page.goto("/")
    banner = jonas.page.locator(".storm")
    expect(banner).to_have_count(0)

    mara.page.get_by_text("More", exact=True).click()
    mara.page.get_by_role("link", name="Storm rules").click()
    mara.page.get_by_label("Reason").fill("Ice on the lines")
    mara.page.get_by_role("button", name="Declare a storm").click()
    expect(mara.page.get_by_text("Storm rules are in force in Alder Falls.")).to_be_visible()

    expect(banner).to_contain_text("declared by Mara Lindqvist: Ice on the lines")
    jonas.is_told("Mara Lindqvist declared storm rules")
    banner.get_by_text("What differs").click()
    expect(banner).to_contain_text("36 h ahead")
    assert jonas.has_not_reloaded()

    mara.page.get_by_role("link", name="Storm rules of Alder Falls").click()
    mara.page.get_by_label("Reason").fill("Power is back")
    mara.page.get_by_role("button", name="End the storm").click()

    expect(banner).to_have_count(0)
    assert jonas.has_not_reloaded()
    assert mara.complaints == jonas.complaints == []
