"""Boards stay open while colleagues work: in the end each is what a fresh page would be, whatever its filter."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints_about
from tests.browser.doings import BEGIN
from tests.browser.fresh import is_what_a_fresh_load_shows

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

SHOWN = "[data-board], [data-part], [data-run-panel]"
A_PERMIT_IS_SUSPENDED = """
held = models.Permit.objects.live().filter(order__in=models.WorkOrder.objects.open(), order__district=district)
permit = held.order_by("pk").first()
with transaction.atomic():
    models.Permit.objects.filter(pk=permit.pk).update(status="SUSPENDED")
    consequences.follow(order_ids={permit.order_id}, crew_ids=(), now=timezone.now())
"""
# Rows that move although nobody has touched them, from now on.
WATCH_SHIFTS = """() => {
    window.moved = [];
    const moves = ({ sources }) => sources.map(({ node }) => node?.dataset?.number).filter(Boolean);
    new PerformanceObserver((list) => moved.push(...list.getEntries().flatMap(moves)))
        .observe({ type: "layout-shift" });
}"""


def test_boards_are_what_fresh_ones_would_be(planned: Any, manager: Any) -> None:
    stage = planned
    mara, jonas = manager(stage, "mara"), manager(stage, "jonas")
    for person in (mara, jonas):
        person.opens_the_board_of_tomorrow()
    undecided = jonas.opens_a_tab(f"{stage.board}&state=to-decide")
    expect(undecided.locator("[data-order-id]").first).to_be_visible()

    jonas.page.evaluate(WATCH_SHIFTS)
    first = mara.number_to_approve()
    mara.row(first).get_by_role("button", name="Approve").click()
    jonas.sees_written_back(first, "Work management", "Workforce roster", "Permits and outages")
    expect(undecided.locator(f'[data-number="{first}"]')).to_have_count(0)
    assert jonas.page.evaluate("moved") == []

    second = mara.number_to_approve()
    mara.row(second).get_by_role("button", name="Approve").click()
    mara.sees_on_the_row(second, "by Mara Lindqvist")
    mara.row(second).get_by_role("button", name="Undo").click()
    expect(mara.row(second).get_by_role("button", name="Approve")).to_be_visible()
    stage.does(BEGIN + A_PERMIT_IS_SUSPENDED)

    mara.opens(second)
    jonas.sees_on_the_row(second, "Mara Lindqvist is reviewing")
    jonas.opens(second)
    expect(mara.page.get_by_text("Jonas Okafor is reviewing")).to_be_visible()
    expect(mara.page.get_by_text("Mara Lindqvist is reviewing")).to_be_hidden()
    mara.opens_the_board_of_tomorrow()
    mara.sees_on_the_row(second, "Jonas Okafor is reviewing")
    expect(jonas.page.get_by_text("Mara Lindqvist is reviewing")).to_have_count(0)

    assert complaints_about(mara.page) == []
    for page in (mara.page, undecided):
        is_what_a_fresh_load_shows(page, SHOWN)
    assert mara.has_not_reloaded()
    assert mara.complaints == jonas.complaints == []
