"""Jonas reads what Mara does, mutes what he need not hear, and hears of a storm all the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN, DECIDED
from tests.browser.fresh import is_what_a_fresh_load_shows
from tests.browser.people import Manager, is_live

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

UNDER_WAY = """
    SELECT o.number FROM assignments_assignment AS a JOIN assignments_workorder AS o ON o.id = a.order_id ORDER BY o.id
"""


def test_jonas_mutes_what_he_need_not_hear(pages, manager):
    pages.does(BEGIN + DECIDED)
    first, second = (number for (number,) in pages.rows(UNDER_WAY)[:2])
    mara, jonas = manager(pages, "mara"), manager(pages, "jonas")
    jonas.opens_live("/notifications/")

    # What Mara takes back comes at once, as a toast and into the open inbox.
    takes_back(mara, first)
    jonas.is_told(first)
    expect(jonas.page).to_have_title(re.compile(r"^\(1\) "))
    inbox = jonas.page.get_by_role("region", name="Inbox").get_by_role("listitem")
    expect(inbox).to_contain_text(first)

    # He need not hear of that; storms cannot be muted.
    jonas.page.get_by_role("link", name="Preferences").click()
    storms = jonas.page.get_by_role("row", name="Storm rules")
    expect(storms.get_by_role("radio").last).to_be_disabled()
    jonas.page.get_by_role("row", name="Work taken back").get_by_role("radio").last.check()
    jonas.page.get_by_role("button", name="Save").click()
    jonas.page.get_by_role("link", name="Inbox").click()
    is_live(jonas.page)
    takes_back(mara, second)
    declares_a_storm(mara)
    jonas.is_told("storm rules")
    assert len(jonas.page.evaluate("toasts")) == 1
    expect(jonas.page).to_have_title(re.compile(r"^\(2\) "))

    expect(inbox).to_have_count(2)
    is_what_a_fresh_load_shows(jonas.page, ".inbox-list")
    jonas.page.get_by_role("button", name="Mark all as read").click()
    expect(jonas.page).to_have_title(re.compile("^Notifications"))
    inbox.filter(has_text=first).get_by_role("link").click()
    expect(jonas.page).to_have_url(re.compile(f"/orders/{first}/"))
    assert mara.complaints == jonas.complaints == []


def takes_back(person: Manager, number: str) -> None:
    person.page.goto(f"/orders/{number}/")
    person.page.get_by_role("region", name="Decision").get_by_role("button", name="Undo").click()
    expect(person.page.get_by_role("region", name="Decision")).to_have_count(0)


def declares_a_storm(person: Manager) -> None:
    person.page.get_by_text("More", exact=True).click()
    person.page.get_by_role("link", name="Storm rules").click()
    person.page.get_by_label("Reason").fill("Ice on the lines")
    person.page.get_by_role("button", name="Declare a storm").click()
    expect(person.page.get_by_text("Storm rules are in force")).to_be_visible()
