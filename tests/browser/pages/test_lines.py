"""Words that stand beside each other stand on one line."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

# Pixels between the line of a state's words and that of the sentence beside it: an empty box stands on its line.
APART = """mark => {
  const line = (place) => {
    const box = Object.assign(document.createElement("span"), { style: "display: inline-block" });
    place(box);
    const at = box.getBoundingClientRect().bottom;
    box.remove();
    return at;
  };
  const inner = document.createElement("span");
  inner.append(...[...mark.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE));
  mark.append(inner);
  return Math.abs(line((box) => inner.append(box)) - line((box) => mark.after(box)));
}"""


def test_a_rule_and_what_it_says_share_their_line(pages, manager):
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    [(number,)] = pages.rows("SELECT number FROM assignments_workorder WHERE status = 'READY' ORDER BY number LIMIT 1")
    mara.page.goto(f"/orders/{number}/why-not/?day={pages.day}")
    marks = mara.page.locator(".why-not td li > .mark")
    expect(marks.first).to_be_visible()

    assert marks.first.evaluate(APART) < 0.5

    shift = mara.page.locator(".why-not [name=compare]").first.get_attribute("value")
    mara.page.goto(f"/orders/{number}/override/{shift}/")
    marks = mara.page.locator(".broken .mark")
    expect(marks.first).to_be_visible()

    assert marks.first.evaluate(APART) < 0.5
    assert mara.complaints == []
