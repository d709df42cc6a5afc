"""Word from systems reaches open boards, and a board says by itself when a system is not heard any more."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.doings import BEGIN
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.serial, pytest.mark.timeout(600)]

PATIENCE = 60_000
"""Milliseconds."""
EVERY_SECOND = """
models.DownstreamSystem.objects.update(read_every_seconds=1)
models.FollowedSource.objects.update(due_at=None)
"""
A_TOKEN_OF_WORK = """
from assignments.models import ApiToken
other = models.District.objects.get(pk=district.pk)
other.pk, other.code, other.name = None, "EASTFIELD", "Eastfield"
other.save()
for one in models.District.objects.all():
    models.Membership.objects.get_or_create(user=mara, district=one, defaults={"role": "MANAGER"})
work = models.DownstreamSystem.objects.get(code="work")
ApiToken.objects.create(
    name="Work", user=mara, scopes=["push"], system=work, digest=ApiToken.digest_of("lineup_of-work"))
"""


def test_a_system_that_is_away_is_named_until_it_is_read_again(planned: Stage, manager: Any) -> None:
    planned.does(BEGIN + EVERY_SECOND)
    mara = manager(planned, "mara")
    mara.opens_the_board_of_tomorrow()
    pill = mara.page.locator("[data-connection-pill]")
    expect(pill).to_have_text("Live", timeout=PATIENCE)

    planned.kill("permits")

    expect(pill).to_contain_text("Permits and outages as of", timeout=PATIENCE)
    assert pill.get_attribute("data-state") == "late"

    planned.start_system("permits")

    expect(pill).to_have_text("Live", timeout=PATIENCE)
    assert mara.has_not_reloaded()
    assert mara.complaints == []


def test_an_order_that_moves_to_another_district_leaves_the_open_board(planned: Stage, manager: Any) -> None:
    planned.does(BEGIN + A_TOKEN_OF_WORK)
    mara = manager(planned, "mara")
    mara.opens_the_board_of_tomorrow()
    number = mara.number_to_approve()

    pushed = push(planned, number, district="EASTFIELD")

    assert (pushed.status_code, pushed.json()["outcome"]) == (200, "stored")
    expect(mara.row(number)).to_have_count(0)
    assert mara.has_not_reloaded()
    assert mara.complaints == []


def push(stage: Stage, number: str, *, district: str) -> httpx.Response:
    """Work management's own word that the order is the other district's."""
    [(reference, version, kind, title, latitude, longitude, minutes)] = stage.rows(
        "SELECT source_reference, source_version, kind, title, latitude, longitude, duration_minutes "
        f"FROM assignments_workorder WHERE number = '{number}'"
    )
    record = {
        "number": number, "district": district, "kind": kind, "priority": "NORMAL", "title": title,
        "latitude": latitude, "longitude": longitude, "duration_minutes": minutes,
    }  # fmt: skip
    return httpx.put(
        f"{stage.address}/api/v1/inbound/work/orders/{reference}/", json=record, timeout=30,
        headers={"Authorization": "Bearer lineup_of-work", "If-Match": f'"{version}"'},
    )  # fmt: skip
