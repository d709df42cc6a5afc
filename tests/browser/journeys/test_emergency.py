"""An emergency on a planned day: Mara sees who can be there first, accepts what gives way, and Jonas sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import Manager

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_mara_sends_the_first_crew_and_the_plan_closes_around_it(planned, manager):
    mara, jonas = manager(planned, "mara"), manager(planned, "jonas")
    mara.opens_the_board_of_tomorrow()
    emergency = approves_everything_but_an_emergency(mara)

    # The row of the emergency leads to the crews by their arrival.
    mara.opens_the_board_of_tomorrow()
    jonas.opens_the_board_of_tomorrow()
    mara.row(emergency).get_by_role("link", name="Who is first").press("Enter")
    crews = mara.page.get_by_role("region", name="Crews by arrival").get_by_role("article")
    expect(crews.first).to_contain_text("leaves")

    # One of them shows its day before and after, and what is accepted is done.
    mara.page.get_by_role("link", name="Show the changes").first.click()
    crew = re.sub(f" to {emergency}$", "", mara.page.get_by_role("heading", level=1).inner_text())
    expect(mara.page.get_by_role("row").filter(has_text=emergency)).to_contain_text("Emergency")
    mara.page.get_by_role("button", name="Accept").click()
    expect(mara.page.get_by_text(f"{crew} goes to {emergency} and is there at")).to_be_visible()

    # Jonas sees it without reloading: the row has its crew, or has left for the board of today, when a crew goes yet.
    expect(jonas.row(emergency).get_by_role("link", name="Who is first")).to_have_count(0)
    assert jonas.has_not_reloaded()
    jonas.page.goto(f"/orders/{emergency}/")
    decision = jonas.page.get_by_role("region", name="Decision")
    expect(decision).to_contain_text(crew)
    expect(decision).to_contain_text("by Mara Lindqvist")
    assert mara.complaints == jonas.complaints == []


def approves_everything_but_an_emergency(mara: Manager) -> str:
    """The emergency's number."""
    number = mara.page.locator("tr.is-emergency[data-number]").first.get_attribute("data-number")
    assert number
    mara.page.get_by_role("link", name="Approve all in plan").click()
    line = mara.page.get_by_role("row").filter(has_text=number)
    if line.count():
        line.get_by_role("checkbox").uncheck()
    mara.page.get_by_role("button", name="Approve the ticked").click()
    expect(mara.page.get_by_text(re.compile(r"orders? approved"))).to_be_visible()
    return number
