"""A worker is killed in the middle of an import; another goes on, and the page that stayed open says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.stage import until

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

STAFF = """
from django.contrib.auth import get_user_model
get_user_model().objects.filter(username="mara").update(is_staff=True, is_superuser=True)
"""
COLUMNS = "number,district,kind,title,latitude,longitude,duration_minutes,earliest_start\r\n"
ROWS = 1500
FAR = "2031-01-01T07:00"
APPLIED = "SELECT applied FROM assignments_fileimport"
WRITTEN = """
    SELECT COUNT(*), COUNT(DISTINCT number),
    (SELECT COUNT(*) FROM assignments_auditentry WHERE verb = 'workorder.added')
    FROM assignments_workorder WHERE number LIKE 'I-%'
"""


def test_a_killed_worker_is_followed_by_another(stage, manager):
    stage.does(STAFF)
    mara = manager(stage, "mara")
    mara.page.goto("/admin/assignments/workorder/import/")
    lines = [f"I-{n},ALD,INSPECTION,Inspect {n},41.5,-88.5,60,{FAR}" for n in range(ROWS)]
    content = (COLUMNS + "\r\n".join(lines)).encode()
    mara.page.set_input_files(
        "[name=import_file]", files=[{"name": "year.csv", "mimeType": "text/csv", "buffer": content}]
    )
    mara.page.get_by_role("button", name="Import").click()

    until(lambda: stage.rows(APPLIED)[0][0] > 0, "rows are in the table", seconds=120)
    stage.kill("worker")
    [(applied,)] = stage.rows(APPLIED)
    assert 0 < applied < ROWS, "killed too late"
    assert stage.rows(WRITTEN) == [(applied, applied, applied)]
    stage.start_worker()

    expect(mara.page.get_by_role("heading", name="1,500 rows imported")).to_be_visible(timeout=240_000)
    assert stage.rows(WRITTEN) == [(ROWS, ROWS, ROWS)]
    assert mara.complaints == []
