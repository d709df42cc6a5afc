"""The administrator of an empty installation is led from step to step."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_an_empty_installation_leads_to_its_first_district(pages, known, manager):
    pages.begin(known.installed)
    ada = manager(pages, "ada")
    ada.logs_in()
    expect(ada.page.get_by_text("0 of 7 done").first).to_be_visible()
    assert complaints_about(ada.page) == []
    assert ada.complaints == []

    ada.page.get_by_role("link", name="Add a rule set").click()
    ada.page.get_by_label("Name").fill("normal")
    ada.page.get_by_role("button", name="Save", exact=True).click()
    ada.page.goto("/")

    expect(ada.page.get_by_text("1 of 7 done").first).to_be_visible()
    ada.page.get_by_role("link", name="Add a district").click()
    expect(ada.page.get_by_role("heading", name="Add district")).to_be_visible()
