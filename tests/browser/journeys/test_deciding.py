"""Mara decides by keyboard alone, in bulk and one by one; Jonas comes second."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Manager
from tests.browser.stage import Stage

MANY = 20

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def in_plan(stage: Stage) -> list[str]:
    """Numbers of the orders in the plan, what starts first first: approved in this sequence none displaces another."""
    found = stage.rows(
        "SELECT o.number FROM assignments_suggestion s JOIN assignments_workorder o ON o.id = s.order_id "
        "WHERE s.in_plan AND s.status = 'PROPOSED' ORDER BY s.starts_at"
    )
    return [number for (number,) in found]


def current(page: Page) -> str:
    """The number of the row that the keyboard is in; nowhere else may the focus be."""
    number = page.evaluate("document.activeElement.closest('tr.is-current')?.dataset.number ?? ''")
    assert number, "the focus is lost"
    return str(number)


def goes_to(person: Manager, number: str) -> None:
    page = person.page
    sequence = page.locator("tr[data-number]").evaluate_all("rows => rows.map(row => row.dataset.number)")
    here = page.evaluate("document.querySelector('tr.is-current')?.dataset.number ?? ''")
    steps = sequence.index(number) - (sequence.index(here) if here else -1)
    for _ in range(abs(steps)):
        page.keyboard.press("j" if steps > 0 else "k")
    assert current(page) == number


def approves_by_key(manager: Manager, number: str) -> None:
    """By the first press where nothing speaks against it, else by the second, once the warnings were shown."""
    speaks_against = manager.row(number).locator("details[data-warned]:not([open])").count()
    for _ in range(1 + bool(speaks_against)):
        manager.page.keyboard.press("a")


def comes_second(jonas: Manager, number: str) -> None:
    """He is told who was first, and goes where the message leads."""
    goes_to(jonas, number)
    approves_by_key(jonas, number)
    refused = jonas.toasts.filter(has_text=f"to {number}")
    expect(refused).to_contain_text("Mara Lindqvist assigned")
    jonas.page.keyboard.press("m")
    jonas.page.keyboard.press("Enter")
    expect(jonas.page).to_have_url(re.compile(f"/orders/{number}/"))

    jonas.page.wait_for_load_state()
    jonas.page.unroute_all(behavior="wait")


def takes_it_back_and_gives_it_again(jonas: Manager, number: str) -> None:
    """On the review, by its keys."""
    jonas.page.keyboard.press("u")
    expect(jonas.page.get_by_text(f"{number} by")).to_be_visible()
    jonas.page.wait_for_load_state()
    jonas.page.keyboard.press("?")
    expect(jonas.page.get_by_role("dialog", name="Keys")).to_contain_text("Approve the best crew")
    jonas.page.keyboard.press("Escape")
    approves_by_key(jonas, number)


def test_twenty_approvals_by_keyboard_one_undone_and_a_colleague_who_comes_second(planned, manager):
    mara, jonas = manager(planned, "mara"), manager(planned, "jonas")
    mara.opens_the_board_of_tomorrow()
    numbers = in_plan(planned)[:MANY]
    assert len(numbers) == MANY
    # Jonas's page hears nothing: he will press Approve on what he still sees.
    jonas.page.route("**/events/**", lambda route: route.abort())
    jonas.page.goto(mara.page.url)

    for number in numbers:
        goes_to(mara, number)
        approves_by_key(mara, number)
        mara.sees_on_the_row(number, "by Mara Lindqvist")
        assert current(mara.page) == number
    expect(mara.page.locator("[data-said]")).to_contain_text("changed")

    mara.page.keyboard.press("u")
    expect(mara.row(numbers[-1]).get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    assert current(mara.page) == numbers[-1]
    live = "SELECT COUNT(*) FROM assignments_assignment WHERE lead_id IS NULL AND status != 'REVOKED'"
    assert planned.rows(live) == [(MANY - 1,)]

    comes_second(jonas, numbers[0])
    takes_it_back_and_gives_it_again(jonas, numbers[0])
    mara.sees_on_the_row(numbers[0], "by Jonas Okafor")
    assert mara.complaints == []


def test_a_batch_is_approved_and_taken_back_by_keyboard(planned, manager):
    mara = manager(planned, "mara")
    mara.opens_the_board_of_tomorrow()
    page = mara.page

    expect(page.get_by_role("link", name="Approve all in plan")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="What stays open, and why")).to_be_visible()
    page.get_by_role("button", name="Approve the ticked").press("Enter")
    undo = page.get_by_role("button", name=re.compile(r"^Undo all \d+"))
    expect(undo).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("approved")

    mara.opens_the_board_of_tomorrow()
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Your recent approvals")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Undo all")).press("Enter")
    expect(page.get_by_text("Taken back by Mara Lindqvist")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^\d+ approvals taken back"))
    assert mara.complaints == []
