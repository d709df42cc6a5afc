"""Pages stay open through a day's work: in the end each is what a fresh page is, and none has asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.doings import BEGIN
from tests.browser.fresh import is_what_a_fresh_load_shows
from tests.browser.people import Manager, is_as_opened

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

WITH_A_PERMIT = """
    SELECT o.number FROM assignments_suggestion AS s JOIN assignments_workorder AS o ON o.id = s.order_id
    WHERE s.status = 'PROPOSED' AND s.in_plan AND s.team = '' AND NOT s.tentative AND s.warnings = '[]' AND EXISTS (
        SELECT 1 FROM assignments_permit AS p WHERE p.order_id = o.id AND p.status = 'ISSUED')
    ORDER BY o.number
"""
PERMIT_BECOMES = """
for permit in models.Permit.objects.filter(order__number="{number}", status="{before}"):
    # As whatever stores permits does: a page that is rendered in between would have the change without its event.
    with transaction.atomic():
        models.Permit.objects.filter(pk=permit.pk).update(status="{after}")
        consequences.follow(order_ids={{permit.order_id}}, crew_ids=(), now=timezone.now())
"""
IS_PINNED_AND_MOVED_LATER = """
from assignments.services.decisions import approving, moving, pinning
row = models.Assignment.objects.live().select_related("crew", "order__district").get(order__number="{number}")
pinning.pin(assignment=row, by=mara, now=now)
pinning.unpin(assignment=row, by=mara, now=now)
for minutes in range(5, 300, 5):
    row.order.refresh_from_db(fields=["version"])
    place = {{"crew": row.crew, "starts_at": row.starts_at + timedelta(minutes=minutes), "version": row.order.version}}
    try:
        moved = moving.move(assignment=row, **place, by=mara, now=timezone.now())
    except guards.RulesBroken:
        continue
    pinning.pin(assignment=moved, by=mara, now=timezone.now())
    break
else:
    raise SystemExit("no other time is free")
"""
# What the timeline draws and where; in which sequence it holds its elements is its own affair.
DRAWN = """(selector) => [...document.querySelectorAll(selector)].map((item) => {
    const box = item.getBoundingClientRect(), frame = item.closest("[data-timeline]").getBoundingClientRect();
    const place = [box.left - frame.left, box.top - frame.top, box.width, box.height].map(Math.round);
    return `${[...item.classList].sort().join(".")} ${place} ${item.textContent.trim()}`;
}).sort()"""


@dataclass(frozen=True, slots=True)
class Tabs:
    """Pages that a person has open beside the board."""

    number: str
    """The order of the review."""
    review: Page
    schedule: Page
    permits: Page
    write_backs: Page
    territory: Page
    wall: Page
    inbox: Page

    @property
    def decision(self) -> Locator:
        return self.review.get_by_role("region", name="Decision")

    @property
    def told(self) -> Locator:
        return self.review.locator("[data-changed]")

    @property
    def job(self) -> Locator:
        return self.schedule.locator(f'tr[data-number="{self.number}"]')

    @property
    def all(self) -> tuple[Page, ...]:
        return self.review, self.schedule, self.permits, self.write_backs, self.territory, self.wall, self.inbox


def opens_tabs(person: Manager, number: str, day: str) -> Tabs:
    district = "/districts/ALD"
    paths = [f"/orders/{number}/?day={day}", f"{district}/schedule/?day={day}"]
    paths += [
        f"{district}/permits/",
        f"{district}/write-backs/",
        f"{district}/map/?day={day}",
        f"{district}/today/",
        "/notifications/",
    ]
    tabs = Tabs(number, *(person.opens_a_tab(path) for path in paths))
    # The schedule draws when it has asked for its crews.
    expect(tabs.schedule.locator("[data-timeline] .vis-item").first).to_be_visible()
    person.asked.clear()
    return tabs


def test_pages_that_stay_open_are_what_fresh_ones_would_be(planned: Any, manager: Any) -> None:
    stage = planned
    mara, jonas = manager(stage, "mara"), manager(stage, "jonas")
    mara.opens_the_board_of_tomorrow()
    number = stage.rows(WITH_A_PERMIT)[0][0]
    tabs = opens_tabs(jonas, number, stage.day)

    stage.kill("permits")
    mara_approves_what_jonas_is_about_to_reject(mara, tabs)
    mara_approves_another_and_takes_it_back(mara)
    stage.does(BEGIN + PERMIT_BECOMES.format(number=number, before="ISSUED", after="SUSPENDED"))
    expect(tabs.decision).to_contain_text("suspended")
    expect(tabs.job).to_contain_text("No longer valid")
    expect(tabs.permits.locator(".register")).to_contain_text("Lapsed, suspended")
    is_what_a_fresh_load_shows(tabs.review, "[data-part]")

    stage.does(BEGIN + PERMIT_BECOMES.format(number=number, before="SUSPENDED", after="EXTENDED"))
    stage.does(BEGIN + IS_PINNED_AND_MOVED_LATER.format(number=number))
    stage.start_system("permits")
    expect(tabs.told).to_contain_text("it was moved; it was pinned")
    expect(tabs.job).to_contain_text("Pinned")
    for unsettled in ("pending", "retry"):
        expect(tabs.decision.locator(".write-backs")).not_to_contain_text(unsettled)

    is_what_a_fresh_load_shows(tabs.review, "[data-part]")
    is_what_a_fresh_load_shows(tabs.territory, "[data-places], [data-part]")
    # Its curve moves with the time.
    is_what_a_fresh_load_shows(tabs.wall, ".tiles, [data-risk]")
    expect(tabs.inbox.locator("[data-rows]")).to_contain_text(number)
    is_what_a_fresh_load_shows(tabs.inbox, "[data-register], [data-part]")
    # That he has come to the review is said anew when the connection is: each further tab made one.
    assert [url for url in jonas.asked if not url.endswith("/reviewing/")] == []
    for page in (tabs.permits, tabs.write_backs):
        is_what_a_fresh_load_shows(page, "[data-register], [data-part]")
    is_what_a_fresh_load_shows(tabs.schedule, ".schedule-list tbody, [data-none]")
    is_what_a_fresh_load_shows(tabs.schedule, "[data-timeline] .vis-item", shown_by=DRAWN)
    assert all(is_as_opened(page) for page in tabs.all)
    assert mara.complaints == jonas.complaints == []


def mara_approves_what_jonas_is_about_to_reject(mara: Manager, tabs: Tabs) -> None:
    """His typing stays until he moves on, though it can only be refused; the rest of the page says why."""
    reason = tabs.review.locator("details[open]").get_by_label("In your words")
    code = tabs.review.locator("details[open]").get_by_label("Reject because")
    code.select_option("NEEDED_ELSEWHERE")
    reason.fill("Their truck is in the shop")

    mara.row(tabs.number).get_by_role("button", name="Approve").click()

    expect(tabs.told).to_contain_text("a crew was approved")
    expect(tabs.decision).to_contain_text("by Mara Lindqvist")
    expect(code).to_have_value("NEEDED_ELSEWHERE")
    expect(reason).to_have_value("Their truck is in the shop")
    expect(reason).to_be_focused()
    reason.blur()
    expect(reason).to_have_count(0)
    expect(tabs.write_backs.locator("[data-register]")).to_contain_text("failed, will retry")


def mara_approves_another_and_takes_it_back(mara: Manager) -> None:
    other = mara.number_to_approve()
    mara.row(other).get_by_role("button", name="Approve").click()
    mara.sees_on_the_row(other, "by Mara Lindqvist")
    mara.row(other).get_by_role("button", name="Undo").click()
    expect(mara.row(other).get_by_role("button", name="Approve")).to_be_visible()
