"""Days and moments that a program sends."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assignments.queries import days
from assignments.services.records import refusals


class MomentOutOfReach(refusals.Refusal):
    """Work is planned in this era."""

    code = "day-out-of-reach"
    next_step = "Choose a day within the next weeks."


class DayField(serializers.DateField):
    """A day that has a day before and behind it in every zone. Raises MomentOutOfReach."""

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day.year not in days.YEARS:
            raise MomentOutOfReach("That day is out of reach.")
        return day


class MomentField(serializers.DateTimeField):
    """A moment that calendars can reckon with, to the minute. Raises MomentOutOfReach."""

    def enforce_timezone(self, value: Any) -> Any:
        if value.tzinfo is None:
            raise serializers.ValidationError("Give the offset of the time as well, such as Z or -05:00.")
        return super().enforce_timezone(value)

    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value)
        if moment.year not in days.YEARS:
            raise MomentOutOfReach("That day is out of reach.")
        return moment.replace(second=0, microsecond=0)
