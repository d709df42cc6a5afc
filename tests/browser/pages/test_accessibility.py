"""axe finds nothing on any page, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from django.urls import URLPattern, reverse
from playwright.sync_api import Browser

import assignments.urls
import notifications.urls
from tests import clock
from tests.browser.axe import complaints_about
from tests.browser.beginnings import Beginnings
from tests.browser.stage import Stage

STATIC = Path(__file__).resolve().parents[3] / "static"

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

PAGES = {
    *("board", "saved-views", "board-bulk", "today", "recent-approvals", "batch", "permits", "write-backs"),
    *(
        "write-backs-dead",
        "write-backs-dead-all",
        "books",
        "quarantine",
        "write-back",
        "order-split",
        "map",
        "schedule",
        "storm",
        "order-why-not",
        "order-override",
        "order-emergency",
    ),
    *(
        "order-emergency-crew",
        "order-review",
        "run",
        "assignment-revoke",
        "assignment-move",
        "list",
        "preferences",
        "calendars",
    ),
}
"""By the names of their addresses."""
LOOKED_AT_ELSEWHERE = {"setup", "api-reference", "board-selected"}
"""By the administrator, in test_first_use; most of the other is a library's, and looked at in test_api_reference; the
summary of selected orders in test_selection."""
NO_PAGES = {
    *("home", "schedule-crews", "schedule-check", "order-row"),
    *("events", "events-next", "run-events", "file-events", "order-reviewing", "saved-view-save", "saved-view-rename"),
    *("saved-view-default", "saved-view-delete", "batch-start", "batch-go-on", "batch-take-back"),
    *("order-put-together", "order-restoration", "order-restoration-take-back", "write-backs-now"),
    *(
        "write-backs-retry",
        "write-backs-retry-all",
        "write-backs-write-off",
        "book-compare",
        "book-repair",
        "quarantine-again",
        "write-back-retry",
        "storm-declare",
        "storm-end",
        "run-start",
        "run-go-on",
        "source-close-missing",
        "source-read-again",
        "run-keep",
        "run-cancel",
    ),
    *(
        "suggestion-approve",
        "suggestion-reject",
        "rejection-take-back",
        "assignment-undo",
        "assignment-pin",
        "assignment-unpin",
    ),
    *("read", "read-all", "digest-dismiss"),
    *("selected-start", "note-write", "note-take-back"),
    *("board-file", "calendar-make", "calendar-revoke", "calendar-feed"),
}
"""Parts of pages, streams, and what only takes a form."""
OF_ACCOUNTS = ("password", "sessions", "second-step", "second-step/app", "confirm")
"""The pages of *Your account*, of the site and not of an app."""

UNDECIDED = """
    SELECT o.number, s.shift_id FROM assignments_suggestion AS s JOIN assignments_workorder AS o ON o.id = s.order_id
    WHERE s.status = 'PROPOSED' AND s.team = '' AND NOT EXISTS (
        SELECT 1 FROM assignments_assignment AS a WHERE a.order_id = o.id) ORDER BY o.priority = 0, s.id
"""


def addresses(stage: Stage) -> dict[str, str]:
    """A page of each name in PAGES; there is a run, a batch, and an emergency without a crew."""
    undecided = stage.rows(UNDECIDED)
    # Not the row of a team's further crew: no page is about it alone.
    decisions = "assignment WHERE lead_id IS NULL"
    run, batch, assignment = (
        UUID(stage.rows(f"SELECT id FROM assignments_{which} LIMIT 1")[0][0])
        for which in ("suggestionrun", "batch", decisions)
    )
    told = stage.rows("SELECT id FROM assignments_writeback LIMIT 1")[0][0]
    values = {
        "write_back_id": told,
        "code": "ALD",
        "target": "permits",
        "run_id": run,
        "batch_id": batch,
        "assignment_id": assignment,
    }
    found = {}
    for app in (assignments.urls, notifications.urls):
        for pattern in app.urlpatterns:
            if pattern.name in PAGES:
                # The last is an emergency.
                values["number"], values["shift_id"] = undecided[-1 if "emergency" in pattern.name else 0]
                asked = {name: values[name] for name in pattern.pattern.converters}
                found[pattern.name] = f"{reverse(f'{app.app_name}:{pattern.name}', kwargs=asked)}?day={stage.day}"
    return found


def test_every_address_is_a_page_that_axe_sees_or_none() -> None:
    patterns: list[URLPattern] = [*assignments.urls.urlpatterns, *notifications.urls.urlpatterns]

    assert {pattern.name for pattern in patterns} == PAGES | LOOKED_AT_ELSEWHERE | NO_PAGES


def test_the_dark_scheme_differs_by_colours_alone() -> None:
    """So that axe need look in dark only at what depends on colours."""
    styles = "\n".join(path.read_text() for path in sorted((STATIC / "css").glob("*.css")))
    dark = re.findall(
        r"^ *:root(?:\[data-theme=\"dark\"\]|:not\(\[data-theme=\"light\"\]\))[^{]*\{([^}]*)\}", styles, re.MULTILINE
    )

    properties = {line.split(":")[0].strip() for block in dark for line in block.split(";") if line.strip()}

    assert {name for name in properties if not name.startswith("--")} == {"color-scheme", "filter"}
    assert styles.count("prefers-color-scheme: dark") == len(re.findall(r"dark\) \{\s+:root:not\(", styles))


def test_axe_finds_nothing(pages: Stage, known: Beginnings, manager, chromium: Browser) -> None:
    nobody = clock.show(chromium.new_context(base_url=pages.address, reduced_motion="reduce")).new_page()
    nobody.goto("/")
    assert complaints_about(nobody) == []
    nobody.context.close()
    pages.begin(known.seeded)
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    assert complaints_about(mara.page) == [], "before any run"

    pages.begin(known.decided)
    found = []
    others = {"wall": "/districts/ALD/today/?wall=1", "404": "/no-such-page/"}
    account = {name: f"/account/{name}/" for name in OF_ACCOUNTS}
    for name, path in {**addresses(pages), **account, **others}.items():
        answer = mara.page.goto(path)
        assert answer is not None
        assert answer.ok or name == "404", f"{name}: {answer.status} {path}"
        found += [f"{name} in {complaint}" for complaint in complaints_about(mara.page)]
    assert found == []


def test_axe_finds_nothing_in_a_storm(pages: Stage, manager) -> None:
    mara = manager(pages, "mara")
    mara.page.goto("/")
    mara.page.get_by_text("More", exact=True).click()
    mara.page.get_by_role("link", name="Storm rules").click()
    mara.page.get_by_label("Reason").fill("Ice on the lines")
    mara.page.get_by_role("button", name="Declare a storm").click()
    mara.page.get_by_role("link", name="Storm rules of").click()
    mara.page.get_by_text("What differs (").click()
    assert complaints_about(mara.page) == [], "the storm rules and their banner"
