"""The parameters that many lists take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django_filters.fields import BaseCSVField, IsoDateTimeField

from assignments import models
from assignments.queries import days

_BIGGEST = 2**63 - 1
MOST_LISTED = 200
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


class NumberFilter(django_filters.NumberFilter):
    """A whole number that a key can be."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=_BIGGEST, **kwargs)

    def get_max_validator(self) -> None:
        """None: the field has its own."""


class _ListField(BaseCSVField):
    def clean(self, value: Any) -> Any:
        if value is not None and len(value) > MOST_LISTED:
            raise forms.ValidationError(f"Ask for at most {MOST_LISTED} at a time.")
        return super().clean(value)


class Listed(django_filters.BaseInFilter):
    """One of several values between commas, at most as many as a page of rows has."""

    base_field_class = _ListField


class Ids(Listed, NumberFilter):
    pass


class Uuids(Listed, django_filters.UUIDFilter):
    pass


class Texts(Listed, django_filters.CharFilter):
    pass


def ids() -> Ids:
    return Ids("pk", label="Ids, separated by commas.")


def uuids() -> Uuids:
    return Uuids("pk", label="Ids, separated by commas.")


class _MomentField(IsoDateTimeField):
    """A time that says in which zone it is, and that is stored and shown in every zone."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise forms.ValidationError("Give a time as in ISO 8601.") from None
        if moment.tzinfo is None:
            raise forms.ValidationError("Give the offset of the time as well, such as Z or -05:00.")
        # Nothing is older or newer: since the year 1 is since ever, and no zone leads out of the calendar.
        return _FIRST if moment.year < _FIRST.year else _LAST if moment.year > _LAST.year else moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = _MomentField


def updated_since() -> MomentFilter:
    return MomentFilter("updated_at", "gte", label="Written at this time or later.")


class DayFilter(django_filters.DateFilter):
    """Rows with a part in a local day of their district, which `district` leads to from the row."""

    def __init__(
        self,
        *,
        district: str,
        start: str = "starts_at",
        end: str = "ends_at",
        label: str = "A local day of the district.",
    ) -> None:
        super().__init__(label=label)
        self._district, self._start, self._end = district, start, end

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        if value is None:
            return qs
        if not date(1900, 1, 1) <= value <= date(2999, 1, 1):
            return qs.none()
        in_day = Q(pk__in=[])
        for district in models.District.objects.readable_by(self.parent.request.user):
            start, end = days.period_of(value, district.zone)
            touched = {f"{self._start}__lt": end, f"{self._end}__gt": start}
            in_day |= Q(**{self._district: district.pk}, **touched)
        return qs.filter(in_day)


def neither_true_nor_false(given: Mapping[str, str], filterset: type[django_filters.FilterSet]) -> list[str]:
    """Parameters of the filters that would be left out although they were given."""
    switches = [name for name, one in filterset.base_filters.items() if isinstance(one, django_filters.BooleanFilter)]
    return [name for name in switches if given.get(name, "true").lower() not in {"true", "false"}]
