"""The review of one order: facts, permits, crews with what they cost and save, earlier and later work, history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from assignments import models
from assignments.engine.domain import rings
from assignments.presenters.review import crews, effects, followers, history, order_permits, parts, ranking, timeline
from assignments.presenters.shared import states, words
from assignments.queries import order_files

_LONG = 4 * 60
"""Minutes of work of which a manager wants to know whether it may be interrupted."""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class RelatedLine:
    number: str
    title: str
    mark: words.Mark


@dataclass(frozen=True, slots=True)
class Beside:
    """A further crew of a team on its way."""

    crew: str
    leaves: words.ShownTime
    travel: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """One crew, or one team, that could do the work."""

    id: int
    shift: int
    """The lead crew's."""
    place: str
    """Number in the list of those that are open."""
    why_here: str
    """Of the plan's crew: why it is first though another one would be better alone."""
    beside_next: str
    """Costs and savings compared with the next crew, or with the first; empty where it is the only one."""
    name: str
    """`Line 3 + Traffic 1`"""
    crews: tuple[crews.CrewDetails, ...]
    """The lead crew first; travel and departure below are its own."""
    beside: tuple[Beside, ...]
    when: words.Span
    leaves: words.ShownTime
    travel: str
    effects: tuple[effects.ScoreEffect, ...]
    """Costs and savings."""
    reasons: tuple[str, ...]
    covered: tuple[str, ...]
    """Which members cover which needed qualification."""
    warnings: tuple[str, ...]
    in_plan: bool
    tentative: bool
    mark: words.Mark
    is_open: bool


@dataclass(frozen=True, slots=True)
class Review:
    facts: tuple[Fact, ...]
    description: str
    permits: tuple[order_permits.PermitLine, ...]
    before: tuple[RelatedLine, ...]
    ring: str
    """The ring in which the order waits for itself, in a sentence; empty where it is in none."""
    followers: tuple[followers.FollowerLine, ...]
    timeline: timeline.Timeline
    ranked: tuple[Ranked, ...]
    sorted_by: str
    """In words how the ranked crews are sorted."""
    rejected: tuple[ranking.Rejected, ...]
    """Crews that managers do not want for it, the newest rejection first."""
    reject_codes: tuple[tuple[str, str], ...]
    """The reasons for rejecting, by code."""
    chosen: tuple[crews.CrewDetails, ...]
    """The crews of the live assignment."""
    history: tuple[history.HistoryLine, ...]


def review_of(file: order_files.OrderFile, shown: Sequence[timeline.Shown], *, now: datetime) -> Review:
    """`shown` are the crews on the time axis."""
    zone = file.order.district.zone
    chosen = file.assignment
    return Review(
        facts=_facts(file.order, zone),
        description=file.order.description,
        permits=order_permits.lines(file.order, file.permit_history, zone=zone, now=now),
        before=tuple(_related(one) for one in file.prerequisites),
        ring=f"{rings.told(file.ring)}: none of them can be first." if file.ring else "",
        followers=followers.lines(file.followers, zone=zone),
        timeline=timeline.timeline(file, shown, now=now),
        ranked=tuple(_ranked(one, file) for one in file.suggestions),
        sorted_by=ranking.sorted_by(file.suggestions),
        rejected=tuple(ranking.rejected(one, zone, file.day) for one in file.rejections),
        reject_codes=tuple((value, str(label)) for value, label in models.Rejection.Code.choices),
        chosen=tuple(_crew(file, one.crew_id, one.ends_at) for one in chosen.team) if chosen else (),
        history=tuple(history.line(entry, zone) for entry in file.history),
    )


def _facts(order: models.WorkOrder, zone: ZoneInfo) -> tuple[Fact, ...]:
    voltage = f"{words.volts(order.voltage)}, {'energised' if order.energised else 'de-energised'}"
    pairs = [
        ("Kind", order.get_kind_display()),
        ("Place", ", ".join(part for part in (order.address, order.substation) if part)),
        ("Feeder", order.feeder),
        ("Voltage", voltage if order.voltage else ""),
        ("Customers out", f"{order.customers_out:,}" if order.customers_out else ""),
        ("Duration", words.length(order.duration_minutes)),
        ("Splitting", parts.terms(order) if order.part or order.duration_minutes >= _LONG else ""),
        ("Crew", f"{order.crew_size} or more people"),
        ("Qualifications", "; ".join(_needs(order, 0))),
        ("Equipment", ", ".join(order.equipment)),
        *((f"And a {part.title}", _asked(order, part)) for part in order.further_parts),
        ("Not before", words.moment(order.earliest_start, zone).text if order.earliest_start else ""),
        ("Due", words.moment(order.due_at, zone).text if order.due_at else ""),
        ("Materials", "" if order.materials_ready else _materials(order, zone)),
        ("From", f"{order.source.name}, {order.source_reference}" if order.source else ""),
    ]
    return tuple(Fact(label, value) for label, value in pairs if value)


def _needs(order: models.WorkOrder, part: int) -> list[str]:
    return [
        f"{need.people} × {need.qualification.name}, {need.get_level_display().lower()} or above"
        for need in order.needs_of(part)
    ]


def _asked(order: models.WorkOrder, part: models.OrderPart) -> str:
    size = f"{part.crew_size} or more people"
    return "; ".join([size, *_needs(order, part.number), *([", ".join(part.equipment)] if part.equipment else [])])


def _materials(order: models.WorkOrder, zone: ZoneInfo) -> str:
    expected = order.materials_expected_at
    return f"expected {words.moment(expected, zone).text}" if expected else "missing, no date known"


def _related(order: models.WorkOrder) -> RelatedLine:
    return RelatedLine(order.number, order.title, states.of_order(order.status))


def _crew(file: order_files.OrderFile, crew_id: int, until: datetime) -> crews.CrewDetails:
    return crews.details(file.crews[crew_id], order=file.order, day=file.day, until=until)


def _ranked(suggestion: models.Suggestion, file: order_files.OrderFile) -> Ranked:
    zone = file.order.district.zone
    return Ranked(
        id=suggestion.pk,
        shift=suggestion.shift_id,
        place=ranking.place(suggestion, file.suggestions),
        why_here=ranking.why_here(suggestion, file.suggestions, file.order),
        beside_next=ranking.beside_next(suggestion, file.suggestions, file.order),
        name=suggestion.crew_names,
        crews=tuple(_crew(file, crew.pk, suggestion.ends_at) for crew in suggestion.crews),
        beside=tuple(
            Beside(one.crew.name, words.moment(one.departs_at, zone, file.day), words.length(one.travel_minutes))
            for one in suggestion.further_crews.all()
        ),
        when=words.span(suggestion.starts_at, suggestion.ends_at, zone, file.day),
        leaves=words.moment(suggestion.departs_at, zone, file.day),
        travel=words.length(suggestion.travel_minutes),
        effects=effects.of(effects.CrewOutcome.of(suggestion), file.order, back=_ends(suggestion, file)),
        reasons=_texts(suggestion, covers=False),
        covered=_texts(suggestion, covers=True),
        warnings=tuple(str(one["text"]) for one in suggestion.warnings),
        in_plan=suggestion.in_plan,
        tentative=suggestion.tentative,
        mark=states.of_suggestion(suggestion),
        is_open=suggestion.status == models.Suggestion.Status.PROPOSED and file.assignment is None,
    )


def _texts(suggestion: models.Suggestion, *, covers: bool) -> tuple[str, ...]:
    shown = [one for one in suggestion.reasons if (one["code"] == "qualified") is covers and one["code"] != "in-plan"]
    return tuple(str(one["text"]).rstrip(".") for one in shown)


def _ends(suggestion: models.Suggestion, file: order_files.OrderFile) -> str:
    return words.moment(suggestion.ends_at, file.order.district.zone, file.day).text
