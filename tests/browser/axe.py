"""Complaints of axe about a page."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.people import is_settled

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def complaints_about(page: Page) -> list[str]:
    """Each rule that axe finds broken, with the elements, in light and in dark."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += broken(page, scheme)
    return found


def broken(page: Page, where: str) -> list[str]:
    # While a row is highlighted or replaced axe would find a colour of before on a ground of after.
    is_settled(page)
    found = []
    for rule in Axe().run(page).response["violations"]:
        places = [f"{node['html'][:120]} {node['failureSummary'][-160:]}" for node in rule["nodes"][:3]]
        found.append(f"{where}: {rule['id']}: {rule['help']}: {places}")
    return found
