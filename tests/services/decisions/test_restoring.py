"""Restoration times that managers set: done, refused, rolled back and raced; and when they lapse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.queries import restoring as estimating
from assignments.services.decisions import restoring
from assignments.services.records import auditing, refusals
from notifications.models import Notification
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def dark(district: models.District) -> models.WorkOrder:
    """An hour of work that 120 customers wait for in the dark."""
    return factories.OrderFactory(district=district, number="WO-1", customers_out=120)


@pytest.fixture
def set_noon(dark: Any, mara: Any, now: Any) -> Any:
    """Mara sets 12:00; any of it may be given otherwise."""

    def call(**fields: Any) -> models.SetRestoration:
        given = {"order": dark, "back_at": at("12:00"), "reason": "Cable fault found", "by": mara, "now": now}
        return restoring.set_time(**given | fields)

    return call


class TestSetting:
    def test_keeps_who_when_and_why(self, line, dark, set_noon, mara, now, events_of):
        word = set_noon()

        assert (word.back_at, word.set_by, word.set_at, word.reason) == (at("12:00"), mara, now, "Cable fault found")
        entry = models.AuditEntry.objects.get(verb="restoration.set")
        assert (entry.order, entry.reason, entry.actor) == (dark, "Cable fault found", mara)
        assert events_of(dark) == ["restoration.set"]

    def test_replaces_what_was_set_before(self, line, dark, set_noon, jonas, now):
        first, second = set_noon(), set_noon(back_at=at("13:00"), by=jonas)

        assert list(models.SetRestoration.objects.held()) == [second]
        first.refresh_from_db()
        assert first.lapsed_at == now

    def test_needs_a_reason(self, line, set_noon):
        with pytest.raises(refusals.ReasonMissing):
            set_noon(reason=" ")

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_for_managers_of_the_district(self, line, set_noon, who, request):
        with pytest.raises(refusals.NotAManager):
            set_noon(by=request.getfixturevalue(who))
        assert not models.SetRestoration.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"customers_out": 0}, "WO-1 has no customers out."), ({"status": "COMPLETED"}, "WO-1 is completed.")],
    )
    def test_is_for_outages(self, line, dark, set_noon, fields, sentence):
        models.WorkOrder.objects.update(**fields)
        with pytest.raises(restoring.NotAnOutage, match=sentence):
            set_noon()

    def test_is_all_or_nothing(self, line, set_noon, monkeypatch):
        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        first = set_noon()
        monkeypatch.setattr(auditing, "record", fail)
        with pytest.raises(RuntimeError):
            set_noon(back_at=at("13:00"))
        assert list(models.SetRestoration.objects.held()) == [first]

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_the_later_holds(self, line, set_noon, mara, jonas):
        outcomes = at_once(
            lambda: set_noon(back_at=at("12:00"), by=mara), lambda: set_noon(back_at=at("13:00"), by=jonas)
        )

        assert all(isinstance(outcome, models.SetRestoration) for outcome in outcomes), outcomes
        assert models.SetRestoration.objects.held().count() == 1
        assert models.AuditEntry.objects.filter(verb="restoration.set").count() == 2


class TestNeverEarlierThanLegal:
    """The shift of Line 1 begins at 06:00; its drive takes about a quarter of an hour, the work an hour."""

    def test_the_earliest_is_named_and_may_be_set(self, line, dark, set_noon, now):
        with pytest.raises(restoring.TooEarly) as refused:
            set_noon(back_at=at("06:30"))

        earliest = refused.value.earliest_at
        assert at("07:00") < earliest < at("07:30")
        local = earliest.astimezone(dark.district.zone)
        assert refused.value.sentence == f"No crew can legally have WO-1 done before {local:%H:%M}."
        assert not models.SetRestoration.objects.exists()
        with pytest.raises(restoring.TooEarly):
            set_noon(back_at=earliest - timedelta(minutes=1))
        assert set_noon(back_at=earliest).back_at == earliest

    def test_other_decisions_stay(self, line, dark, set_noon):
        busy = factories.OrderFactory(district=dark.district, status="SCHEDULED", duration_minutes=300)
        factories.AssignmentFactory(order=busy, shift=line, departs_at=at("06:10"), starts_at=at("06:30"))
        with pytest.raises(restoring.TooEarly):
            set_noon(back_at=at("11:30"))
        assert set_noon(back_at=at("12:45"))

    def test_where_no_crew_may_do_it_nothing_of_the_day_is_promised(self, dark, set_noon):
        with pytest.raises(restoring.TooEarly, match=r"before Tue 16 Jun 00:00\."):
            set_noon()
        assert set_noon(back_at=at("00:00", days=1))

    def test_a_decision_that_somebody_answers_for_may_be_sooner(self, dark, set_noon, mara):
        crew = factories.CrewFactory(district=dark.district, staff__qualified=(), staff__members=1)
        models.WorkOrder.objects.update(status="SCHEDULED")
        factories.AssignmentFactory(
            order=dark, shift=factories.ShiftFactory(crew=crew), override_rules=["crew-size"], override_reason="Agreed"
        )
        with pytest.raises(restoring.TooEarly, match=r"before 09:00\."):
            set_noon(back_at=at("08:59"))
        assert set_noon(back_at=at("09:00"))

    def test_a_crew_on_site_knows_best_but_not_the_past(self, dark, set_noon, now):
        models.WorkOrder.objects.update(status="IN_PROGRESS")
        assert set_noon(back_at=now + timedelta(minutes=1))
        with pytest.raises(restoring.TooEarly, match="It is 05:45 already"):
            set_noon(back_at=now)

    def test_what_it_waits_for_comes_first(self, line, dark, set_noon):
        before = factories.OrderFactory(district=dark.district, duration_minutes=240)
        dark.prerequisites.add(before)
        with pytest.raises(restoring.TooEarly):
            set_noon(back_at=at("11:00"))
        assert set_noon(back_at=at("12:00"))


class TestTakingBack:
    def test_lets_the_estimate_count_again(self, line, dark, set_noon, jonas, now, events_of):
        word = restoring.take_back(order=set_noon().order, by=jonas, now=now)

        assert (word.taken_back_by, word.taken_back_at) == (jonas, now)
        found = estimating.estimate(dark, now)
        assert found is not None
        assert found.word is None
        assert events_of(dark)[-1] == "restoration.taken-back"
        assert models.AuditEntry.objects.filter(verb="restoration.taken-back", order=dark).exists()

    def test_needs_something_set(self, dark, mara, now):
        with pytest.raises(restoring.NothingSet, match="WO-1"):
            restoring.take_back(order=dark, by=mara, now=now)

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_for_managers_of_the_district(self, line, dark, set_noon, now, who, request):
        set_noon()
        with pytest.raises(refusals.NotAManager):
            restoring.take_back(order=dark, by=request.getfixturevalue(who), now=now)
        assert models.SetRestoration.objects.held().exists()

    @pytest.mark.django_db(transaction=True)
    def test_once_is_enough(self, line, dark, set_noon, mara, jonas, now):
        set_noon()
        outcomes = at_once(*(lambda by=by: restoring.take_back(order=dark, by=by, now=now) for by in (mara, jonas)))
        assert sum(isinstance(outcome, restoring.NothingSet) for outcome in outcomes) == 1, outcomes


class TestLapsing:
    def test_when_it_has_gone_by_and_the_managers_are_told(self, line, dark, set_noon, mara, jonas):
        word = set_noon()
        assert restoring.lapse(now=at("09:00")) == []

        assert restoring.lapse(now=at("12:00")) == [word]
        assert restoring.lapse(now=at("12:01")) == []
        assert {one.user for one in Notification.objects.filter(kind="restoration.lapsed")} == {mara, jonas}
        assert models.AuditEntry.objects.get(verb="restoration.lapsed").reason == "Its time has gone by"

    def test_when_no_crew_can_keep_it_any_more(self, line, set_noon):
        word = set_noon()
        models.Shift.objects.update(cancelled=True)
        assert restoring.lapse(now=at("09:00")) == [word]
        entry = models.AuditEntry.objects.get(verb="restoration.lapsed")
        assert entry.reason == "No crew can legally have it done by then any more"

    def test_without_a_word_when_the_outage_is_over(self, line, mara, set_noon):
        word = set_noon()
        models.WorkOrder.objects.update(customers_out=0)
        assert restoring.lapse(now=at("09:00")) == [word]
        assert not Notification.objects.exists()
