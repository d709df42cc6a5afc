"""The API's page: operations, fields and examples of the schema, in both themes, and nothing decided from it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]


def test_a_viewer_finds_an_operation_and_tries_it(pages: Any, known: Any, manager: Any) -> None:
    pages.begin(known.seeded)
    vic = manager(pages, "vic")
    vic.page.goto("/")
    vic.page.get_by_text("More", exact=True).click()
    vic.page.get_by_role("link", name="API", exact=True).click()
    operations = vic.page.locator("[data-api-reference]")

    districts = operations.locator(".opblock").filter(has_text="/api/v1/districts/").first
    districts.click()
    districts.get_by_role("button", name="Try it out").click()
    districts.get_by_role("button", name="Execute").click()
    expect(districts.locator(".live-responses-table")).to_contain_text("Alder")

    approve = operations.locator(".opblock").filter(has_text="/suggestions/{suggestion_id}/approve/").first
    approve.click()
    expect(approve).to_contain_text("Idempotency-Key")
    expect(approve.get_by_role("button", name="Try it out")).to_have_count(0)
    # Errors of our Content-Security-Policy would be among them.
    assert vic.complaints == []


def test_it_follows_the_theme(pages: Any, known: Any, manager: Any) -> None:
    pages.begin(known.seeded)
    vic = manager(pages, "vic")
    vic.page.goto("/api-reference/")
    root = vic.page.locator("html")
    expect(root).not_to_have_class("dark-mode")

    vic.page.get_by_role("button", name="Switch between light and dark").click()

    expect(root).to_have_class("dark-mode")
