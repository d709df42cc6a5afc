"""The schedule of a district: what its timeline draws, and the same in words for its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from assignments import models
from assignments.presenters.board import rows
from assignments.presenters.review import override_form
from assignments.presenters.shared import pages, states, words
from assignments.queries import crew_days, crew_loads, rests
from assignments.services.decisions import placing

SPANS = {1: "Day", 3: "3 days", 7: "Week"}
"""Days that can be shown at once."""
_WORK = {"job", "ghost"}
"""Kinds of items that are work."""
_MARGIN = timedelta(hours=1)
"""Before and after the work of a day, when the timeline opens on it."""
_PLANNED = words.Mark("info", "sparkle", "Suggested")


@dataclass(frozen=True, slots=True)
class Zoom:
    days: int
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class CrewJob:
    """One job of a crew."""

    number: str
    title: str
    when: words.Span
    departs: words.ShownTime | None
    """When the crew sets out, if that is before it begins."""
    mark: words.Mark
    assignment: models.Assignment | None
    """None for a suggestion."""
    may_move: bool
    may_pin: bool
    pinned: bool
    together: bool
    """Whether other crews do it with this one."""
    overridden: words.Mark | None = None
    free: str = ""
    """Reason with which one press takes it off its crews; empty while it stands."""
    decision: str = ""
    """The id of the decision, the same for all crews of a team."""


@dataclass(frozen=True, slots=True)
class CrewUsage:
    """Part of a crew's shifts that has work."""

    percent: int
    text: str


@dataclass(frozen=True, slots=True)
class CrewRow:
    """One crew."""

    id: int
    name: str
    shifts: tuple[words.Span, ...]
    on_call: bool
    away: tuple[str, ...]
    breaks: tuple[str, ...]
    lines: tuple[CrewJob, ...]
    items: tuple[dict[str, Any], ...]
    """Items of the timeline, as JSON can hold them."""
    use: CrewUsage | None
    """None where the crew has no regular shift."""

    @property
    def is_empty(self) -> bool:
        return not (self.shifts or self.lines)


def day_switch(district: models.District, day: date, span: int, now: datetime) -> pages.DaySwitch:
    """As on the board, with steps of the whole span."""
    last = day + timedelta(days=span - 1)
    found = pages.day_switch(district, day, now)
    text = found.text if span == 1 else f"{day:%a} {day.day} {day:%b} – {last:%a} {last.day} {last:%b %Y}"
    step, name = timedelta(days=span), found.name if span == 1 else ""
    return replace(found, text=text, name=name, previous=(day - step).isoformat(), next=(day + step).isoformat())


def zooms(current: int) -> tuple[Zoom, ...]:
    return tuple(Zoom(days, label, days == current) for days, label in SPANS.items())


def crew_rows(
    crews: Iterable[crew_days.CrewDays], *, period: tuple[datetime, datetime], zone: ZoneInfo, day: date
) -> list[CrewRow]:
    """One for each crew that has a shift or work in the period, which begins with the day."""
    found = (_row(one, period, zone, day) for one in crews)
    return [row for row in found if not row.is_empty]


def working_hours(rows: Iterable[CrewRow], period: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    """The part of the period with regular shifts, else with work; all of it when there is neither."""
    items = [item for row in rows for item in row.items]
    busy = [item for item in items if item["kind"] == "shift"] or [item for item in items if item["kind"] in _WORK]
    if not busy:
        return period
    first = min(datetime.fromisoformat(item["start"]) for item in busy)
    last = max(datetime.fromisoformat(item["end"]) for item in busy)
    return max(period[0], first - _MARGIN), min(period[1], last + _MARGIN)


def _usage(found: crew_days.CrewDays, period: tuple[datetime, datetime]) -> CrewUsage | None:
    use = crew_loads.use_of(found, *period)
    if not use.shift:
        return None
    decided, planned, whole = (round(one.total_seconds() / 60) for one in (use.decided, use.planned, use.shift))
    text = f"{words.length(decided)} of {words.length(whole)} decided"
    if planned > decided:
        text += f", {words.length(planned)} with what is suggested"
    return CrewUsage(round(100 * planned / whole), text)


def _row(found: crew_days.CrewDays, period: tuple[datetime, datetime], zone: ZoneInfo, day: date) -> CrewRow:
    crew = found.crew
    lines = [_job(one, zone, day) for one in found.assignments] + [_ghost(one, zone, day) for one in found.planned]
    return CrewRow(
        id=crew.pk,
        name=crew.name,
        shifts=tuple(words.span(one.starts_at, one.ends_at, zone, day) for one in found.shifts),
        on_call=bool(found.shifts) and all(one.on_call for one in found.shifts),
        away=tuple(_away(one, zone, day) for one in found.away),
        breaks=tuple(_break(one, zone, day) for one in found.breaks),
        lines=tuple(sorted(lines, key=lambda line: line.when.start.iso)),
        use=_usage(found, period),
        items=(
            *(
                _period(
                    "on-call" if one.on_call else "shift", one.pk, one.starts_at, one.ends_at, _shift(one, zone, day)
                )
                for one in found.shifts
            ),
            *(
                _period("absence", one.absence.pk, one.absence.starts_at, one.absence.ends_at, _away(one, zone, day))
                for one in found.away
            ),
            *(
                _period("break", number, one.starts_at, one.ends_at, _break(one, zone, day))
                for number, one in enumerate(found.breaks)
            ),
            *(_job_item(one, zone, day) for one in found.assignments),
            *(_ghost_item(one, zone, day) for one in found.planned),
        ),
    )


def _shift(shift: models.Shift, zone: ZoneInfo, day: date) -> str:
    word = "On call" if shift.on_call else "Shift"
    return f"{word} {words.spoken(words.span(shift.starts_at, shift.ends_at, zone, day))}"


def _break(one: rests.ShiftBreak, zone: ZoneInfo, day: date) -> str:
    return f"{one.name[:1].upper()}{one.name[1:]} {words.spoken(words.span(one.starts_at, one.ends_at, zone, day))}"


def _away(one: crew_days.Away, zone: ZoneInfo, day: date) -> str:
    period = words.spoken(words.span(one.absence.starts_at, one.absence.ends_at, zone, day))
    return f"{one.person} away ({one.absence.get_kind_display().lower()}) {period}"


def _job(row: models.Assignment, zone: ZoneInfo, day: date) -> CrewJob:
    departs = words.moment(row.departs_at, zone, day) if row.departs_at < row.starts_at else None
    return CrewJob(
        number=row.order.number,
        title=row.order.title,
        when=words.span(row.starts_at, row.ends_at, zone, day),
        departs=departs,
        mark=states.of_assignment(row),
        assignment=row,
        may_move=_may_move(row),
        may_pin=_is_held(row),
        pinned=row.pinned,
        together=row.together,  # type: ignore[attr-defined]  # an annotation
        overridden=against.mark if (against := override_form.overridden(row)) else None,
        free=rows.freeing(row, row.order),
        decision=str(row.lead_id or row.pk),
    )


def _is_held(row: models.Assignment) -> bool:
    """Whether the crew has not been sent yet."""
    sent = row.order.status in (models.WorkOrder.Status.DISPATCHED, models.WorkOrder.Status.IN_PROGRESS)
    return row.status in models.Assignment.LIVE and row.status != models.Assignment.Status.DISPATCHED and not sent


def _may_move(row: models.Assignment) -> bool:
    """Whether somebody may try; the rules have the last word."""
    return _is_held(row) and not row.pinned and not row.together  # type: ignore[attr-defined]  # an annotation


def _ghost(planned: crew_days.PlannedWork, zone: ZoneInfo, day: date) -> CrewJob:
    row = planned.suggestion
    departs = words.moment(planned.departs_at, zone, day) if planned.departs_at < row.starts_at else None
    return CrewJob(
        number=row.order.number,
        title=row.order.title,
        when=words.span(row.starts_at, row.ends_at, zone, day),
        departs=departs,
        mark=_PLANNED,
        assignment=None,
        may_move=False,
        may_pin=False,
        pinned=False,
        together=bool(row.team),
    )


def _period(kind: str, key: Any, start: datetime, end: datetime, text: str) -> dict[str, Any]:
    return {"id": f"{kind}-{key}", "kind": kind, "start": start.isoformat(), "end": end.isoformat(), "text": text}


def _about(order: models.WorkOrder) -> dict[str, Any]:
    """Facts of the order for its bar."""
    urgency = order.urgency_in_force
    return {
        "number": order.number,
        "title": order.title,
        "kindOfWork": order.get_kind_display(),
        "priority": urgency.name.lower(),
    }


def _job_item(row: models.Assignment, zone: ZoneInfo, day: date) -> dict[str, Any]:
    mark, order = states.of_assignment(row), row.order
    period = words.spoken(words.span(row.starts_at, row.ends_at, zone, day))
    said = [
        f"{order.number} {order.title}",
        states.of_priority(order).word,
        period,
        mark.word,
        *([mark.detail] if mark.detail else []),
    ]
    if against := override_form.overridden(row):
        said.append(f"{against.mark.word}: {against.mark.detail}")
    said += [word for word, holds in (("Pinned", row.pinned), ("With other crews", row.together)) if holds]  # type: ignore[attr-defined]  # an annotation
    return {
        **_period("job", row.pk, row.starts_at, row.ends_at, ". ".join(said)),
        "departs": row.departs_at.isoformat(),
        **_about(order),
        "state": "red" if row.why_red else row.status.lower(),
        "tone": mark.tone,
        "word": mark.word,
        "icon": mark.icon,
        "when": period,
        "pinned": row.pinned,
        "movable": _may_move(row),
        "version": order.version,
        "assignment": str(row.pk),
        "url": order.get_absolute_url(),
        "moveUrl": reverse("assignments:assignment-move", args=[row.pk]),
    }


def _ghost_item(planned: crew_days.PlannedWork, zone: ZoneInfo, day: date) -> dict[str, Any]:
    row = planned.suggestion
    order, period = row.order, words.spoken(words.span(row.starts_at, row.ends_at, zone, day))
    text = f"{order.number} {order.title}. {states.of_priority(order).word}. {period}. Suggested by the plan"
    return {
        **_period("ghost", row.pk, row.starts_at, row.ends_at, text),
        "departs": planned.departs_at.isoformat(),
        **_about(order),
        "state": "suggested",
        "tone": _PLANNED.tone,
        "word": _PLANNED.word,
        "icon": _PLANNED.icon,
        "when": period,
        "url": order.get_absolute_url(),
    }


def verdict(answer: placing.PlacementOutlook, *, zone: ZoneInfo) -> dict[str, Any]:
    """Text shown beside a job that is being moved."""
    day = answer.starts_at.astimezone(zone).date()
    where = f"{answer.crew.name}, {words.spoken(words.span(answer.starts_at, answer.ends_at, zone, day))}"
    outcome = "tentative" if answer.tentative else "legal" if answer.is_legal else "broken"
    leaves = words.moment(answer.departs_at, zone, day).text if answer.departs_at else ""
    return {"outcome": outcome, "where": where, "leaves": leaves, "broken": list(answer.broken), "fix": answer.fix}
