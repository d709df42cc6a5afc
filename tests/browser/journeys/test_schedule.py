"""The schedule: Mara drags work to another crew, learns which rule is broken, and puts it where it may go."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.people import Manager

MIDDAY = 800
"""Pixels from the left, where every crew has its shift."""
pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_mara_drags_a_job_and_the_rules_answer_before_she_lets_go(planned, manager):
    mara, jonas = manager(planned, "mara"), manager(planned, "jonas")
    approves_the_plan(mara)
    opens_the_schedule(mara, planned.day)
    opens_the_schedule(jonas, planned.day)

    # On the way over the other crews the rules name what stands in the way; let go there, nothing happens.
    job = mara.page.locator(".vis-item.is-job.vis-editable").first
    number = job.locator("strong").inner_text()
    before = mara.row(number).get_by_role("cell").first.inner_text()
    picks_up(mara, job)
    carries_to_a_crew_that_may_not(mara)
    _, rule = answer(mara).inner_text().split("not allowed. ")
    mara.page.mouse.up()
    expect(mara.toasts.last).to_contain_text(rule[:12])
    expect(mara.row(number).get_by_role("cell").first).to_have_text(before)

    # Somewhere else the rules say yes; let go there, the job moves, and Jonas sees it without reloading.
    picks_up(mara, job)
    carries_to_a_time_that_is_free(mara, job)
    mara.page.mouse.up()
    expect(mara.toasts.last).to_contain_text(f"{number} is moved to")
    expect(mara.row(number).get_by_role("cell").first).not_to_have_text(before)
    after = mara.row(number).get_by_role("cell").first.inner_text()
    expect(jonas.row(number).get_by_role("cell").first).to_have_text(after)

    # The message takes it back.
    mara.toasts.last.get_by_role("button", name="Undo the move").click()
    expect(jonas.row(number).get_by_role("cell").first).to_have_text(before)
    expect(mara.row(number).get_by_role("cell").first).to_have_text(before)

    # The same by keyboard: pinned, and then there is nothing to move until it is unpinned.
    mara.page.get_by_role("button", name=f"Pin {number}").press("Enter")
    expect(jonas.row(number)).to_contain_text("Pinned")
    mara.page.get_by_role("button", name=f"Unpin {number}").press("Enter")
    mara.page.get_by_role("link", name=f"Move… {number}").press("Enter")
    expect(mara.page.get_by_role("heading", name=f"Move {number}")).to_be_visible()
    assert jonas.has_not_reloaded()
    # The browser says on its console that the refused drop was refused, and nothing else.
    assert [one for one in mara.complaints + jonas.complaints if "409" not in one] == []


def approves_the_plan(mara: Manager) -> None:
    mara.opens_the_board_of_tomorrow()
    mara.page.get_by_role("link", name="Approve all in plan").click()
    mara.page.get_by_role("button", name="Approve the ticked").click()
    expect(mara.page.get_by_text(re.compile(r"orders? approved"))).to_be_visible()


def opens_the_schedule(person: Manager, day: str) -> None:
    person.opens_live(f"/districts/ALD/schedule/?day={day}")
    expect(person.page.locator(".vis-item.is-job").first).to_be_visible()


def answer(mara: Manager) -> Locator:
    return mara.page.locator("[data-drag-answer]")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def picks_up(mara: Manager, job: Locator) -> None:
    job.scroll_into_view_if_needed()
    mara.page.mouse.move(*middle(job))
    mara.page.mouse.down()


def outcome(mara: Manager) -> str:
    """The rules' verdict on the job's present place."""
    expect(answer(mara)).to_have_attribute("data-outcome", re.compile("legal|tentative|broken"))
    return answer(mara).get_attribute("data-outcome") or ""


def carries_to_a_crew_that_may_not(mara: Manager) -> None:
    for crew in mara.page.locator(".vis-labelset .vis-label").all()[::-1]:
        mara.page.mouse.move(MIDDAY, middle(crew)[1], steps=4)
        if outcome(mara) == "broken":
            return
    pytest.fail("every crew may do it")


def carries_to_a_time_that_is_free(mara: Manager, job: Locator) -> None:
    x, y = middle(job)
    for step in range(8, 640, 16):
        mara.page.mouse.move(x + step, y, steps=2)
        if outcome(mara) == "legal":
            return
    pytest.fail("no other time is free")
