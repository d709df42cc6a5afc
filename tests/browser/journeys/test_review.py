"""The review of one order: two crews compared, those that cannot narrowed, and one approved against a rule."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

# An order that several crews may do comes first.
RANKED = """
    SELECT o.number, COUNT(DISTINCT s.shift_id) AS crews FROM assignments_suggestion AS s
    JOIN assignments_workorder AS o ON o.id = s.order_id
    WHERE s.status = 'PROPOSED' AND s.team = '' AND NOT s.tentative GROUP BY o.number ORDER BY crews DESC, o.number
"""
TOO_MANY_PEOPLE = """
from assignments import models
models.WorkOrder.objects.filter(number="{number}").update(crew_size=9)
"""


def test_a_manager_compares_crews_and_overrides_a_rule(planned, manager):
    mara, number = manager(planned, "mara"), planned.rows(RANKED)[0][0]
    page = mara.page
    page.goto(f"/orders/{number}/?day={planned.day}")

    crews = page.get_by_role("region", name="Crews that can").get_by_role("article")
    first = crews.first.locator("strong").first.inner_text()
    other = crews.filter(has_not=page.locator("strong", has_text=re.compile(f"^{first}$"))).first
    for crew in (crews.first, other):
        crew.get_by_label("Compare").check()
    page.get_by_role("button", name="Compare ticked").first.click()
    expect(page).to_have_url(re.compile(r"compare=\d+,\d+"))
    expect(page.get_by_role("heading", name=re.compile(f"{first} or "))).to_be_visible()
    assert complaints_about(page) == [], "the comparison"

    planned.does(TOO_MANY_PEOPLE.format(number=number))
    page.get_by_role("link", name="Show", exact=True).click()
    row = page.locator("[data-why-not-row]").filter(has_text=re.compile(rf"^\s*{first}"))
    expect(row.first).to_be_visible()
    page.get_by_label("Crew, rule or change").fill(f"{first} size")
    expect(page.locator("[data-why-not-row]:visible").first).to_contain_text("The job needs 9 people")
    expect(page.locator("[data-why-not-count]")).to_contain_text("described so")
    row.get_by_role("link", name=re.compile("Override")).first.click()

    expect(page.get_by_role("heading", name=f"Override for {first}")).to_be_visible()
    page.get_by_label("Reason").select_option("HELP_ON_SITE")
    page.get_by_label("In your words").fill("The second crew is there already")
    assert complaints_about(page) == [], "the override"
    page.get_by_role("button", name="Approve against").click()

    decision = page.get_by_role("region", name="Decision")
    expect(decision).to_contain_text("Overridden")
    expect(decision).to_contain_text("The second crew is there already")
    decision.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("region", name="Decision")).to_contain_text("Pinned")
    expect(page.get_by_role("region", name="Decision")).to_contain_text("received")
    assert planned.bookings("workforce")[0]["reason"].endswith("The second crew is there already")
    assert mara.complaints == []
