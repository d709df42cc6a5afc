"""The rules an override would break, and a recorded override, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import wording
from assignments.engine.rules import register
from assignments.presenters.shared import words
from assignments.queries import days
from assignments.services.decisions import overriding
from assignments.services.records import refusals, telling
from assignments.services.runs import explaining

OVERRIDABLE = words.Mark("pending", "alert", "A manager may override it")
FORBIDDEN = words.Mark("bad", "x", "Nobody may override it")
_CITED = {"law": "Law: {}", "agreement": "Agreement: {}"}
_AWAITED = words.Mark("pending", "clock", "Not issued yet: it would wait, tentatively")


@dataclass(frozen=True, slots=True)
class Overridden:
    """A decision against rules, with what its manager answers for."""

    mark: words.Mark
    rules: str
    """`Shift and Crew size`"""
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    title: str
    text: str
    mark: words.Mark
    source: str
    """`Law: 29 CFR 1910.269(m)`; empty for physics."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A crew at a start against the rules, before somebody decides."""

    shift: int
    crew: str
    when: words.Span
    leaves: words.ShownTime
    broken: tuple[Broken, ...]
    is_possible: bool
    waits: bool
    count: str
    """`2 rules`"""


def overridden(assignment: models.Assignment) -> Overridden | None:
    """None where every rule was kept."""
    if not assignment.override_rules:
        return None
    rules = wording.listed(titles(assignment.override_rules))
    detail = f"{rules}. {assignment.override_reason}"
    return Overridden(words.Mark("pending", "override", "Overridden", detail), rules, assignment.override_reason)


def titles(codes: Iterable[str]) -> list[str]:
    """Of the rules; a code that the register does not know any more stands for itself."""
    return [register.HARD[code].title if code in register.HARD else code for code in codes]


def proposal(answer: overriding.OverrideOutlook, zone: ZoneInfo) -> Proposal:
    groups = ((answer.forbidden, FORBIDDEN), (answer.overridable, OVERRIDABLE), (answer.awaited, _AWAITED))
    return Proposal(
        shift=answer.shift.pk,
        crew=answer.shift.crew.name,
        when=words.span(answer.starts_at, answer.ends_at, zone),
        leaves=words.moment(answer.departs_at, zone, days.local_day(answer.starts_at, zone)),
        broken=tuple(_broken(one, mark) for group, mark in groups for one in group),
        is_possible=answer.is_possible,
        waits=bool(answer.awaited),
        count=words.count(len(answer.overridable), "rule"),
    )


def broken(one: explaining.Obstacle) -> Broken:
    """The rule, with whether a person may answer for it."""
    return _broken(one, OVERRIDABLE if one.authority else FORBIDDEN)


def _broken(one: explaining.Obstacle, mark: words.Mark) -> Broken:
    return Broken(one.title, one.text, mark, _CITED.get(one.basis, "{}").format(one.source))


def who_may(district: models.District) -> str:
    """The people who may override in the district, by name."""
    names = [refusals.person(one) for one in telling.managers(district=district)]
    return wording.listed(names) or "nobody yet; an administrator makes somebody its manager"
