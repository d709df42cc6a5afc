"""The screen on the wall: it holds sixty crews, and nobody touches it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN
from tests.browser.people import is_live

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

SIXTY_CREWS = """
from assignments.queries import days
start, end = days.period_of(days.today(district, now), district.zone)
models.Crew.objects.filter(district=district).update(active=False)
for number in range(60):
    crew = models.Crew.objects.create(district=district, name=f"Substation {number:02}", latitude=42, longitude=-88)
    models.Shift.objects.create(crew=crew, starts_at=start, ends_at=end)
models.Permit.objects.filter(order__district=district).update(valid_until=now + timedelta(days=9))
"""
LAPSES = """
needed = models.Permit.objects.live().filter(order__in=models.WorkOrder.objects.open(), order__district=district)
permit, until = needed.first(), now + timedelta(seconds=20)
with transaction.atomic():
    models.Permit.objects.filter(pk=permit.pk).update(valid_from=now - timedelta(days=1), valid_until=until)
    consequences.follow(order_ids={permit.order_id}, crew_ids=(), now=now)
"""
OUTAGE = """
order = models.WorkOrder.objects.open().filter(district=district).first()
models.WorkOrder.objects.open().filter(district=district).update(customers_out=0)
models.WorkOrder.objects.filter(pk=order.pk).update(customers_out=4321)
with transaction.atomic():
    events.order_changed(orders=[order], cause="order.changed", now=now)
"""


def test_the_wall_fits_and_follows(pages, manager):
    pages.does(BEGIN + SIXTY_CREWS)
    mara = manager(pages, "mara")
    mara.page.goto("/districts/ALD/today/")
    mara.page.set_viewport_size({"width": 1920, "height": 1080})
    mara.page.get_by_role("link", name="For the wall").click()
    expect(mara.page.get_by_role("navigation")).to_have_count(0)
    expect(mara.page.locator(".bar")).to_have_count(60)
    size = mara.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1920, 1080]
    is_live(mara.page)

    pages.does(BEGIN + OUTAGE)
    expect(mara.page.locator(".tile").filter(has_text="Customers out")).to_contain_text("4,321")

    lapsing = mara.page.locator("[data-risk='permits'] li")
    # It comes by an event, and leaves when its time is over, of which nobody tells.
    pages.does(BEGIN + LAPSES)
    expect(lapsing).to_have_count(1)
    expect(lapsing).to_have_count(0)
    assert mara.has_not_reloaded()
    assert mara.complaints == []


def test_the_curve_follows_an_outage_and_a_manager_sets_its_end(pages, manager):
    mara = manager(pages, "mara")
    page = mara.page
    page.goto("/districts/ALD/today/")
    curve = page.get_by_role("region", name="Customers still out")
    is_live(page)
    pages.does(BEGIN + OUTAGE)
    expect(curve).to_contain_text("4,321 customers out")
    expect(curve.get_by_role("img", name="Customers still out over time")).to_be_visible()
    assert mara.has_not_reloaded()

    curve.get_by_text("Every outage as a table").click()
    curve.get_by_role("row").get_by_role("link").click()
    page.get_by_text("Set another time").click()
    page.get_by_role("textbox", name="Back by").fill("2026-06-18T12:00")
    page.get_by_role("textbox", name="Why").fill("Cable fault found")
    page.get_by_role("button", name="Set the time").click()
    expect(page.get_by_role("heading", name="4,321 customers back by")).to_contain_text("set by Mara")
    page.get_by_role("button", name="Use the estimate again").click()
    expect(page.get_by_role("heading", name="4,321 customers")).not_to_contain_text("set by Mara")
    assert mara.complaints == []
