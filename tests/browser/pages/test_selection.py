"""Several rows of the board selected by box, key and range, and decided together."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_rows_are_selected_by_box_range_and_key(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page
    bar = page.get_by_role("form", name="Selected orders")
    expect(bar).to_be_hidden()

    # By box and by a range.
    open_ones = page.locator("[data-order-id]").filter(has=page.locator("[data-of=suggestion]"))
    numbers = [row.get_attribute("data-number") for row in open_ones.all()[:3]]
    box(page, numbers[0]).check()
    box(page, numbers[2]).click(modifiers=["Shift"])
    expect(box(page, numbers[1])).to_be_checked()
    expect(bar).to_contain_text(re.compile(r"[3-9] selected"))
    expect(page.get_by_label("Select all rows shown")).not_to_be_checked()
    assert complaints_about(page) == []
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()

    # By key: the current row, then all down to another.
    row(page, numbers[0]).focus()
    page.keyboard.press("Space")
    expect(box(page, numbers[0])).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Shift+Space")
    expect(bar).to_contain_text("2 selected")

    bar.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve the selected")
    assert complaints_about(page) == []
    page.locator(".page-head").get_by_role("link", name="Board").click()
    expect(page).to_have_url(re.compile("/board/"))
    assert mara.complaints == []


def test_they_are_rejected_for_one_reason_and_that_is_undone(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page
    box(page, mara.number_to_approve()).check()
    page.get_by_role("form", name="Selected orders").get_by_role("button", name="Reject").click()
    assert complaints_about(page) == []
    page.get_by_label("Why").select_option(label="The time does not suit")
    page.get_by_role("button", name="Reject the ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 suggestion rejected")
    expect(page.get_by_text("The time does not suit")).to_be_visible()
    assert complaints_about(page) == []
    page.get_by_role("button", name="Undo all 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 rejection taken back")
    assert mara.complaints == []


def test_what_is_selected_stays_so_while_rows_change(pages: Any, manager: Any) -> None:
    mara, jonas = manager(pages, "mara"), manager(pages, "jonas")
    mara.opens_the_board_of_tomorrow()
    jonas.opens_the_board_of_tomorrow()
    number = jonas.number_to_approve()
    box(mara.page, number).check()
    bar = mara.page.get_by_role("form", name="Selected orders")
    expect(bar.get_by_role("button", name="Approve")).to_be_visible()
    # A row does not change in the hand of who is at it.
    mara.page.get_by_role("heading", level=1).click()

    jonas.page.locator(f'tr[data-number="{number}"] [data-action="approve"]').click()
    mara.sees_on_the_row(number, "Approved")

    expect(box(mara.page, number)).to_be_checked()
    expect(bar.get_by_role("button", name="Hold")).to_be_visible()
    expect(bar.get_by_role("button", name="Approve")).to_be_hidden()
    bar.get_by_role("button", name="Hold").click()
    mara.page.get_by_role("button", name="Hold the ticked").click()
    expect(mara.page.get_by_role("heading", level=1)).to_have_text("1 order held")
    assert mara.complaints == []


def row(page: Page, number: Any) -> Locator:
    return page.locator(f'tr[data-number="{number}"]')


def box(page: Page, number: Any) -> Locator:
    return page.get_by_label(f"Select {number}", exact=True)
