"""Which crew is on duty when: early, evening and on-call shifts with rotating days off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from assignments.demo.world import workforce
from assignments.demo.world.shapes import Craft, DistrictPlan
from assignments.downstream.messages import Period, ShiftMessage

DAY = (7, 0, 15, 30)
EVENING = (14, 0, 22, 0)
"""Local hours and minutes of start and end."""
ON_CALL = (15, 30, 7, 0)
"""From the end of the day shift until the next one begins."""

ROTATES_FROM = 3
"""A craft with this many crews in a district gives each of them two days off in seven; smaller ones are relieved
person by person and work every day."""
EVENING_EVERY = 8
"""One in so many line and service crews works evenings, by weekly rota."""


def _shift(district: DistrictPlan, crew: str, day: date, hours: tuple[int, int, int, int], mark: str) -> ShiftMessage:
    ends_on = day if hours[2] > hours[0] else day + timedelta(days=1)
    return ShiftMessage(
        reference=f"SH-{crew[3:]}-{day:%y%m%d}-{mark}",
        version=1,
        crew=crew,
        period=Period(start=district.at(day, *hours[:2]), end=district.at(ends_on, *hours[2:])),
        on_call=mark == "C",
    )


def _is_off(index: int, of: int, day: date) -> bool:
    return of >= ROTATES_FROM and (day.toordinal() + 2 * index) % 7 < 2


def _is_evening(craft: Craft, index: int, of: int, day: date) -> bool:
    """The rota turns every Monday, so that nobody goes from an evening straight into a morning in mid-week."""
    if craft not in (Craft.LINE, Craft.SERVICE) or of < EVENING_EVERY:
        return False
    return (index + day.isocalendar().week) % EVENING_EVERY == 0


def shifts(district: DistrictPlan, days: Iterable[date]) -> list[ShiftMessage]:
    """The district's shifts on the given local days; a crew and a day always give the same references."""
    crafts = workforce.crafts(district.crews)
    counts = {craft: crafts.count(craft) for craft in Craft}
    places = []
    seen = dict.fromkeys(Craft, 0)
    for position, craft in enumerate(crafts, start=1):
        places.append((workforce.crew_reference(district, position), craft, seen[craft]))
        seen[craft] += 1
    result = []
    for day in days:
        on_day_shift = []
        for crew, craft, index in places:
            if _is_off(index, counts[craft], day):
                continue
            if _is_evening(craft, index, counts[craft], day):
                result.append(_shift(district, crew, day, EVENING, "E"))
                continue
            result.append(_shift(district, crew, day, DAY, "D"))
            if craft is Craft.LINE:
                on_day_shift.append(crew)
        for turn in range(min(1 + len(on_day_shift) // 8, len(on_day_shift))):
            crew = on_day_shift[(day.toordinal() + turn) % len(on_day_shift)]
            result.append(_shift(district, crew, day, ON_CALL, "C"))
    return result
