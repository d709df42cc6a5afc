"""A page that stayed open must show what a fresh page shows."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.people import SOON, is_settled

# Left out is what differs between any two loads: the token of the forms, words of relative times that go on by
# themselves, what scripts lend to rows (see swapping.js), which details the person has opened, and that they review.
_SHOWN = """(selector) => [...document.querySelectorAll(selector)].map((element) => {
    const copy = element.cloneNode(true);
    for (const one of copy.querySelectorAll("[data-reviewing] > [hidden]")) one.remove();
    const all = [copy, ...copy.querySelectorAll("*")];
    for (const one of all) {
        if (one.matches("time[data-relative]")) one.textContent = "";
        if (one.matches("input[name=csrfmiddlewaretoken]")) one.removeAttribute("value");
        if (one.matches("details")) one.open = false;
        one.classList.remove("is-fresh", "is-current", "is-waiting", "is-busy");
        if (!one.className) one.removeAttribute("class");
    }
    return copy.outerHTML.replaceAll(/>\\s*</g, ">\\n<").split("\\n").map((line) => line.trim());
}).flat()"""


def is_what_a_fresh_load_shows(page: Page, selector: str, *, shown_by: str = _SHOWN) -> None:
    """Expect `selector` to find on the page the same as after loading the address anew.

    `shown_by` is the script that tells it as lines, where that is not the markup.
    The page itself is left as it is; call this when the last change that must be on it was made.
    """
    fresh = page.context.new_page()
    deadline = time.monotonic() + SOON / 1_000
    while True:
        fresh.goto(page.url)
        # What scripts do to a page as they come counts as loaded.
        is_settled(fresh)
        shown, expected = compared(page, fresh, lambda one: one.evaluate(shown_by, selector))
        if shown == expected or time.monotonic() > deadline:
            break
    fresh.close()
    assert expected, f"{selector} finds nothing"
    assert shown == expected, "\n".join(difflib.unified_diff(expected, shown, "fresh", "live", lineterm="", n=2))


def compared(page: Page, fresh: Page, look: Callable[[Page], list[str]]) -> tuple[list[str], list[str]]:
    """Content of both once it is the same, or after some seconds, when the fresh page may have become old."""
    until = time.monotonic() + 4
    while (pair := (look(page), look(fresh)))[0] != pair[1] and time.monotonic() < until:
        page.wait_for_timeout(100)
    return pair
