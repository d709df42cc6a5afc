"""The longest time that a shift of a district has for one piece of work."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Max, prefetch_related_objects

from assignments import models
from assignments.engine.domain.problem import Break

AHEAD = timedelta(days=14)
"""Days of the roster that are looked at: as far as runs plan."""
DRIVING = 60
"""Minutes of a shift that are left free for driving to the work and back."""
_GRID = 5


def longest_shifts(district_ids: Collection[int], now: datetime) -> Mapping[int, int]:
    """By district the minutes of its longest shift of the next two weeks, those on call aside; none without any."""
    rows = models.Shift.objects.in_force().filter(on_call=False, crew__district__in=district_ids)
    rows = rows.filter(ends_at__gt=now, starts_at__lt=now + AHEAD).order_by()
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    found = rows.values_list("crew__district").annotate(longest=Max(length))
    return {district: int(longest.total_seconds()) // 60 for district, longest in found}


def longest_work(district: models.District, shift: int | None) -> int | None:
    """Minutes of the longest work that is not cut, set-up included, where the longest shift has so many; None where
    nobody can say, because there are no shifts and the rules set no limit."""
    rules = district.rules_in_force
    if rules.longest_part_minutes:
        return int(rules.longest_part_minutes)
    if shift is None:
        return None
    unbroken = _unbroken(shift, rules.max_overtime_minutes, rules.agreed_breaks)
    room = min(unbroken, rules.max_work_hours_in_24 * 60) - DRIVING
    return room // _GRID * _GRID if room >= _GRID else None


def _unbroken(shift: int, overtime: int, breaks: Iterable[Break]) -> int:
    """The most minutes that lie between two breaks of a shift, or between one and its begin or end with overtime.

    Work is not parted by a break: longer work would leave no room for it.
    """
    most = begin = 0
    for one in sorted(breaks, key=lambda one: (one.latest, one.earliest)):
        if shift * 60 > one.after:
            most = max(most, one.latest // 60 - begin)
            begin = max(begin, one.earliest // 60) + one.length // 60
    return max(most, shift + overtime - begin)


def longest_works(districts: Iterable[models.District], now: datetime) -> Mapping[int, int | None]:
    """The same by district, whose rules are read; two queries."""
    by_id = {district.pk: district for district in districts}
    shifts = longest_shifts(by_id, now)
    prefetch_related_objects([by_id[pk].rules_in_force for pk in shifts], "breaks")
    return {pk: longest_work(district, shifts.get(pk)) for pk, district in by_id.items()}


def with_breaks(orders: Iterable[models.WorkOrder]) -> None:
    """Reads the breaks that `longest_stretch` looks at, by one query for all of them."""
    prefetch_related_objects([order.district.rules_in_force for order in orders], "breaks")


def longest_stretch(district: models.District, shift: int) -> int:
    """Minutes of the longest work that a shift of so many minutes has time for, overtime included."""
    rules = district.rules_in_force
    return _unbroken(shift, rules.max_overtime_minutes, rules.agreed_breaks)


def longest_stretches(district_ids: Collection[int], now: datetime) -> Mapping[int, int]:
    """The same by district, as its longest shift is; none without any."""
    shifts = longest_shifts(district_ids, now)
    found = models.District.objects.with_rules().filter(pk__in=shifts)
    prefetch_related_objects([district.rules_in_force for district in found], "breaks")
    return {district.pk: longest_stretch(district, shifts[district.pk]) for district in found}


def is_too_long(order: models.WorkOrder, shift: int | None) -> bool:
    """Whether the order, as it is, fits no shift of its district, of which the longest has so many minutes."""
    return shift is not None and order.is_assignable and order.duration_minutes > longest_stretch(order.district, shift)
