"""Every page says as of when each system is shown; managers have all of one read again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from assignments import models
from assignments.services.following import leasing
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BOARD = "/districts/NORTH/board/"
SYSTEM = "/districts/NORTH/systems/permits"


@pytest.fixture
def source(district: models.District) -> models.DownstreamSystem:
    """Read every 30 seconds, ten seconds ago."""
    system = factories.DownstreamSystemFactory(code="permits", name="Permits", kind="PERMITS")
    leasing.ask(now=NOW)
    models.FollowedSource.objects.update(read_at=NOW - timedelta(seconds=10))
    return system


def menu(client: Client, address: str = BOARD) -> str:
    page = " ".join(client.get(address).content.decode().split())
    return page[page.index("data-sources") : page.index("</details>", page.index("data-sources"))]


class TestAsOf:
    @pytest.mark.parametrize(
        "address",
        [
            BOARD,
            "/districts/NORTH/today/",
            "/districts/NORTH/today/?wall=1",
            "/districts/NORTH/map/",
            "/notifications/",
        ],
    )
    def test_is_on_every_page(self, manager: Client, source: models.DownstreamSystem, address: str) -> None:
        shown = menu(manager, address)

        assert 'data-source="permits" data-name="Permits" data-lasts="35"' in shown
        assert 'data-as-of="2026-06-15T05:44:50-05:00"' in shown
        assert "data-late" not in shown

    def test_a_system_that_is_older_than_its_interval_is_marked(
        self, manager: Client, source: models.DownstreamSystem
    ) -> None:
        models.FollowedSource.objects.update(read_at=NOW - timedelta(minutes=9), failed_at=NOW, detail="answered 503")

        shown = menu(manager)

        assert shown.count("data-late") == 2
        assert "answered 503" in shown

    def test_one_that_was_never_read_is_late_as_well(self, manager: Client, district: models.District) -> None:
        factories.DownstreamSystemFactory(code="permits", kind="PERMITS")

        assert "never" in menu(manager)

    def test_nothing_is_said_where_nothing_is_read(self, manager: Client, district: models.District) -> None:
        factories.DownstreamSystemFactory(is_source=False)

        assert "data-sources" not in manager.get(BOARD).content.decode()


class TestReadAgain:
    def test_a_manager_has_everything_read_again(self, manager: Client, source: models.DownstreamSystem) -> None:
        assert "Read everything again" in menu(manager)

        answer = manager.post(f"{SYSTEM}/read-again/")

        assert (answer.status_code, answer.headers["Location"]) == (303, BOARD)
        assert {mark.mark["takes_all"] for mark in models.ReadingMark.objects.all()} == {True}
        assert models.FollowedSource.objects.get().due_at == NOW

    def test_a_system_that_is_no_source_is_refused_in_words(
        self, manager: Client, source: models.DownstreamSystem
    ) -> None:
        models.DownstreamSystem.objects.update(enabled=False)

        answer = manager.post(f"{SYSTEM}/read-again/", headers={"Accept": "application/json"})

        assert (answer.status_code, answer.json()["code"]) == (409, "not-a-source")

    def test_what_is_missing_from_a_list_is_ended_when_a_manager_says_so(
        self, manager: Client, source: models.DownstreamSystem
    ) -> None:
        missing = {"outages:": {"count": 6, "of": 10, "since": NOW.isoformat(), "examples": []}}
        models.FollowedSource.objects.update(missing=missing)
        assert "It no longer lists 6 of 10 outages" in menu(manager)

        answer = manager.post(f"{SYSTEM}/close-missing/")

        assert answer.status_code == 303
        assert models.FollowedSource.objects.get().may_close

    @pytest.mark.parametrize("act", ["read-again", "close-missing"])
    def test_others_may_not(
        self, viewer: Client, stranger: Client, anonymous: Client, source: Any, manager: Client, act: str
    ) -> None:
        assert "Read everything again" not in menu(viewer)
        assert viewer.post(f"{SYSTEM}/{act}/").status_code == 403
        assert stranger.post(f"{SYSTEM}/{act}/").status_code == 404
        assert anonymous.post(f"{SYSTEM}/{act}/").status_code == 302
        assert manager.get(f"{SYSTEM}/{act}/").status_code == 405
        assert not models.ReadingMark.objects.exists()
