"""A storm: while it is declared, a district works by its storm rules instead of its normal ones."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from assignments import models
from assignments.services.inputs import consequences
from assignments.services.records import auditing, events, refusals, telling
from assignments.services.runs import running


class StormUnderWay(refusals.Refusal):
    """The district works by its storm rules already."""

    code = "storm-under-way"
    next_step = "Work on under the storm rules, or end the storm first."


class NoStorm(refusals.Refusal):
    """No storm is declared, so there is none to end."""

    code = "no-storm"
    next_step = "Nothing is left to do: the normal rules are in force."


class NoStormRules(refusals.Refusal):
    """Nobody has set up which rules hold in a storm."""

    code = "no-storm-rules"
    next_step = "Ask an administrator to choose a storm rule set for the district."


@transaction.atomic
def declare(*, district: models.District, reason: str, by: Any, now: datetime) -> models.Storm:
    """The storm; from now on its rules, priorities and horizon are those of the district.

    What was suggested under the normal rules is out of date, live assignments are judged again, and runs under way
    begin anew. Raises NotAManager, ReasonMissing, NoStormRules, StormUnderWay.
    """
    refusals.require_manager(by=by, district=district)
    reason = refusals.required_reason(reason, "A storm is declared with a reason.")[:200]
    district = _locked(district)
    if district.storm is not None:
        since = district.storm.declared_at.astimezone(district.zone)
        who = refusals.person(district.storm.declared_by)
        raise StormUnderWay(f"{who} declared a storm in {district.name} at {since:%H:%M on %d %b}.")
    if district.storm_rule_set is None:
        raise NoStormRules(f"{district.name} has no storm rule set.")
    storm = models.Storm.objects.create(
        district=district, rule_set=district.storm_rule_set, declared_by=by, declared_at=now, reason=reason
    )
    models.District.objects.filter(pk=district.pk, storm__isnull=True).update(storm=storm)
    what = f"{refusals.person(by)} declared storm rules in {district.name}"
    _switched(
        storm, "storm.declared", what, before=district.rule_set, after=storm.rule_set, reason=reason, by=by, now=now
    )
    return storm


@transaction.atomic
def end(*, district: models.District, reason: str, by: Any, now: datetime) -> models.Storm:
    """The storm that was ended; the normal rules are in force again, with the same consequences as its declaration.

    Raises NotAManager, ReasonMissing, NoStorm.
    """
    refusals.require_manager(by=by, district=district)
    reason = refusals.required_reason(reason, "A storm is ended with a reason.")[:200]
    district = _locked(district)
    if district.storm is None:
        raise NoStorm(_no_storm(district))
    storm = district.storm
    models.Storm.objects.filter(pk=storm.pk, ended_at__isnull=True).update(
        ended_by=by, ended_at=now, ending_reason=reason
    )
    models.District.objects.filter(pk=district.pk, storm=storm).update(storm=None)
    storm.refresh_from_db()
    what = f"{refusals.person(by)} ended the storm rules in {district.name}"
    _switched(storm, "storm.ended", what, before=storm.rule_set, after=district.rule_set, reason=reason, by=by, now=now)
    return storm


def _locked(district: models.District) -> models.District:
    # Of two managers who declare or end at once, the second waits here and then sees what the first has done.
    models.District.objects.select_for_update(no_key=True).get(pk=district.pk)
    return models.District.objects.select_related("storm_rule_set").with_rules().get(pk=district.pk)


def _no_storm(district: models.District) -> str:
    last = models.Storm.objects.filter(district=district).select_related("ended_by").first()
    if last is None or last.ended_at is None:
        return f"No storm is declared in {district.name}."
    ended = last.ended_at.astimezone(district.zone)
    return f"{refusals.person(last.ended_by)} ended the storm in {district.name} at {ended:%H:%M on %d %b}."


def _switched(
    storm: models.Storm, verb: str, what: str, *, before: models.RuleSet, after: models.RuleSet, reason: str,
    by: Any, now: datetime,
) -> None:  # fmt: skip
    """Carries out the consequences of other rules, in the transaction that switched them."""
    district = models.District.objects.with_rules().get(pk=storm.district_id)
    auditing.record(
        verb=verb, row=storm, by=by, now=now, district=district, reason=reason,
        before={"rule_set": before.name}, after={"rule_set": after.name},
    )  # fmt: skip
    # First, so that no run stores what it planned under the old rules after the others were found to be out of date.
    _begin_runs_anew(district, by, now)
    # Locked before their suggestions, as by who approves, revokes or stores: nobody waits in a circle.
    crews = models.Crew.objects.filter(district=district).select_for_update(no_key=True).order_by("pk")
    crew_ids = set(crews.values_list("pk", flat=True))
    _make_stale(district, what, now)
    consequences.follow(order_ids=(), crew_ids=crew_ids, now=now, cause=what)
    events.storm_changed(district=district, now=now)
    telling.tell_managers(
        district=district, kind=verb, title=what, body=reason, by=by, now=now,
        url=reverse("assignments:storm", args=[district.code]),
    )  # fmt: skip


def _make_stale(district: models.District, what: str, now: datetime) -> None:
    """All at once: there is none that does not rest on the rules, so none has to be looked at."""
    of_district = models.Suggestion.objects.filter(crew__district=district)
    rows = of_district.proposed()
    order_ids = set(rows.values_list("order_id", flat=True))
    # Whatever else was the matter with them: it may pass, and this stays.
    of_district.filter(status=models.Suggestion.Status.STALE).update(stale_cause=what[:200])
    rows.transition(models.Suggestion.Status.STALE, stale_cause=what[:200])
    events.order_changed(orders=order_ids, cause=consequences.CAUSE, now=now)


def _begin_runs_anew(district: models.District, by: Any, now: datetime) -> None:
    """Restarts runs under way: a plan made under the old rules would be out of date when it is done."""
    for run in models.SuggestionRun.objects.under_way().filter(district=district).order_by("day"):
        # It may have ended a moment ago, or its day may be over: then there is nothing to begin anew.
        with contextlib.suppress(running.RunNotUnderWay, running.DayOutOfReach):
            running.cancel_run(run=run, by=by, now=now)
            running.request_run(district=district, day=run.day, by=by, now=now)
