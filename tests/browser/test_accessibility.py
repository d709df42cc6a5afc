"""axe finds nothing on any page, in light and in dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import SOON

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(180)]


def complaints_about(page: Page) -> list[str]:
    """Each rule that axe finds broken and that stays broken, with the elements, in light and in dark.

    Rows and tabs may be replaced while axe measures: a colour of before on a ground of after is nobody's to read.
    """
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for _ in range(6):
            page.wait_for_timeout(300)
            if not (broken := Axe().run(page).response["violations"]):
                break
        for rule in broken:
            places = [f"{node['html'][:120]} {node['failureSummary'][-160:]}" for node in rule["nodes"][:3]]
            found.append(f"{scheme}: {rule['id']}: {rule['help']}: {places}")
    return found


def test_axe_finds_nothing(stage, manager, chromium):
    stage.start()
    nobody = chromium.new_page(base_url=stage.address)
    nobody.goto("/")
    assert complaints_about(nobody) == []

    mara = manager("mara")
    mara.opens_the_board_of_tomorrow()
    assert complaints_about(mara.page) == [], "before any run"
    mara.presses_suggest()
    expect(mara.run).to_contain_text("Ready", timeout=SOON)
    expect(mara.rows_to_approve.first).to_be_visible(timeout=SOON)
    assert complaints_about(mara.page) == [], "with suggestions"

    number = mara.number_to_approve()
    mara.opens(number)
    mara.page.get_by_role("link", name="Show").or_(mara.page.get_by_role("button", name="Show")).first.click()
    expect(mara.page.get_by_text("What would help").first).to_be_visible(timeout=SOON)
    assert complaints_about(mara.page) == [], "the review with the crews that cannot"
    # Not back: before its script has come, Show is a link to a page of its own.
    mara.opens_the_board_of_tomorrow()
    mara.opens(number)
    mara.approves_the_best_crew()
    expect(mara.page.get_by_text(f"{number} is approved").first).to_be_visible(timeout=SOON)
    assert complaints_about(mara.page) == [], "the review of a decided order"


def test_axe_finds_nothing_beside_the_board(stage, manager):
    stage.start_web()
    mara = manager("mara")

    for section in ("Permits", "Write-backs", "Today", "For the wall"):
        mara.page.get_by_role("link", name=section, exact=True).click()
        assert complaints_about(mara.page) == [], section
    mara.page.get_by_role("link", name="Leave the wall").click()

    mara.page.get_by_text("More", exact=True).click()
    mara.page.get_by_role("link", name="Storm rules").click()
    mara.page.get_by_label("Reason").fill("Ice on the lines")
    mara.page.get_by_role("button", name="Declare a storm").click()
    mara.page.get_by_role("link", name="Storm rules of").click()
    mara.page.get_by_text("What differs (").click()
    assert complaints_about(mara.page) == [], "the storm rules and their banner"

    for path in ("/notifications/", "/notifications/preferences/", "/no-such-page/"):
        mara.page.goto(path)
        assert complaints_about(mara.page) == [], path
