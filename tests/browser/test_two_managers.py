"""Mara and Jonas assign tomorrow's crews of the same district, each at a screen of their own."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.people import AT_ONCE, SOON, Manager

SYSTEMS = ("Work management", "Workforce roster", "Permits and outages")

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(120)]


def test_mara_lets_lineup_suggest_and_approves_while_jonas_watches(stage, manager):
    stage.start()
    mara, jonas = manager("mara"), manager("jonas")
    mara.opens_the_board_of_tomorrow()
    jonas.opens_the_board_of_tomorrow()
    expect(mara.rows_to_approve).to_have_count(0)

    suggestions_come_in(mara, jonas)

    # Mara opens an order, looks at its crews and approves the best.
    number = mara.number_to_approve()
    mara.opens(number)
    crew = mara.approves_the_best_crew()
    expect(mara.page.get_by_text(f"{number} is approved for {crew}.")).to_be_visible(timeout=SOON)

    # Jonas sees it within a second, and who it was.
    jonas.sees_on_the_row(number, "by Mara Lindqvist", within=AT_ONCE)
    jonas.sees_on_the_row(number, crew, within=AT_ONCE)
    expect(jonas.toasts.filter(has_text=f"Mara Lindqvist assigned {crew} to {number}")).to_be_visible(timeout=SOON)
    expect(jonas.unread).to_have_text("1", timeout=SOON)
    expect(jonas.page).to_have_title(re.compile(r"^\(1\) "))

    # All three systems take the booking; Jonas's row says so by itself, and each system holds it once.
    jonas.sees_written_back(number, *SYSTEMS)
    jonas.sees_on_the_row(number, "Confirmed")
    assert jonas.has_not_reloaded()
    for system in ("work", "workforce", "permits"):
        assert len(stage.bookings(system)) == 1

    # Nothing went wrong on either screen that a manager would not have noticed.
    assert mara.complaints == jonas.complaints == []


def suggestions_come_in(mara: Manager, jonas: Manager) -> None:
    # Mara presses Suggest. Each system's line moves until it is done.
    mara.presses_suggest()
    mara.watches_each_system_being_read(*SYSTEMS)

    # Ranked suggestions come in by themselves, on Jonas's screen too.
    for person in (mara, jonas):
        expect(person.run).to_contain_text("Ready", timeout=SOON)
        expect(person.rows_to_approve.first).to_be_visible(timeout=SOON)
    expect(mara.toasts.filter(has_text="Suggestions are ready for Alder Falls")).to_be_visible()
    assert mara.has_not_reloaded()


def test_two_managers_who_press_suggest_at_once_follow_the_same_run(stage, manager):
    stage.start(latency=0.5)
    mara, jonas = manager("mara"), manager("jonas")
    mara.opens_the_board_of_tomorrow()
    jonas.opens_the_board_of_tomorrow()

    mara.presses_suggest()
    jonas.presses_suggest()

    expect(jonas.toasts.filter(has_text="already under way")).to_be_visible(timeout=SOON)
    for person in (mara, jonas):
        expect(person.run).to_contain_text("Ready", timeout=SOON)
        expect(person.run).to_contain_text("by Mara Lindqvist")
    assert stage.rows("SELECT COUNT(*) FROM assignments_suggestionrun") == [(1,)]


def test_without_the_permits_system_the_run_says_what_is_old(stage, manager):
    stage.start(without="permits")
    mara = manager("mara")
    mara.opens_the_board_of_tomorrow()

    mara.presses_suggest()

    # The system that is down is named, and the others are used.
    expect(mara.source("Permits and outages")).to_contain_text("Down", timeout=SOON)
    expect(mara.source("Work management")).to_contain_text("Done")
    expect(mara.run).to_contain_text("Partial: Permits and outages", timeout=SOON)
    expect(mara.toasts.filter(has_text="with older data")).to_be_visible(timeout=SOON)

    # Suggestions are there all the same, and one can be approved.
    number = mara.number_to_approve()
    mara.opens(number)
    crew = mara.approves_the_best_crew()
    expect(mara.page.get_by_text(f"{number} is approved for {crew}.")).to_be_visible(timeout=SOON)

    # Two systems take it, the third is tried again until it is back.
    mara.opens_the_board_of_tomorrow()
    mara.sees_written_back(number, "Work management", "Workforce roster")
    mara.sees_on_the_row(number, re.compile("Permits and outages failed, will retry"))
    stage.start_system("permits")
    mara.sees_written_back(number, "Permits and outages")
    assert len(stage.bookings("permits")) == 1


@pytest.mark.faults
def test_a_worker_killed_in_the_middle_of_a_run_is_replaced_and_nothing_is_doubled(stage, manager):
    stage.start(latency=1)
    mara = manager("mara")
    mara.opens_the_board_of_tomorrow()
    mara.presses_suggest()
    expect(mara.run).to_contain_text("Gathering", timeout=SOON)

    # The power goes for the worker; another starts at once, but the run is its own only when the lease has ended.
    stage.kill("worker")
    killed_at = time.monotonic()
    stage.set_latency("work", 0)
    stage.set_latency("workforce", 0)
    stage.set_latency("permits", 0)
    stage.start_worker()

    # Mara's screen goes on by itself and ends with the suggestions.
    expect(mara.run).to_contain_text("Ready", timeout=45_000)
    assert 20 < time.monotonic() - killed_at < 40
    expect(mara.rows_to_approve.first).to_be_visible(timeout=SOON)
    assert mara.has_not_reloaded()
    assert stage.rows("SELECT COUNT(*), MAX(status) FROM assignments_suggestionrun") == [(1, "READY")]
    doubled = "SELECT order_id, shift_id FROM assignments_suggestion GROUP BY order_id, shift_id HAVING COUNT(*) > 1"
    assert stage.rows(doubled) == []
    assert stage.rows("SELECT COUNT(*) FROM assignments_auditentry WHERE verb = 'run.finished'") == [(1,)]
