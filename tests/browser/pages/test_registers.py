"""Permits and write-backs stay open while things happen: in the end they are what a fresh page would be."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about
from tests.browser.doings import BEGIN, DECIDED
from tests.browser.fresh import is_what_a_fresh_load_shows
from tests.browser.people import Manager, is_settled

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

PERMITS_CHANGE = """
held = list(models.Permit.objects.live().filter(order__in=models.WorkOrder.objects.open(), order__district=district))
for permit in held[:2]:
    with transaction.atomic():
        models.Permit.objects.filter(pk=permit.pk).update(status="SUSPENDED")
        consequences.follow(order_ids={permit.order_id}, crew_ids=(), now=timezone.now())
    time.sleep(0.5)
free = models.WorkOrder.objects.open().filter(district=district, permits=None).first()
with transaction.atomic():
    models.WorkOrder.objects.filter(pk=held[2].order_id).update(status="COMPLETED")
    models.WorkOrder.objects.filter(pk=free.pk).update(required_permits=["HOT_WORK"])
    consequences.follow(order_ids={held[2].order_id, free.pk}, crew_ids=(), now=timezone.now())
"""
# Nobody listens where the systems should be: each attempt fails, and after eight a person must look.
FAIL = """
from tests.services.writebacks import calls
models.WriteBack.objects.update(give_up_at=timezone.now())
for attempt in range({attempts}):
    at = timezone.now() + timedelta(hours=attempt)
    for one in calls.claim_due(owner="journey", now=at, limit=9):
        calls.deliver(write_back=one, owner="journey", now_fn=lambda: at)
"""
SHOWN = "[data-register], [data-part]"


def opens(person: Manager, page: str) -> str:
    """The page's address; what it asks for itself is counted from here."""
    person.opens_live(f"/districts/ALD/{page}/")
    return person.page.url


def is_what_a_fresh_page_is(person: Manager) -> None:
    is_what_a_fresh_load_shows(person.page, SHOWN)
    is_settled(person.page)
    assert person.has_not_reloaded()
    assert person.complaints == []


def test_permits_change_in_place(pages: Any, manager: Any) -> None:
    mara = manager(pages, "mara")
    address = opens(mara, "permits")
    asked: list[str] = []
    mara.page.on("request", lambda request: asked.append(request.url) if request.url == address else None)
    mara.page.locator("[data-row^=permit] a").last.focus()
    focused = mara.page.evaluate("document.activeElement.closest('tr').id")

    pages.does(BEGIN + PERMITS_CHANGE)

    expect(mara.page.locator(".register")).to_contain_text("Missing")
    expect(mara.page.get_by_text(re.compile("Lapsed, suspended")).first).to_be_visible()
    is_what_a_fresh_page_is(mara)
    assert mara.page.evaluate("document.activeElement.closest('tr').id") == focused
    # What a fresh page shows was loaded in another tab.
    assert asked == []
    expect(mara.page.locator("[data-said]")).to_contain_text("changed")
    assert complaints_about(mara.page) == []


def test_write_backs_change_in_place(pages: Any, manager: Any) -> None:
    pages.does(BEGIN + DECIDED)
    mara = manager(pages, "mara")
    opens(mara, "write-backs")
    first = mara.page.locator("[data-row]").last
    first.locator("summary").click()

    pages.does(BEGIN + FAIL.format(attempts=8))

    retry_all = mara.page.get_by_role("link", name="not taken")
    expect(retry_all.first).to_be_visible()
    is_settled(mara.page)
    expect(mara.page.locator("details[open][data-key=messages]")).to_have_count(1)
    mara.page.locator("details[open] summary").last.click()
    assert complaints_about(mara.page) == []

    mara.page.set_viewport_size({"width": 390, "height": 844})
    assert mara.page.evaluate("document.documentElement.scrollWidth") <= 390
    mara.page.set_viewport_size({"width": 1440, "height": 900})

    mara.page.get_by_role("button", name="Send again").first.click()

    mara.is_told("is told again")
    is_what_a_fresh_page_is(mara)
    retry_all.first.click()
    expect(mara.page.get_by_role("heading", level=1)).to_contain_text("Not taken by")
    assert complaints_about(mara.page) == []
    mara.page.get_by_role("button", name="Retry the ticked").click()
    expect(mara.page.locator(".notice")).to_contain_text(re.compile("sent again: assign "))
