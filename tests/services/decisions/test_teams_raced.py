"""Two managers at once decide on teams that want the same crews: one is first, and nobody waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services.decisions import approving, revoking
from assignments.services.records import refusals
from tests import factories, teams
from tests.factories import at
from tests.racing import at_once


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_teams_of_the_same_crews_in_opposite_order_do_not_wait_in_a_circle(self, district, mara, jonas, now):
        both = ("LINE", "TRAFFIC")
        shifts = [
            factories.ShiftFactory(
                crew=factories.CrewFactory(district=district, name=name, staff__members=2, staff__qualified=both)
            )
            for name in ("First", "Second")
        ]
        run = factories.SuggestionRunFactory(district=district)
        one = teams.suggested_team(
            order=teams.team_order(district, "WO-1"), shift=shifts[0], beside=[shifts[1]], run=run
        )
        other = teams.suggested_team(
            order=teams.team_order(district, "WO-2"), shift=shifts[1], beside=[shifts[0]], run=run,
            starts_at=at("08:30"),
        )  # fmt: skip

        outcomes = at_once(
            lambda: approving.approve(suggestion=one, by=mara, now=now),
            lambda: approving.approve(suggestion=other, by=jonas, now=now),
        )

        assert sum(isinstance(outcome, models.Assignment) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, refusals.Refusal) for outcome in outcomes) == 1
        assert models.Assignment.objects.live().count() == 2

    def test_an_undo_beside_an_approval_of_the_same_crews(self, district, mara, jonas, now):
        suggested = [
            factories.ShiftFactory(
                crew=factories.CrewFactory(district=district, name=name, staff__qualified=("LINE", "TRAFFIC"))
            )
            for name in ("First", "Second")
        ]
        run = factories.SuggestionRunFactory(district=district)
        early = teams.suggested_team(
            order=teams.team_order(district, "WO-1"), shift=suggested[0], beside=[suggested[1]], run=run
        )
        late = teams.suggested_team(
            order=teams.team_order(district, "WO-2"), shift=suggested[1], beside=[suggested[0]], run=run,
            starts_at=at("08:00") + timedelta(hours=4),
        )  # fmt: skip
        first = approving.approve(suggestion=early, by=mara, now=now)

        outcomes = at_once(
            lambda: revoking.revoke(assignment=first, reason="Storm", by=mara, now=now),
            lambda: approving.approve(suggestion=late, by=jonas, now=now),
        )

        assert all(isinstance(outcome, models.Assignment) for outcome in outcomes), outcomes
        assert models.Assignment.objects.live().count() == 2
