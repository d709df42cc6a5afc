"""Complaints of axe about a page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.people import is_settled

# The dark scheme differs by colours alone (test_the_dark_scheme_differs_by_colours_alone).
OPTIONS: dict[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}


def complaints_about(page: Page) -> list[str]:
    """Each rule that axe finds broken, with the elements, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # While a row is highlighted or replaced axe would find a colour of before on a ground of after.
        is_settled(page)
        for rule in Axe().run(page, options=OPTIONS[scheme]).response["violations"]:
            places = [f"{node['html'][:120]} {node['failureSummary'][-160:]}" for node in rule["nodes"][:3]]
            found.append(f"{scheme}: {rule['id']}: {rule['help']}: {places}")
    return found
