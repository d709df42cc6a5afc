"""A manager declares a storm and ends it: other rules, and everything that follows from them, in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from assignments import models
from assignments.services import storming
from assignments.services.decisions import approving, revoking
from assignments.services.records import auditing, refusals
from assignments.services.runs import running
from notifications.models import Event, Notification
from tests import factories
from tests.factories import DAY, NOW, at
from tests.racing import at_once

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=5)


@pytest.fixture
def storm_rules(district: models.District) -> models.RuleSet:
    rules = factories.RuleSetFactory(
        name="storm", storm=True, max_work_hours_in_24=20, min_rest_hours=6, horizon_hours=36,
        kind_priorities={"TROUBLE": "EMERGENCY"},
    )  # fmt: skip
    district.storm_rule_set = rules
    district.save()
    return rules


@pytest.fixture
def suggestion(district: models.District) -> models.Suggestion:
    order = factories.OrderFactory(district=district)
    return factories.SuggestionFactory(order=order, shift=factories.ShiftFactory(crew__district=district))


def declare(district: models.District, by: Any, **options: Any) -> models.Storm:
    return storming.declare(**{"district": district, "reason": "Ice on the lines", "by": by, "now": NOW} | options)


def end(district: models.District, by: Any, **options: Any) -> models.Storm:
    return storming.end(**{"district": district, "reason": "Power is back", "by": by, "now": LATER} | options)


def rules_of(district: models.District) -> str:
    return models.District.objects.get(pk=district.pk).rules_in_force.name


def planned_before_the_storm(suggestion: models.Suggestion) -> None:
    models.SuggestionRun.objects.filter(pk=suggestion.run_id).update(requested_at=NOW - timedelta(minutes=1))


class TestDeclaring:
    def test_puts_the_storm_rules_in_force(self, district, storm_rules, mara):
        storm = declare(district, mara)

        assert rules_of(district) == "storm"
        assert (storm.declared_by, storm.declared_at, storm.reason) == (mara, NOW, "Ice on the lines")
        entry = models.AuditEntry.objects.get(verb="storm.declared")
        assert (entry.actor, entry.district, entry.reason) == (mara, district, "Ice on the lines")
        assert (entry.before, entry.after) == ({"rule_set": "normal"}, {"rule_set": "storm"})

    def test_tells_every_page_of_the_district(self, district, storm_rules, mara):
        declare(district, mara)

        event = Event.objects.get(type="storm.changed")
        assert event.channel == f"district:{district.pk}"
        assert event.data["storm"] is True
        assert (event.data["rule_set"], event.data["declared_by"]) == ("storm", "Mara Lindqvist")

    def test_tells_the_other_managers(self, district, storm_rules, mara, jonas, vic):
        declare(district, mara)

        told = Notification.objects.get(kind="storm.declared")
        assert (told.user, told.title) == (jonas, "Mara Lindqvist declared storm rules in North")
        assert (told.body, told.url) == ("Ice on the lines", "/districts/NORTH/storm/")

    def test_makes_suggestions_stale_and_says_why(self, district, storm_rules, mara, suggestion, events_of):
        planned_before_the_storm(suggestion)

        declare(district, mara)

        suggestion.refresh_from_db()
        assert suggestion.status == "STALE"
        assert suggestion.stale_cause == "Mara Lindqvist declared storm rules in North"
        assert events_of(suggestion.order) == ["inputs.changed"]

    def test_leaves_other_districts_alone(self, district, elsewhere, storm_rules, mara):
        order = factories.OrderFactory(district=elsewhere)
        other = factories.SuggestionFactory(order=order, shift=factories.ShiftFactory(crew__district=elsewhere))

        declare(district, mara)

        other.refresh_from_db()
        assert (other.status, rules_of(elsewhere)) == ("PROPOSED", "normal")

    def test_judges_approved_work_by_the_storm_rules(self, district, storm_rules, mara, suggestion):
        """Sixteen hours of duty before: too many normally, not in a storm."""
        tired = _assignment_of_tired_people(district)

        declare(district, mara)

        tired.refresh_from_db()
        assert tired.red_cause == ""

    def test_begins_runs_under_way_anew_with_the_storms_horizon(self, district, storm_rules, mara):
        planned, _ = running.request_run(district=district, day=DAY, by=mara, now=NOW)

        declare(district, mara)

        planned.refresh_from_db()
        anew = models.SuggestionRun.objects.under_way().get()
        assert planned.status == "CANCELLED"
        assert (anew.day, anew.horizon_ends_at) == (DAY, NOW + timedelta(hours=36))

    def test_is_refused_without_a_reason(self, district, storm_rules, mara):
        with pytest.raises(refusals.ReasonMissing):
            declare(district, mara, reason="  ")

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_refused_to_others(self, district, storm_rules, who, request):
        with pytest.raises(refusals.NotAManager):
            declare(district, request.getfixturevalue(who))

        assert rules_of(district) == "normal"

    def test_is_refused_without_storm_rules(self, district, mara):
        with pytest.raises(storming.NoStormRules, match="North has no storm rule set"):
            declare(district, mara)

    def test_twice_names_who_was_first(self, district, storm_rules, mara, jonas):
        declare(district, mara)

        with pytest.raises(storming.StormUnderWay, match="Mara Lindqvist declared a storm in North at 05:45 on 15 Jun"):
            declare(district, jonas, now=LATER)

    def test_is_all_or_nothing(self, district, storm_rules, mara, suggestion, monkeypatch):
        def broken(**_: object) -> None:
            raise OSError("the audit is full")

        monkeypatch.setattr(auditing, "record", broken)
        with pytest.raises(OSError, match="the audit is full"):
            declare(district, mara)

        suggestion.refresh_from_db()
        assert (rules_of(district), suggestion.status) == ("normal", "PROPOSED")
        assert not models.Storm.objects.exists()


class TestEnding:
    @pytest.fixture
    def storm(self, district, storm_rules, mara):
        storm = declare(district, mara)
        district.refresh_from_db()
        return storm

    def test_puts_the_normal_rules_in_force(self, district, storm, jonas):
        ended = end(district, jonas)

        assert rules_of(district) == "normal"
        assert (ended.pk, ended.ended_by, ended.ended_at, ended.ending_reason) == (
            storm.pk, jonas, LATER, "Power is back",
        )  # fmt: skip
        assert Event.objects.filter(type="storm.changed").last().data["storm"] is False
        assert models.AuditEntry.objects.get(verb="storm.ended").after == {"rule_set": "normal"}

    def test_makes_suggestions_of_the_storm_stale(self, district, storm, mara, suggestion):
        end(district, mara)

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "Mara Lindqvist ended the storm rules in North"

    @pytest.mark.parametrize("cause", ["", "Line 1 is taken 07:00-09:00 by WO-9"])
    def test_offers_again_what_was_planned_by_the_rules_that_come_back(
        self, district, storm_rules, mara, suggestion, events_of, cause
    ):
        planned_before_the_storm(suggestion)
        if cause:
            models.Suggestion.objects.filter(pk=suggestion.pk).transition("STALE", stale_cause=cause)
        declare(district, mara)
        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "Mara Lindqvist declared storm rules in North"

        end(district, mara)

        suggestion.refresh_from_db()
        assert (suggestion.status, suggestion.stale_cause) == ("PROPOSED", "")
        assert events_of(suggestion.order)[-1] == "inputs.changed"

    def test_does_not_offer_by_other_rules_what_is_undone_in_the_storm(self, district, storm_rules, mara, suggestion):
        planned_before_the_storm(suggestion)
        assignment = approving.approve(suggestion=suggestion, by=mara, now=NOW)
        declare(district, mara)

        revoking.undo(assignment=assignment, by=mara, now=NOW)

        suggestion.refresh_from_db()
        assert suggestion.stale_cause == "Mara Lindqvist declared storm rules in North"

    def test_turns_work_red_that_only_the_storm_allowed(self, district, storm, mara):
        tired = _assignment_of_tired_people(district)

        end(district, mara, now=NOW)

        tired.refresh_from_db()
        assert "rest" in tired.red_cause

    def test_is_refused_when_somebody_else_did(self, district, storm, mara, jonas):
        end(district, jonas)

        with pytest.raises(storming.NoStorm, match="Jonas Okafor ended the storm in North at 10:45 on 15 Jun"):
            end(district, mara)

    def test_is_refused_where_none_is_declared(self, elsewhere, stella):
        with pytest.raises(storming.NoStorm, match="No storm is declared in South"):
            end(elsewhere, stella)

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_refused_to_others(self, district, storm, who, request):
        with pytest.raises(refusals.NotAManager):
            end(district, request.getfixturevalue(who))

    def test_is_refused_without_a_reason(self, district, storm, mara):
        with pytest.raises(refusals.ReasonMissing):
            end(district, mara, reason="")

    def test_another_can_be_declared_after_it(self, district, storm, mara):
        end(district, mara)

        again = declare(district, mara, now=LATER)

        assert (rules_of(district), models.Storm.objects.count()) == ("storm", 2)
        assert again.pk != storm.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_of_two_who_declare_at_once_one_is_refused(district, storm_rules, mara, jonas):
    outcomes = at_once(lambda: declare(district, mara), lambda: declare(district, jonas))

    assert sorted(type(one).__name__ for one in outcomes) == ["Storm", "StormUnderWay"]
    assert models.Storm.objects.count() == 1


def _assignment_of_tired_people(district: models.District) -> models.Assignment:
    """Both people of the crew were on duty for ten hours until midnight, and work again from 06:00 to 15:00."""
    crew = factories.CrewFactory(district=district)
    order = factories.OrderFactory(district=district, status="SCHEDULED")
    factories.OrderNeedFactory(order=order, qualification=factories.QualificationFactory(code="LINE"), people=2)
    factories.ShiftFactory(crew=crew, starts_at=at("14:00", days=-1), ends_at=at("00:00"))
    shift = factories.ShiftFactory(crew=crew)
    return factories.AssignmentFactory(order=order, shift=shift, starts_at=at("14:00"))
