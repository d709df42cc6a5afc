"""The page of a batch while a script goes on with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

HALF_APPROVED = """
from assignments.services.batches import batching
simple = models.Suggestion.objects.filter(in_plan=True, status="PROPOSED", tentative=False, team="", warnings=[])
chosen = list(simple.filter(order__district=district).order_by("starts_at")[:2])
batch = batching.start(district=district, day=chosen[0].starts_at.date(), suggestions=chosen, by=mara, now=now)
batching.go_on(batch=batch, by=mara, now=now, seconds=0)
"""


def test_it_shows_no_list_that_is_already_another(pages, manager):
    pages.does(BEGIN + HALF_APPROVED)
    mara = manager(pages, "mara")
    held = []
    mara.page.route("**/go-on/", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    mara.page.goto("/districts/ALD/approvals/")
    mara.page.get_by_role("link", name="Approving 2 orders").click()

    expect(mara.page.locator("[data-batch-said]")).to_contain_text("1 of 2 orders done.")
    expect(mara.page.get_by_role("table")).to_have_count(0)

    held[0].continue_()
    expect(mara.page.get_by_role("heading", level=1)).to_have_text("2 orders approved")
    expect(mara.page.get_by_role("heading", name="Approved (2)")).to_be_visible()
    assert mara.complaints == []
