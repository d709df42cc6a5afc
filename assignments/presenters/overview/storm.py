"""The storm of a district: the banner of its pages, and what its rules change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.shared import words
from assignments.services.records import refusals


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One thing that the storm rules change."""

    name: str
    normal: str
    storm: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Banner on every page of the district while a storm is declared."""

    code: str
    district: str
    since: words.ShownTime
    by: str
    reason: str
    differences: tuple[RuleDifference, ...]


@dataclass(frozen=True, slots=True)
class PastStorm:
    declared: words.ShownTime
    declared_by: str
    reason: str
    ended: words.ShownTime | None
    ended_by: str
    ending_reason: str


def banner(district: models.District, now: datetime) -> Banner | None:
    """None while no storm is declared."""
    storm = district.storm
    if storm is None:
        return None
    return Banner(
        code=district.code,
        district=district.name,
        since=words.moment(storm.declared_at, district.zone, now.astimezone(district.zone).date()),
        by=refusals.person(storm.declared_by),
        reason=storm.reason,
        differences=differences(district.rule_set, storm.rule_set),
    )


def all_differences(normal: models.RuleSet, storm: models.RuleSet) -> tuple[RuleDifference, ...]:
    """Differences between the storm's rules and the normal ones, their breaks included."""
    before, after = (
        wording.listed([_break_words(one) for one in rules.breaks.all()]) or "none" for rules in (normal, storm)
    )
    of_breaks = (RuleDifference("Breaks", before, after),) if before != after else ()
    return (*differences(normal, storm), *of_breaks)


def differences(normal: models.RuleSet, storm: models.RuleSet) -> tuple[RuleDifference, ...]:
    """Differences between the storm's rules and the normal ones, in words; without the breaks, which would cost a query
    on every page that the banner stands on."""
    both = zip(_told(normal), _told(storm), strict=True)
    return tuple(RuleDifference(name, before, after) for (name, before), (_, after) in both if before != after)


def past(district: models.District) -> list[PastStorm]:
    """The last storms of the district, the newest first."""
    rows = models.Storm.objects.filter(district=district).select_related("declared_by", "ended_by")
    zone = district.zone
    return [
        PastStorm(
            declared=words.moment(storm.declared_at, zone),
            declared_by=refusals.person(storm.declared_by),
            reason=storm.reason,
            ended=words.moment(storm.ended_at, zone) if storm.ended_at else None,
            ended_by=refusals.person(storm.ended_by) if storm.ended_by else "",
            ending_reason=storm.ending_reason,
        )
        for storm in rows[:10]
    ]


def _told(rules: models.RuleSet) -> list[tuple[str, str]]:
    """Each thing that a rule set sets, with its value in words."""
    exempt = [models.WorkOrder.Kind(kind).label.lower() for kind in sorted(rules.two_person_exempt_kinds)]
    volts = wording.measured(f"{rules.two_person_volts:,}", "V")
    horizon = f"{wording.measured(rules.horizon_hours, 'h')} ahead" if rules.horizon_hours else "to the end of the day"
    return [
        ("Work in 24 hours", f"{wording.measured(rules.max_work_hours_in_24, 'h')} at most"),
        ("Rest before a shift", f"{wording.measured(rules.min_rest_hours, 'h')} at least"),
        ("Agreed in", rules.rest_agreement or "nothing that is named here"),
        ("Beyond these limits", _beyond_rest(rules)),
        ("Overtime", words.length(rules.max_overtime_minutes) if rules.max_overtime_minutes else "none"),
        ("Two qualified people", f"above {volts}, {rules.two_person_qualification}"),
        ("Two people are not needed for", wording.listed(exempt) if exempt else "nothing"),
        ("Emergency", _customers(rules.emergency_customers)),
        ("Urgent", _customers(rules.urgent_customers)),
        *((f"{kind.label} work", _priority(rules, kind)) for kind in models.WorkOrder.Kind),
        ("A run plans", horizon),
        ("Speed on the road", wording.measured(rules.speed_kmh, "km/h")),
        ("Detours of the roads", f"{rules.circuity:g} times the straight line"),
        ("Weights of the plan", _weights(rules)),
        ("Start of emergencies", _start_of_emergencies(rules)),
    ]


def _break_words(row: models.RuleSetBreak) -> str:
    """`meal break of 30 min, 3 h 30 min to 6 h into the shift`."""
    begins = f"{words.length(row.earliest_minutes)} to {words.length(row.latest_minutes)} into the shift"
    where = " at the base" if row.at_base else ""
    return f"{row.name} of {words.length(row.length_minutes)}{where}, {begins}"


def _beyond_rest(rules: models.RuleSet) -> str:
    if not rules.rest_authority:
        return "nobody may"
    work = "any work" if rules.rest_override_for_any_work else "emergencies"
    return f"{rules.get_rest_authority_display().lower()} may, for {work}"


def _customers(least: int | None) -> str:
    return f"by its order, or from {words.count(least, 'customer')} out" if least else "by its order"


def _priority(rules: models.RuleSet, kind: models.WorkOrder.Kind) -> str:
    name = rules.kind_priorities.get(kind)
    return models.WorkOrder.Priority[name].label.lower() if name else "as its order says"


def _start_of_emergencies(rules: models.RuleSet) -> str:
    return "never delayed by other work" if rules.strict_emergencies else "weighed against other work"


def _weights(rules: models.RuleSet) -> str:
    return wording.listed([f"{name} {weight:g}" for name, weight in sorted(rules.weights.items())]) or "as usual"
