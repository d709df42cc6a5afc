"""Pages on the days on which the clocks of Europe change: a day of 25 hours in October, one of 23 in March."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from assignments import models
from tests import factories
from tests.project import house
from tests.views.conftest import browser

TODAY, PERMITS = "/districts/NORTH/today/", "/districts/NORTH/permits/"
NIGHT = {
    "October": (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC), "7\xa0h"),
    "March": (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC), "5\xa0h"),
}
"""Midnight to six on the clock of the district, and how long that is."""


@pytest.fixture
def berlin(district: models.District) -> models.District:
    district.time_zone = "Europe/Berlin"
    district.save()
    return district


def page(user: Any, path: str, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    return browser(user).get(path)


@pytest.mark.parametrize("change", NIGHT)
def test_a_shift_is_as_long_as_it_lasts(
    mara: Any, berlin: models.District, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    starts_at, ends_at, length = NIGHT[change]
    factories.ShiftFactory(crew=factories.CrewFactory(district=berlin), starts_at=starts_at, ends_at=ends_at)

    (bar,) = page(mara, TODAY, starts_at, monkeypatch).context["wall"].bars

    assert bar.free == length


@pytest.mark.parametrize(
    ("at", "clock", "zone"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30", "CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30", "CET"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59", "CET"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00", "CEST"),
    ],
)
def test_the_page_names_the_zone_that_holds(
    mara: Any, berlin: models.District, monkeypatch: pytest.MonkeyPatch, at: datetime, clock: str, zone: str
) -> None:
    found = page(mara, TODAY, at, monkeypatch)

    assert found.context["wall"].as_of.text == clock
    assert f"times are {zone}</span>" in found.content.decode()


@pytest.mark.parametrize(
    ("at", "midnight"),
    [
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ],
)
def test_the_day_ends_at_the_districts_midnight(
    mara: Any, berlin: models.District, monkeypatch: pytest.MonkeyPatch, at: datetime, midnight: datetime
) -> None:
    wall = page(mara, TODAY, at, monkeypatch).context["wall"]

    assert datetime.fromisoformat(wall.changes_at) == midnight


def test_the_hour_that_comes_twice_is_told_apart(
    mara: Any, berlin: models.District, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, hour in (("FIRST", 0), ("SECOND", 1)):
        order = factories.OrderFactory(district=berlin, number=number, required_permits=["HOT_WORK"])
        until = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        factories.PermitFactory(order=order, kind="HOT_WORK", valid_from=factories.LONG_AGO, valid_until=until)

    found = page(mara, PERMITS, datetime(2026, 10, 24, 23, 30, tzinfo=UTC), monkeypatch)

    edges = [(row.edge.at.text, row.edge.relative, row.edge.at.full[-4:]) for row in found.context["groups"][0].rows]
    assert edges == [("02:30", "in 1\xa0h", "CEST"), ("02:30", "in 2\xa0h", " CET")]


def test_how_far_away_something_is_stays_true_wherever_it_is_told():
    """Scripts keep the words of `<time data-relative>` true, and of nothing else."""
    sources = [path.read_text() for path in house.files(".html", under=("templates",))]

    tags = [tag for source in sources for tag in re.findall(r"<(\w[^<]*)>\{\{ [\w.|]*\brelative \}\}", source)]

    assert len(tags) == sum(len(re.findall(r"\brelative \}\}", source)) for source in sources) > 0
    assert [tag for tag in tags if not tag.startswith("time ") or "data-relative" not in tag] == []
