"""The wall screen of a district: large numbers, what is at risk, and how its crews are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from assignments import models
from assignments.presenters.overview import crews_on_duty, places
from assignments.presenters.shared import words
from assignments.queries import days, permit_needs, situation

_PASSES = timedelta(minutes=5)
"""While a crew is on duty, what is left of its shift is told anew this often."""
_SHOWN = 3
"""Lines of a risk: what is listed must fit on a wall screen, the count says the rest."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that is read from across the room."""

    number: str
    mark: words.Mark
    url: str


@dataclass(frozen=True, slots=True)
class TodayItem:
    number: str
    text: str
    url: str
    at: words.ShownTime | None = None
    clock: str = ""
    """Of what happens today."""
    relative: str = ""


@dataclass(frozen=True, slots=True)
class Risk:
    key: str
    mark: words.Mark
    """Good when there is none."""
    count: int
    lines: tuple[TodayItem, ...]
    url: str
    also: str = ""
    """More of the kind that is not of the day."""

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True, slots=True)
class Wall:
    day: str
    as_of: words.ShownTime
    changes_at: str
    """When time alone makes it another picture, ISO 8601."""
    tiles: tuple[Tile, ...]
    risks: tuple[Risk, ...]
    bars: tuple[crews_on_duty.CrewDay, ...]
    use: str
    """Of all crews together."""
    on_call: tuple[crews_on_duty.OnCall, ...]
    plan: str


def wall(found: situation.Situation, *, district: models.District, now: datetime) -> Wall:
    return Wall(
        day=words.day_text(found.day),
        as_of=words.moment(now, district.zone, found.day),
        changes_at=_changes_at(found, now).isoformat(),
        tiles=_tiles(found, district),
        risks=_risks(found, district, now),
        bars=tuple(crews_on_duty.bar(load, district.zone, found.day) for load in found.crews.loads),
        use=crews_on_duty.use(found.crews.loads),
        on_call=tuple(crews_on_duty.on_call(one, district.zone, found.day) for one in found.crews.on_call),
        plan=_plan(found.run),
    )


def _tiles(found: situation.Situation, district: models.District) -> tuple[Tile, ...]:
    address = reverse("assignments:map", args=[district.code])
    day = found.day.isoformat()
    shown = places.STANDINGS.items()
    tiles = [
        Tile(f"{found.standings[state]:,}", _calm(mark, found.standings[state]), f"{address}?day={day}&state={state}")
        for state, mark in shown
    ]
    out = words.Mark("bad" if found.customers_out else "ok", "bolt", "Customers out")
    board = reverse("assignments:board", args=[district.code])
    return (
        *tiles,
        Tile(f"{found.customers_out:,}", out, f"{board}?day={day}"),
        Tile(*_of_the_plan(found.run), f"{board}?day={day}"),
    )


def _calm(mark: words.Mark, count: int) -> words.Mark:
    """Nothing is no alarm."""
    return words.Mark("none", mark.icon, mark.word) if mark.tone == "bad" and not count else mark


def _risks(found: situation.Situation, district: models.District, now: datetime) -> tuple[Risk, ...]:
    board = f"{reverse('assignments:board', args=[district.code])}?day={found.day.isoformat()}"
    register = reverse("assignments:permits", args=[district.code])
    told = reverse("assignments:write-backs", args=[district.code])

    def when(at: Any) -> tuple[words.ShownTime, str, str]:
        is_today = days.local_day(at, district.zone) == found.day
        moment = words.moment(at, district.zone, found.day)
        return moment, moment.text if is_today else "", words.relative(at, now)

    emergencies = [
        TodayItem(one.number, _out(one), reverse("assignments:order-emergency", args=[one.number]))
        for one in found.emergencies
    ]
    due = [TodayItem(one.number, one.title, _review(one.number), *when(one.due_at)) for one in found.due]
    red = [
        TodayItem(one.order.number, f"{one.crew_names}: {one.why_red}", _review(one.order.number)) for one in found.red
    ]
    lapsing = [
        TodayItem(one.order.number, _permit(one), _review(one.order.number), *when(one.ends_at))
        for one in found.lapsing
    ]
    return (
        _risk("emergencies", "siren", "Emergencies without a crew", emergencies, f"{board}&state=to-decide"),
        _risk("due", "clock", "Due today or late, without a crew", due, board),
        replace(
            _risk("red", "alert", "Approved, no longer valid", red, f"{board}&state=attention"),
            also=f"{found.red_later} on later days" if found.red_later else "",
        ),
        _risk("permits", "permit", "Permits that lapse today", lapsing, f"{register}?state=expiring"),
        Risk(
            "dead",
            _mark("upload", "Decisions not taken, needing you", found.dead),
            found.dead,
            (),
            f"{told}?state=dead",
        ),
    )


def _risk(key: str, icon: str, word: str, lines: Sequence[TodayItem], url: str) -> Risk:
    return Risk(key, _mark(icon, word, len(lines)), len(lines), tuple(lines[:_SHOWN]), url)


def _mark(icon: str, word: str, count: int) -> words.Mark:
    return words.Mark("bad", icon, word) if count else words.Mark("ok", "check", word)


def _review(number: str) -> str:
    return reverse("assignments:order-review", args=[number])


def _out(order: situation.OpenOrder) -> str:
    return f"{order.title}, {words.count(order.customers_out, 'customer')} out" if order.customers_out else order.title


def _permit(entry: permit_needs.PermitEntry) -> str:
    return f"{models.Permit.Kind(entry.kind).label} {entry.permit.number if entry.permit else ''}"


def _of_the_plan(run: models.SuggestionRun | None) -> tuple[str, words.Mark]:
    """Customers whom the plan brings back, or the orders that it serves when nobody is out."""
    figures = run.figures if run else {}
    if figures.get("customers_out"):
        back = figures.get("customers_back") or [("", 0)]
        return f"{back[-1][1]:,}", words.Mark("info", "sparkle", "Customers back with the plan")
    shown = f"{run.orders_in_plan:,}" if run and figures.get("plan") is not None else "–"
    return shown, words.Mark("info", "sparkle", "Orders in the plan")


def _plan(run: models.SuggestionRun | None) -> str:
    if run is None:
        return "No run for today yet: press Suggest on the board."
    return (
        f"The run is {run.get_status_display().lower()}." if run.is_under_way or run.figures.get("plan") is None else ""
    )


def _changes_at(found: situation.Situation, now: datetime) -> datetime:
    moments = [one.due_at for one in found.due] + [one.ends_at for one in found.lapsing] + [found.day_ends_at]
    moments += found.crews.changes_at
    if any(load.left for load in found.crews.loads if load.duty.is_now):
        moments.append(now + _PASSES)
    return min(at for at in moments if at and at > now)
