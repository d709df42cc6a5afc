from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from assignments import models
from assignments.presenters.board import changes, runs
from assignments.queries import run_lines
from tests import factories


@pytest.mark.parametrize(("age", "is_said"), [(None, False), (-1, False), (0, False), (1, True)])
def test_a_source_shows_the_age_of_data_that_is_older_than_the_run(
    district: models.District, now: datetime, age: int | None, is_said: bool
):
    run = factories.SuggestionRunFactory(district=district, requested_at=now)
    read_at = None if age is None else now - timedelta(seconds=age)
    run.sources.create(system=factories.DownstreamSystemFactory(), status="DONE", data_as_of=read_at)

    (line,) = runs.panel(run, zone=district.zone, now=now).sources

    assert (line.as_of is not None) == is_said


class TestWhatMoved:
    @pytest.fixture
    def run(self, district: models.District) -> models.SuggestionRun:
        figures = {"shown": 632, "orders": 1, "planned": 2, "travel_hours": -0.4, "customer_minutes": -1200}
        return factories.SuggestionRunFactory(district=district, status="READY", figures={"moved": figures})

    def of(self, run: models.SuggestionRun, now: datetime):
        [run] = run_lines.with_lines(models.SuggestionRun.objects.filter(pk=run.pk))
        return runs.panel(run, zone=run.district.zone, now=now).moved

    def test_says_how_much_moved_and_what_that_gained(self, run: models.SuggestionRun, now: datetime):
        said = "2 more planned, customers 1,200 minutes less without power in all, 0.4 h less travel"

        assert self.of(run, now).sentence.replace("\N{NO-BREAK SPACE}", " ") == f"1 of 632 orders moved: {said}"

    def test_lists_crews_and_hours_before_and_now(self, run: models.SuggestionRun, now: datetime):
        for number, crews, starts_at in (("WO-1", "Line 2", factories.at("09:30")), ("WO-2", "", None)):
            run.moved.create(
                order=factories.OrderFactory(district=run.district, number=number),
                shown_crews="Line 1", shown_starts_at=factories.at("08:00"), crews=crews, starts_at=starts_at,
                why="Line 1 does WO-3 then.",
            )  # fmt: skip

        first, second = self.of(run, now).lines

        assert (first.number, first.shown, first.shown_at.text) == ("WO-1", "Line 1", "08:00")
        assert (first.crews, first.at.text, first.why) == ("Line 2", "09:30", "Line 1 does WO-3 then.")
        assert (second.crews, second.at) == ("", None)

    def test_says_so_when_nothing_did(self, run: models.SuggestionRun, now: datetime):
        run.figures["moved"] = {"shown": 56, "orders": 0, "planned": 0, "travel_hours": 0.0, "customer_minutes": 0}
        run.save()

        assert self.of(run, now).sentence == "Nothing moved of the 56 orders shown before"

    @pytest.mark.parametrize(("status", "figures"), [("SCORING", {"moved": {}}), ("READY", {}), ("READY", None)])
    def test_is_silent_before_the_end_and_without_a_plan_before(self, run, now, status, figures):
        models.SuggestionRun.objects.filter(pk=run.pk).update(status=status, figures=figures or {})

        assert self.of(run, now) is None

    def test_lists_the_first_forty_and_counts_the_others(self, run: models.SuggestionRun, now: datetime):
        for order in factories.OrderFactory.create_batch(changes.MOST + 2, district=run.district):
            run.moved.create(order=order, shown_crews="Line 1", shown_starts_at=factories.at("08:00"), why="It is so.")

        found = self.of(run, now)

        assert (len(found.lines), found.more) == (changes.MOST, 2)
