"""A rejection holds: no run offers its crews for the order until their facts change or somebody takes it back."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.engine import planning
from assignments.services.decisions import rejecting
from assignments.services.runs import suggesting
from assignments.services.snapshots import snapshotting
from tests import factories, teams
from tests.services.rejections import offered, reject_best

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


class TestTheNextRun:
    def test_does_not_offer_nor_plan_the_rejected_crew(self, plan, lines, order, mara, now):
        first = plan()
        assert offered(first)[0] == "Line 1"
        reject_best(first, mara, now)

        second = plan()

        assert offered(second) == ["Line 2", "Line 3"]
        assert second.suggestions.get(in_plan=True).crew == lines[1]

    def test_gives_the_rejected_crew_other_work(self, plan, lines, order, mara, now, district):
        reject_best(plan(), mara, now)
        factories.OrderFactory(district=district, number="WO-2", duration_minutes=540)

        run = plan()

        assert {(one.order.number, one.crew.name) for one in run.suggestions.filter(in_plan=True)} == {
            ("WO-1", "Line 2"), ("WO-2", "Line 1"),
        }  # fmt: skip

    def test_says_that_crews_were_rejected_when_no_other_may(self, plan, lines, order, mara, now):
        for _ in lines:
            run = plan()
            reject_best(run, mara, now)

        run = plan()

        verdict = run.verdicts.get(order=order)
        assert (offered(run), verdict.legal) == ([], 0)
        assert verdict.text == "No crew may do it: 3 rejected by a manager."

    def test_ranks_one_deeper(self, plan, lines, order, mara, now, district):
        for n in range(4, 8):
            factories.ShiftFactory(
                crew=factories.CrewFactory(district=district, name=f"Line {n}", latitude=41.95 + n / 20)
            )
        first = plan()
        assert len(offered(first)) == 5
        reject_best(first, mara, now)

        assert offered(plan()) == [f"Line {n}" for n in range(2, 7)]

    @pytest.mark.parametrize(
        ("change", "holds"),
        [
            (lambda order, crew: models.WorkOrder.objects.filter(pk=order.pk).update(duration_minutes=90), False),
            (lambda order, crew: factories.AbsenceFactory(employee=crew.foreman), False),
            (lambda order, crew: models.WorkOrder.objects.filter(pk=order.pk).update(title="Else"), True),
            (lambda order, crew: models.RuleSet.objects.update(min_rest_hours=7), True),
        ],
        ids=["the order's duration", "a person's absence", "a title", "the rules"],
    )  # fmt: skip
    def test_offers_it_again_once_the_facts_have_changed(self, plan, lines, order, mara, now, district, change, holds):
        extra = factories.EmployeeFactory(district=district)
        factories.CrewMembershipFactory(crew=lines[0], employee=extra)
        factories.HeldQualificationFactory(employee=extra, qualification=factories.QualificationFactory())
        reject_best(plan(), mara, now)

        change(order, lines[0])

        assert ("Line 1" not in offered(plan())) is holds

    def test_offers_it_again_once_it_was_taken_back(self, plan, lines, order, mara, now):
        rejection = reject_best(plan(), mara, now)
        rejecting.take_back(rejection=rejection, by=mara, now=now)

        assert offered(plan())[0] == "Line 1"

    def test_offers_it_for_other_orders(self, plan, lines, order, mara, now, district):
        reject_best(plan(), mara, now)
        other = factories.OrderFactory(district=district, number="WO-2")

        assert plan().suggestions.filter(order=other, crew=lines[0]).exists()

    def test_that_was_under_way_offers_it_neither(self, plan, lines, order, mara, now, district):
        first = plan()
        run = factories.SuggestionRunFactory(district=district, status="SCORING", lease_owner="worker", lease_until=now)
        snapshot = snapshotting.problem_for(
            district=district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
        )
        ranked, planned = [batch.jobs for batch in planning.plan(snapshot.problem, seed=1) if batch.jobs]
        suggesting.store_batch(run=run, owner="worker", jobs=ranked, ranked=1, snapshot=snapshot, now=now)

        reject_best(first, mara, now)
        suggesting.store_batch(run=run, owner="worker", jobs=planned, ranked=1, snapshot=snapshot, now=now)

        assert offered(run) == ["Line 2", "Line 3"]

    def test_passes_over_a_team_and_offers_its_crews_in_others(self, plan, lines, order, mara, now, district):
        models.OrderPart.objects.create(order=order, number=1, title="traffic crew", crew_size=2, equipment=[])
        traffic = teams.traffic_crew(district)
        factories.ShiftFactory(crew=traffic)
        first = plan()
        best, *others = offered(first)
        reject_best(first, mara, now)

        second = plan()

        assert best not in offered(second)
        assert set(others) < set(offered(second))
        assert best not in [one.crew_names for one in second.suggestions.filter(in_plan=True).with_teams()]
