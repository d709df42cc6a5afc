"""Two crews side by side for one order, and the difference in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.review import crews, effects, override_form
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
class EffectRow:
    """Something that one of the crews costs or saves, of both."""

    label: str
    texts: tuple[str, str]
    tones: tuple[str, str]
    difference: str


@dataclass(frozen=True, slots=True)
class CrewDifference:
    leaves: str
    starts: str
    ends: str
    drive: str
    short: str
    """All that the first costs and saves beside the second."""


@dataclass(frozen=True, slots=True)
class Comparison:
    sides: tuple[Side, Side]
    difference: CrewDifference
    effects: tuple[EffectRow, ...]


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
        """Of the score by code: as ranked, else as it would be if it were allowed."""
        kept = self.suggestion.parts if self.suggestion else self.standing.parts
        return {str(part["code"]): part for part in kept if part["value"]}

    @property
    def outcome(self) -> effects.CrewOutcome:
        return effects.CrewOutcome(self.name, self.standing.starts_at, self.standing.ends_at, self.parts)

    @property
    def _decided(self) -> models.Assignment | models.Suggestion | None:
        return self.assignment or self.suggestion


def comparison(file: order_files.OrderFile, first: ComparedCrew, second: ComparedCrew) -> Comparison:
    left, right = first.standing, second.standing
    names = first.name, second.name
    return Comparison(
        sides=(_side(file, first), _side(file, second)),
        difference=CrewDifference(
            leaves=_earlier(first.departs_at, second.departs_at, names, "leaves"),
            starts=_earlier(left.starts_at, right.starts_at, names, "starts"),
            ends=_earlier(left.ends_at, right.ends_at, names, "is done"),
            drive=_shorter(left.starts_at - first.departs_at, right.starts_at - second.departs_at, names),
            short=f"{first.name}: {effects.sentence(effects.than(first.outcome, second.outcome, file.order))}",
        ),
        effects=tuple(_effects(first.outcome, second.outcome, file)),
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


def _effects(one: effects.CrewOutcome, other: effects.CrewOutcome, file: order_files.OrderFile) -> Iterator[EffectRow]:
    """Rows of what at least one of them costs or saves."""
    both, names = (one, other), (one.name, other.name)
    if out := file.order.customers_out:
        minutes = round((other.ends_at - one.ends_at) / _MINUTE)
        sooner = f"{words.length(abs(minutes))} sooner by {names[minutes < 0]}" if minutes else "At the same time"
        back = [words.moment(each.ends_at, file.order.district.zone, file.day).text for each in both]
        yield EffectRow(f"{words.count(out, 'customer')} back", (back[0], back[1]), ("ok", "ok"), sooner)
    late = [each.late(file.order) for each in both]
    yield from _minutes("After it is due", late, names, "{name} is {length} less late")
    driving = [each.minutes("travel") for each in both]
    yield from _minutes("Added driving", driving, names, "{name} adds {length} less")
    overtime = [each.minutes("overtime") for each in both]
    yield from _minutes("Overtime", overtime, names, "{name} works {length} less overtime")
    for code, (label, tone) in _YES.items():
        has = [each.has(code) for each in both]
        if any(has):
            texts = ("yes" if has[0] else "no", "yes" if has[1] else "no")
            tones = ("none", "none") if all(has) else (tone if has[0] else "none", tone if has[1] else "none")
            yield EffectRow(label, texts, tones, "The same" if all(has) else f"Only {names[not has[0]]}")


_YES = {
    "continuity": ("Other work on the same feeder", "ok"),
    "spare": ("Leaves scarce skills idle", "bad"),
    "tentative": ("Waits for a permit", "bad"),
}


def _minutes(label: str, both: Sequence[int], names: tuple[str, str], less: str) -> Iterator[EffectRow]:
    if not any(both):
        return
    texts = [f"{words.length(abs(each))}{' less' if each < 0 else ''}" if each else "none" for each in both]
    # Of two that both drive, the one that drives more is worse.
    tones = ["bad" if each > min(both) else "none" for each in both]
    minutes = both[1] - both[0]
    said = less.format(name=names[minutes < 0], length=words.length(abs(minutes))) if minutes else "The same"
    yield EffectRow(label, (texts[0], texts[1]), (tones[0], tones[1]), said)
