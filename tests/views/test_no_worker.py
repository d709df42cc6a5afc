"""A run that nobody takes up, and what the pages of a district say while no worker runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from assignments import models
from assignments.services import beating
from tests import factories
from tests.views.conftest import one_line

PAGES = ("board/", "write-backs/", "today/", "permits/", "map/", "schedule/")


class TestEveryPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_says_since_when_and_what_to_do(self, viewer: Client, district: models.District, page: str) -> None:
        factories.WorkerBeatFactory(seen_at=factories.at("05:40"))

        said = one_line(viewer.get(f"/districts/NORTH/{page}"))

        assert "No worker has run since" in said
        assert "05:40" in said
        assert "manage.py work" in said

    def test_says_that_there_never_was_one(self, viewer: Client, district: models.District) -> None:
        assert "No worker has run yet" in one_line(viewer.get("/districts/NORTH/board/"))

    def test_says_nothing_while_one_runs(self, viewer: Client, district: models.District) -> None:
        beating.beat(owner="one", now=factories.NOW)

        assert "No worker has" not in one_line(viewer.get("/districts/NORTH/board/"))


class TestWaitingRun:
    @pytest.mark.parametrize(("seconds", "hidden"), [(2, True), (10, False)])
    def test_the_panel_says_after_ten_seconds_that_all_are_busy(
        self, manager: Client, district: models.District, seconds: int, hidden: bool
    ) -> None:
        asked = factories.NOW - timedelta(seconds=seconds)
        run = factories.SuggestionRunFactory(district=district, status="QUEUED", requested_at=asked)
        beating.beat(owner="busy", now=factories.NOW)

        page = manager.get(f"/runs/{run.pk}/").content.decode()

        assert "No worker has taken this up: all are busy" in page
        assert f'data-unclaimed-in="{10 - seconds}"{" hidden" if hidden else ""}>' in page

    def test_the_panel_says_at_once_that_none_runs(self, manager: Client, district: models.District) -> None:
        run = factories.SuggestionRunFactory(district=district, status="QUEUED", requested_at=factories.NOW)
        factories.WorkerBeatFactory(seen_at=factories.at("05:40"))

        panel = manager.get(f"/runs/{run.pk}/").content.decode().partition('data-unclaimed-in="0">')[2]

        assert "No worker has run since" in panel.partition("</p>")[0]
        assert "05:40" in panel.partition("</p>")[0]
