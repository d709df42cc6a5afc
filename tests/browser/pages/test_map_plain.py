"""The map's page where no script runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import clock

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_without_javascript_the_lists_and_filters_are_there(pages, manager, chromium):
    mara = manager(pages, "mara")
    plain = chromium.new_context(
        base_url=pages.address, java_script_enabled=False, storage_state=mara.page.context.storage_state()
    )
    page = clock.show(plain).new_page()
    page.goto(f"/districts/ALD/map/?day={pages.day}")

    expect(page.get_by_role("region", name="Map", exact=True)).to_be_hidden()
    shown = page.locator('[data-places="orders"] .place')
    assert shown.count() > 10
    page.get_by_role("link", name="Emergency, no crew").click()
    expect(page).to_have_url(re.compile("state=emergency"))
    assert set(shown.evaluate_all("lines => lines.map(line => line.dataset.state)")) <= {"emergency"}
    plain.close()
