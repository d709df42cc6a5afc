"""Mara and Jonas plan tomorrow for the same district, each at a screen of their own with several tabs."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import SOON, Manager
from tests.browser.stage import Stage

SYSTEMS = ("Work management", "Workforce roster", "Permits and outages")
# When the row says that Mara has decided.
WATCH = """(number) => {
    const row = () => document.querySelector(`tr[data-number="${number}"]`);
    const look = () => {
        if (!row()?.textContent.includes("by Mara Lindqvist")) return requestAnimationFrame(look);
        document.body.dataset.seenAt = Date.now() / 1000;
    };
    look();
}"""

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_both_press_suggest_at_once_and_jonas_watches_mara_approve(stage, manager):
    mara, jonas = manager(stage, "mara"), manager(stage, "jonas")
    # Slow enough that the second comes while the first is under way, also on a busy machine.
    stage.set_latency(4)
    for person in (mara, jonas):
        person.opens_the_board_of_tomorrow()
    expect(mara.rows_to_approve).to_have_count(0)
    inbox = mara.opens_a_tab("/notifications/")
    assert leaders(inbox) == 1
    undecided = jonas.opens_a_tab(f"{stage.board}&state=to-decide")
    expect(undecided.get_by_role("heading", name="No order matches")).to_be_visible()
    chart = jonas.opens_a_tab(f"/districts/ALD/map/?day={stage.day}")
    expect(chart.locator('[data-count="suggested"]')).to_have_text("0")

    both_press_suggest(mara, jonas)
    stage.set_latency(0.5)
    mara.watches_each_system_being_read(*SYSTEMS)

    # Ranked suggestions come in by themselves, on Jonas's screen too, behind a filter and on the map.
    for person in (mara, jonas):
        sees_the_suggestions(person)
    assert stage.rows("SELECT COUNT(*) FROM assignments_suggestionrun") == [(1,)]
    expect(undecided.locator("[data-order-id]").first).to_be_visible()
    expect(chart.locator('[data-count="suggested"]')).not_to_have_text("0")
    # What Lineup has to say appears in every tab.
    for tab in (mara.page, inbox):
        mara.is_told("Suggestions are ready for Alder Falls", tab=tab)

    number, crew = mara_approves_and_jonas_sees_it_as_soon(mara, jonas)

    jonas.sees_on_the_row(number, crew)
    jonas.is_told(f"Mara Lindqvist assigned {crew} to {number}")
    expect(jonas.unread).to_have_text("1")
    expect(jonas.page).to_have_title(re.compile(r"^\(1\) "))

    jonas_sees_it_taken(jonas, number, stage)
    # Nothing went wrong on either screen that a manager would not have noticed.
    assert mara.complaints == jonas.complaints == []


def sees_the_suggestions(person: Manager) -> None:
    expect(person.run).to_contain_text("Ready")
    expect(person.run).to_contain_text("by Mara Lindqvist")
    expect(person.rows_to_approve.first).to_be_visible()
    assert person.has_not_reloaded()


def leaders(tab: Page) -> int:
    """Tabs of this browser that hold a connection for the others."""
    held: int = tab.evaluate("navigator.locks.query().then(({ held }) => held.length)")
    return held


def both_press_suggest(mara: Manager, jonas: Manager) -> None:
    """Mara by its key and a moment before Jonas, who follows her run."""
    with mara.page.expect_response("**/runs/"):
        mara.page.keyboard.press("s")
    jonas.presses_suggest()
    jonas.is_told("already under way")


def mara_approves_and_jonas_sees_it_as_soon(mara: Manager, jonas: Manager) -> tuple[str, str]:
    """Number and crew, approved from the review; he sees it a second after Mara at the latest."""
    number = mara.number_to_approve()
    mara.opens(number)
    jonas.page.evaluate(WATCH, number)
    pressed = time.time()
    crew = mara.approves_the_best_crew()
    expect(mara.page.get_by_text(f"{number} is approved for {crew}.")).to_be_visible()
    told = time.time()
    jonas.sees_on_the_row(number, "by Mara Lindqvist")
    # A machine that is busy makes both of them wait, and the frame in which the look falls.
    expect(jonas.page.locator("body")).to_have_attribute("data-seen-at", re.compile(r"\d"))
    seen = float(str(jonas.page.locator("body").get_attribute("data-seen-at")))
    assert seen < told + max(1, told - pressed)
    return number, crew


def jonas_sees_it_taken(jonas: Manager, number: str, stage: Stage) -> None:
    """All three systems take the booking; his row says so by itself, and each system holds it once."""
    jonas.sees_written_back(number, *SYSTEMS)
    jonas.sees_on_the_row(number, "Confirmed")
    assert jonas.has_not_reloaded()
    for system in ("work", "workforce", "permits"):
        assert len(stage.bookings(system)) == 1


def test_without_the_permits_system_the_run_says_what_is_old(stage, manager):
    stage.kill("permits")
    mara = manager(stage, "mara")
    mara.opens_the_board_of_tomorrow()

    mara.presses_suggest()

    # The system that is down is named, and the others are used.
    expect(mara.source("Permits and outages")).to_contain_text("Down")
    expect(mara.source("Work management")).to_contain_text("Done")
    expect(mara.run).to_contain_text("Partial: Permits and outages")
    mara.is_told("with older data")

    # Suggestions are there all the same, and one can be approved.
    number = mara.number_to_approve()
    mara.opens(number)
    crew = mara.approves_the_best_crew()
    expect(mara.page.get_by_text(f"{number} is approved for {crew}.")).to_be_visible()

    # Two systems take it, the third is tried again until it is back.
    mara.opens_the_board_of_tomorrow()
    mara.sees_written_back(number, "Work management", "Workforce roster")
    mara.sees_on_the_row(number, re.compile("Permits and outages failed, will retry"))
    stage.start_system("permits")
    mara.sees_written_back(number, "Permits and outages")
    assert len(stage.bookings("permits")) == 1


@pytest.mark.faults
def test_a_worker_killed_in_the_middle_of_a_run_is_replaced_and_nothing_is_doubled(stage, manager):
    # The run waits for what the systems bring.
    stage.set_latency(8)
    mara = manager(stage, "mara")
    mara.opens_the_board_of_tomorrow()
    mara.presses_suggest()
    expect(mara.run).to_contain_text("Go on without")

    # The power goes for the worker; another starts at once, but the run is its own only when the lease has ended.
    stage.kill("worker")
    killed_at = time.monotonic()
    stage.set_latency(0)
    stage.start_worker()

    # Mara's screen goes on by itself and ends with the suggestions.
    expect(mara.run).to_contain_text("Ready", timeout=3 * SOON)
    assert time.monotonic() - killed_at > 20
    expect(mara.rows_to_approve.first).to_be_visible()
    assert mara.has_not_reloaded()
    assert stage.rows("SELECT COUNT(*), MAX(status) FROM assignments_suggestionrun") == [(1, "READY")]
    doubled = "SELECT order_id, shift_id FROM assignments_suggestion GROUP BY order_id, shift_id HAVING COUNT(*) > 1"
    assert stage.rows(doubled) == []
    assert stage.rows("SELECT COUNT(*) FROM assignments_auditentry WHERE verb = 'run.finished'") == [(1,)]
