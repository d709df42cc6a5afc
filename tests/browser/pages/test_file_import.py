"""A file as a spreadsheet of Europe writes it, sent by an administrator in a browser while a worker waits for it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

STAFF = """
from django.contrib.auth import get_user_model
get_user_model().objects.filter(username="mara").update(is_staff=True, is_superuser=True)
"""
WORK = """
from assignments.services.files import importing, leasing
file = leasing.claim(owner="beside", now=now)
importing.go_on(held=leasing.HeldImport(file, "beside", lambda: now))
"""
ROWS = "Nummer;district;kind;title;latitude;longitude;duration_minutes;due_at;Bemerkung;\r\n;;;;;;;;;\r\n{}\r\n"
GOOD = "X-1;ALD;TROUBLE;Überspannung;41,5;-88,25;60;31/12/2026 07:00;Eiche;"


def send(page, row):
    page.goto("/admin/assignments/workorder/import/")
    content = ROWS.format(row).encode("cp1252")
    page.set_input_files(
        "[name=import_file]", files=[{"name": "auftraege.csv", "mimeType": "text/csv", "buffer": content}]
    )
    page.get_by_label("day first").check()
    page.get_by_label("Decimal comma").check()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="Reading the file")).to_be_visible()


def test_it_is_read_asked_about_and_imported(pages, manager):
    pages.does(BEGIN + STAFF)
    mara = manager(pages, "mara")
    page = mara.page

    send(page, GOOD)
    pages.does(BEGIN + WORK)
    # By the stream: nobody has pressed anything.
    expect(page.get_by_role("heading", name="Which columns are these?")).to_be_visible()
    expect(page.get_by_label("“Nummer” is")).to_have_value("number")
    page.get_by_label("“Bemerkung” is").select_option("leave it out")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Checking")).to_be_visible()
    pages.does(BEGIN + WORK)
    expect(page.get_by_role("heading", name="1 row imported")).to_be_visible()
    expect(page.get_by_text("Left out: 1 blank row and 1 column without a name.")).to_be_visible()
    stored = pages.rows("SELECT title, latitude, due_at FROM assignments_workorder WHERE number = 'X-1'")
    assert stored == [("Überspannung", 41.5, "2026-12-31 13:00:00")]

    # The columns are remembered; what is wrong is said with row, column and value.
    send(page, GOOD.replace("X-1", "X-2").replace("60", "lang"))
    pages.does(BEGIN + WORK)
    expect(page.get_by_role("heading", name="Nothing was imported")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("duration_minutes"))
    expect(row).to_have_text(re.compile(r"2\s*duration_minutes\s*“lang” is not a whole number\."))
    assert mara.complaints == []


def test_what_was_chosen_stays_although_the_page_was_asked_for_twice(pages, manager):
    """Once because nothing was heard for long, and once because the file had been read."""
    pages.does(BEGIN + STAFF)
    page = manager(pages, "mara").page
    asked = []

    def ask(route):
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route(re.compile(r"part=1"), ask)
    page.clock.install()
    send(page, GOOD.replace("X-1", "X-3"))
    page.clock.fast_forward(13_000)
    while not asked:
        page.wait_for_timeout(50)
    pages.does(BEGIN + WORK)
    asked[0].continue_()
    page.get_by_label("“Bemerkung” is").select_option("leave it out")
    # Time for what must not happen.
    page.wait_for_timeout(2_000)

    expect(page.get_by_label("“Bemerkung” is").locator("option:checked")).to_have_text("leave it out")
    assert len(asked) == 1
