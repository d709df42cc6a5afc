"""Two crews side by side for one order, and the difference in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.review import crews, override_form
from assignments.presenters.shared import words
from assignments.queries import order_files
from assignments.services.runs import comparing

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ComparedPerson:
    name: str
    worked: str
    left: str
    tone: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two crews."""

    shift: int
    name: str
    standing: words.Mark
    """Ranked and how, assigned, or excluded."""
    leaves: words.ShownTime
    starts: words.ShownTime
    ends: words.ShownTime
    drive: str
    score: str
    details: crews.CrewDetails
    people: tuple[ComparedPerson, ...]
    warnings: tuple[str, ...]
    obstacles: tuple[override_form.Broken, ...]
    fix: str
    suggestion: int | None
    """To approve, where it is open."""
    tentative: bool
    can_be_overridden: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score, of both."""

    label: str
    points: tuple[str, str]
    details: tuple[str, str]
    sizes: tuple[int, int]
    tones: tuple[str, str]
    difference: str


@dataclass(frozen=True, slots=True)
class CrewDifference:
    leaves: str
    starts: str
    ends: str
    drive: str
    score: str


@dataclass(frozen=True, slots=True)
class Comparison:
    sides: tuple[Side, Side]
    difference: CrewDifference
    parts: tuple[Part, ...]
    largest: int


@dataclass(frozen=True, slots=True)
class ComparedCrew:
    """A crew as it is compared: how it stands, with what is kept of it."""

    standing: comparing.ComparedShift
    suggestion: models.Suggestion | None
    assignment: models.Assignment | None

    @property
    def departs_at(self) -> datetime:
        return self._decided.departs_at if self._decided else self.standing.departs_at

    @property
    def name(self) -> str:
        return self._decided.crew_names if self._decided else self.standing.shift.crew.name

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """By code: as ranked, else what it would score if it were allowed."""
        kept = self.suggestion.parts if self.suggestion else self.standing.parts
        return {str(part["code"]): part for part in kept if part["value"]}

    @property
    def score(self) -> int:
        return sum(int(part["value"]) for part in self.parts.values())

    @property
    def _decided(self) -> models.Assignment | models.Suggestion | None:
        return self.assignment or self.suggestion


def comparison(file: order_files.OrderFile, first: ComparedCrew, second: ComparedCrew) -> Comparison:
    left, right = first.standing, second.standing
    pairs = [(first.parts.get(code), second.parts.get(code)) for code in dict.fromkeys([*first.parts, *second.parts])]
    sizes = [abs(int(part["value"])) for pair in pairs for part in pair if part]
    names = first.name, second.name
    return Comparison(
        sides=(_side(file, first), _side(file, second)),
        difference=CrewDifference(
            leaves=_earlier(first.departs_at, second.departs_at, names, "leaves"),
            starts=_earlier(left.starts_at, right.starts_at, names, "starts"),
            ends=_earlier(left.ends_at, right.ends_at, names, "is done"),
            drive=_shorter(left.starts_at - first.departs_at, right.starts_at - second.departs_at, names),
            score=_ahead(first.score, second.score, names),
        ),
        parts=tuple(_part(*pair, names) for pair in pairs),
        largest=max(sizes, default=1),
    )


def _side(file: order_files.OrderFile, one: ComparedCrew) -> Side:
    standing, zone = one.standing, file.order.district.zone
    is_open = one.suggestion is not None and one.suggestion.status == models.Suggestion.Status.PROPOSED
    is_free = file.assignment is None and file.order.is_assignable
    decided = bool(one.assignment or one.suggestion)
    obstacles = () if decided else standing.obstacles
    return Side(
        shift=standing.shift.pk,
        name=one.name,
        standing=_standing(one),
        leaves=words.moment(one.departs_at, zone, file.day),
        starts=words.moment(standing.starts_at, zone, file.day),
        ends=words.moment(standing.ends_at, zone, file.day),
        drive=words.length(-(-(standing.starts_at - one.departs_at) // _MINUTE)),
        score=str(one.score),
        details=crews.details(
            file.crews[standing.shift.crew_id], order=file.order, day=file.day, until=standing.ends_at
        ),
        people=tuple(_person(person, standing.ends_at) for person in standing.people),
        warnings=tuple(str(said["text"]) for said in one.suggestion.warnings) if one.suggestion else (),
        obstacles=tuple(override_form.broken(said) for said in obstacles),
        fix=standing.fix,
        suggestion=one.suggestion.pk if one.suggestion and is_open and is_free else None,
        tentative=bool(one.suggestion and one.suggestion.tentative),
        can_be_overridden=not decided and standing.override_at is not None and is_free,
    )


def _standing(one: ComparedCrew) -> words.Mark:
    if one.assignment:
        return words.Mark("ok", "check", "Assigned")
    if one.suggestion is None:
        count = words.count(len(one.standing.obstacles), "rule")
        can = words.Mark("info", "circle", "May do it, not ranked")
        return words.Mark("bad", "x", f"Against {count}") if one.standing.obstacles else can
    if one.suggestion.status != models.Suggestion.Status.PROPOSED:
        return words.Mark("pending", "alert", one.suggestion.get_status_display())
    return words.Mark("info", "circle", "In the plan" if one.suggestion.in_plan else f"Ranked {one.suggestion.rank}")


def _person(one: comparing.PersonHours, ends_at: datetime) -> ComparedPerson:
    left = (one.until - ends_at) // _MINUTE
    worked = f"{words.length(one.worked // _MINUTE)} on duty in the {wording.measured(24, 'h')} before"
    if left < 0:
        return ComparedPerson(one.name, worked, f"owed rest {words.length(-left)} before the end", "bad")
    return ComparedPerson(one.name, worked, f"{words.length(left)} left afterwards", "pending" if left < 60 else "ok")


def _earlier(one: datetime, other: datetime, names: tuple[str, str], verb: str) -> str:
    minutes = round((other - one) / _MINUTE)
    if not minutes:
        return "The same"
    return f"{names[minutes < 0]} {verb} {words.length(abs(minutes))} earlier"


def _shorter(one: timedelta, other: timedelta, names: tuple[str, str]) -> str:
    minutes = round((other - one) / _MINUTE)
    return f"{names[minutes < 0]} drives {words.length(abs(minutes))} less" if minutes else "The same"


def _ahead(one: int, other: int, names: tuple[str, str]) -> str:
    points = one - other
    return f"{names[points < 0]} is {words.count(abs(points), 'point')} ahead" if points else "Equal"


def _part(one: dict[str, Any] | None, other: dict[str, Any] | None, names: tuple[str, str]) -> Part:
    both = (one, other)
    first, second = (int(part["value"]) if part else 0 for part in both)
    return Part(
        label=str((one or other or {})["label"]),
        points=(f"{first:+d}" if one else "0", f"{second:+d}" if other else "0"),
        details=(str(one.get("detail", "")) if one else "", str(other.get("detail", "")) if other else ""),
        sizes=(abs(first), abs(second)),
        tones=("ok" if first >= 0 else "bad", "ok" if second >= 0 else "bad"),
        difference=_ahead(first, second, names),
    )
