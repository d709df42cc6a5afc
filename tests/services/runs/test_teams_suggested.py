"""A run suggests whole teams for work that needs several crews at once."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.engine import planning
from assignments.services.decisions import approving
from assignments.services.runs import suggesting
from assignments.services.snapshots import snapshotting
from tests import factories, teams
from tests.services.decisions.test_teams import crews_of

pytestmark = pytest.mark.django_db


class TestSuggesting:
    @pytest.fixture
    def run(self, district, now) -> models.SuggestionRun:
        return factories.SuggestionRunFactory(
            district=district, status="SCORING", lease_owner="worker", lease_until=now
        )

    def store(self, run: models.SuggestionRun, now: Any) -> list[models.Suggestion]:
        snapshot = snapshotting.problem_for(
            district=run.district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
        )
        for batch in planning.plan(snapshot.problem):
            suggesting.store_batch(run=run, owner="worker", jobs=batch.jobs, ranked=1, snapshot=snapshot, now=now)
        return list(models.Suggestion.objects.proposed().with_teams().order_by("rank"))

    def test_one_row_is_the_whole_team(self, district, line, traffic, run, now):
        teams.team_order(district, "WO-1")

        [stored] = self.store(run, now)

        assert stored.crew_names == "Line 1 + Traffic 1"
        assert (stored.in_plan, stored.shift_ids) == (True, [line.pk, traffic.pk])
        assert [one.part for one in stored.further_crews.all()] == [1]
        assert stored.further_crews.get().departs_at <= stored.starts_at
        verdict = models.Verdict.objects.get()
        assert verdict.text == "Crews that may do it: 1 for the lead crew, 1 for the traffic crew."

    def test_what_it_stored_can_be_approved(self, district, line, traffic, run, mara, now):
        order = teams.team_order(district, "WO-1")

        [stored] = self.store(run, now)
        approving.approve(suggestion=stored, by=mara, now=now)

        assert crews_of(order) == [("Line 1", "APPROVED"), ("Traffic 1", "APPROVED")]

    def test_teams_with_the_same_lead_crew_are_two(self, district, line, traffic, run, now):
        factories.ShiftFactory(crew=teams.traffic_crew(district, "Traffic 2"))
        teams.team_order(district, "WO-1")

        stored = self.store(run, now)

        assert {one.crew_names for one in stored} == {"Line 1 + Traffic 1", "Line 1 + Traffic 2"}

    def test_a_need_of_a_part_that_nobody_described_takes_a_crew_too(self, district, line, traffic, run, now):
        order = factories.OrderFactory(district=district)
        factories.OrderNeedFactory(order=order, part=1, qualification=factories.QualificationFactory(code="TRAFFIC"))

        [stored] = self.store(run, now)

        assert stored.crew_names == "Line 1 + Traffic 1"

    def test_without_a_traffic_crew_it_says_so(self, district, line, run, now):
        teams.team_order(district, "WO-1")

        assert self.store(run, now) == []
        said = "As traffic crew: No crew may do it: 1 without a qualification."
        assert models.Verdict.objects.get().text == said
