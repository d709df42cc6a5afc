"""A suggestion's score, as a number for programs and in words for people."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assignments import models
from assignments.presenters.review import effects
from assignments.presenters.shared import words


class PartSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField(required=False)  # type: ignore[assignment]  # a field of its own
    value = serializers.FloatField(help_text="Its share of the score.")
    detail = serializers.CharField(required=False, help_text="In words, where the amount means something by itself.")


class ScoreFields(serializers.Serializer[Any]):
    score = serializers.IntegerField(
        help_text="Ranks the crews of one order, the greater the better; docs/objective.md has the reckoning."
    )
    effects = serializers.SerializerMethodField(
        help_text="The score in words: customers back, minutes of driving and overtime that it costs or saves."
    )
    parts = PartSerializer(many=True, help_text="They add up to the score.")

    def get_effects(self, suggestion: models.Suggestion) -> list[str]:
        order = suggestion.order
        back = words.moment(suggestion.ends_at, order.district.zone).text
        return [one.text for one in effects.of(effects.CrewOutcome.of(suggestion), order, back=back)]
