"""Jonas looks at the map while Mara decides; the signs and the list beside them follow by themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import complaints_about
from tests.browser.people import Manager, is_live

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def opens_the_map(person: Manager) -> None:
    person.opens_the_board_of_tomorrow()
    person.page.get_by_role("navigation", name="Main").get_by_role("link", name="Map", exact=True).click()
    expect(person.page).to_have_url(re.compile("/map/"))
    is_live(person.page)


def line(person: Manager, number: str) -> Locator:
    return person.page.locator('[data-places="orders"] .place').filter(has_text=number)


def sign(person: Manager, number: str) -> Locator:
    return person.page.locator(".leaflet-marker-icon").filter(has_text=number)


def test_what_mara_approves_changes_its_sign_on_jonas_s_map(planned, manager):
    mara, jonas = manager(planned, "mara"), manager(planned, "jonas")
    mara.opens_the_board_of_tomorrow()
    opens_the_map(jonas)
    expect(jonas.page.locator(".leaflet-marker-icon.is-cluster").first).to_be_visible()
    expect(jonas.page.locator(".territory-feeder").first).to_be_visible()
    ordinary = mara.rows_to_approve.and_(mara.page.locator("tr:not(.is-emergency)"))
    number = str(ordinary.first.get_attribute("data-number"))
    expect(line(jonas, number)).to_have_attribute("data-state", "suggested")
    line(jonas, number).get_by_role("button", name=f"Show {number} on the map").press("Enter")
    expect(sign(jonas, number).locator(".pin")).to_have_attribute("data-state", "suggested")
    popup = jonas.page.locator(".leaflet-popup-content")
    expect(popup).to_contain_text(number)

    mara.opens(number)
    crew = mara.approves_the_best_crew()

    # Recoloured in place, and what stands open says who.
    expect(sign(jonas, number).locator(".pin")).to_have_attribute("data-state", "assigned")
    expect(popup).to_contain_text(crew)
    expect(line(jonas, number)).to_contain_text("Assigned")
    expect(jonas.page.locator('[data-count="assigned"]')).to_have_text("1")
    assert jonas.has_not_reloaded()
    assert complaints_about(jonas.page) == []
    jonas.page.emulate_media(color_scheme="light")
    popup.get_by_role("link").first.click()
    expect(jonas.page).to_have_url(re.compile(f"/orders/{number}/"))
    assert mara.complaints == jonas.complaints == []
