"""Rejecting, taking that back, and when a rejection lapses by itself."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, rejecting
from assignments.services.inputs import consequences
from assignments.services.records import auditing, events, refusals
from tests import factories
from tests.racing import at_once
from tests.services.rejections import best_of, offered, reject_best

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1")


class TestRejecting:
    def test_keeps_who_when_and_why(self, plan, lines, order, mara, now, events_of):
        run = plan()
        rejection = reject_best(run, mara, now, code="CUSTOMER", reason="Asked by telephone")

        assert (rejection.rejected_by, rejection.rejected_at, rejection.code) == (mara, now, "CUSTOMER")
        assert rejection.reason == "The customer wants another crew: Asked by telephone"
        entry = models.AuditEntry.objects.get(verb="suggestion.rejected")
        assert (entry.reason, entry.after["code"]) == (rejection.reason, "CUSTOMER")
        assert events_of(order)[-1] == "suggestion.rejected"
        assert run.suggestions.get(crew=lines[0]).reject_reason == rejection.reason

    def test_needs_no_words_where_the_code_says_enough(self, plan, lines, order, mara, now):
        assert reject_best(plan(), mara, now, code="CREW_DECLINED", reason="").reason == "The crew declined"

    @pytest.mark.parametrize("said", [{"code": "OTHER", "reason": " "}, {"code": "NONSENSE", "reason": "Why"}])
    def test_needs_a_reason(self, plan, lines, order, mara, now, said):
        with pytest.raises(refusals.ReasonMissing):
            reject_best(plan(), mara, now, **said)
        assert not models.Rejection.objects.exists()

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_for_managers_of_the_district(self, plan, lines, order, now, who, request):
        with pytest.raises(refusals.NotAManager):
            reject_best(plan(), request.getfixturevalue(who), now)

    def test_is_all_or_nothing(self, plan, lines, order, mara, now, monkeypatch):
        run = plan()

        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(auditing, "record", fail)
        with pytest.raises(RuntimeError):
            reject_best(run, mara, now)

        assert not models.Rejection.objects.exists()
        assert offered(run)[0] == "Line 1"

    @pytest.mark.django_db(transaction=True)
    def test_once_is_enough(self, plan, lines, order, mara, jonas, now):
        run = plan()
        best = best_of(run)

        outcomes = at_once(
            *(lambda by=by: rejecting.reject(suggestion=best, reason="No", by=by, now=now) for by in (mara, jonas))
        )

        assert sum(isinstance(outcome, approving.SuggestionGone) for outcome in outcomes) == 1, outcomes
        assert models.Rejection.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_meets_an_approval(self, plan, lines, order, mara, jonas, now):
        run = plan()
        best = best_of(run)

        outcomes = at_once(
            lambda: rejecting.reject(suggestion=best, reason="No", by=mara, now=now),
            lambda: approving.approve(suggestion=best, by=jonas, now=now),
        )

        assert sum(isinstance(outcome, approving.SuggestionGone) for outcome in outcomes) == 1, outcomes
        assert models.Rejection.objects.exists() != models.Assignment.objects.exists()


class TestTakingBack:
    def test_offers_the_crew_again_at_once(self, plan, lines, order, mara, jonas, now, events_of):
        run = plan()
        before = offered(run)
        rejection = reject_best(run, mara, now)

        rejecting.take_back(rejection=rejection, by=jonas, now=now)

        assert offered(run) == before
        rejection.refresh_from_db()
        assert (rejection.taken_back_by, rejection.is_held) == (jonas, False)
        assert models.AuditEntry.objects.get(verb="rejection.taken-back").actor == jonas
        assert events_of(order)[-1] == "rejection.taken-back"

    def test_offers_nothing_that_is_taken_by_now(self, plan, lines, order, mara, now, district):
        run = plan()
        rejection = reject_best(run, mara, now)
        factories.AssignmentFactory(
            shift=lines[0].shifts.get(), order=factories.OrderFactory(district=district, status="SCHEDULED"),
            departs_at=factories.at("06:00"), starts_at=factories.at("06:10"), ends_at=factories.at("15:00"),
        )  # fmt: skip

        rejecting.take_back(rejection=rejection, by=mara, now=now)

        row = run.suggestions.get(crew=lines[0])
        assert (row.status, row.stale_cause[:15]) == ("STALE", "Line 1 is taken")

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_for_managers_of_the_district(self, plan, lines, order, mara, now, who, request):
        rejection = reject_best(plan(), mara, now)

        with pytest.raises(refusals.NotAManager):
            rejecting.take_back(rejection=rejection, by=request.getfixturevalue(who), now=now)
        assert models.Rejection.objects.held().exists()

    @pytest.mark.django_db(transaction=True)
    def test_is_done_once(self, plan, lines, order, mara, jonas, now):
        reject_best(plan(), mara, now)

        outcomes = at_once(
            *(
                lambda by=by: rejecting.take_back(
                    rejection=models.Rejection.objects.select_related("order__district").get(), by=by, now=now
                )
                for by in (mara, jonas)
            )
        )

        [refusal] = [one for one in outcomes if isinstance(one, rejecting.RejectionOver)]
        assert "took back the rejection of Line 1" in refusal.sentence
        assert models.AuditEntry.objects.filter(verb="rejection.taken-back").count() == 1

    def test_is_all_or_nothing(self, plan, lines, order, mara, now, monkeypatch):
        rejection = reject_best(plan(), mara, now)

        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(events, "order_changed", fail)
        with pytest.raises(RuntimeError):
            rejecting.take_back(rejection=rejection, by=mara, now=now)

        assert models.Rejection.objects.held().exists()


class TestLapsing:
    def test_comes_with_a_change_of_the_facts(self, plan, lines, order, mara, now):
        run = plan()
        rejection = reject_best(run, mara, now)
        models.WorkOrder.objects.filter(pk=order.pk).update(duration_minutes=90)

        told = consequences.follow(order_ids=[order.pk], crew_ids=[], now=now)

        rejection.refresh_from_db()
        row = run.suggestions.get(crew=lines[0])
        assert (rejection.lapsed_at, row.status, told) == (now, "STALE", {order.pk})
        assert models.AuditEntry.objects.get(verb="rejection.lapsed").order == order
        with pytest.raises(rejecting.RejectionOver, match="has changed"):
            rejecting.take_back(rejection=rejection, by=mara, now=now)

    def test_comes_with_a_change_of_the_crew(self, plan, lines, order, mara, now):
        rejection = reject_best(plan(), mara, now)
        factories.AbsenceFactory(employee=lines[0].foreman)

        consequences.follow(order_ids=[], crew_ids=[lines[0].pk], now=now)

        rejection.refresh_from_db()
        assert rejection.lapsed_at == now

    def test_does_not_come_when_nothing_has_changed(self, plan, lines, order, mara, now):
        rejection = reject_best(plan(), mara, now)

        consequences.follow(order_ids=[order.pk], crew_ids=[crew.pk for crew in lines], now=now)

        rejection.refresh_from_db()
        assert rejection.is_held
