"""Open pages say that no worker runs, and that one does again, without a request."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

GOES = """
from assignments.services import beating
models.WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(minutes=10))
beating.look(known=None, now=timezone.now())
"""
COMES = """
from assignments.services import beating
beating.beat(owner="journey", now=timezone.now())
"""


def test_a_worker_goes_and_comes_back(pages: Any, manager: Any) -> None:
    pages.does(BEGIN + COMES)
    mara = manager(pages, "mara")
    mara.opens_the_board_of_tomorrow()
    sent = mara.opens_a_tab("/districts/ALD/write-backs/")
    notices = [page.locator('[data-notice="workers.changed"]') for page in (mara.page, sent)]
    for notice in notices:
        expect(notice).to_be_empty()
    mara.asked.clear()

    pages.does(BEGIN + GOES)
    for notice in notices:
        expect(notice).to_contain_text("No worker has run since")
        expect(notice).to_contain_text("manage.py work")

    pages.does(BEGIN + COMES)
    for notice in notices:
        expect(notice).to_be_empty()
    assert mara.asked == []
