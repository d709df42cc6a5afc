"""Input of a restoration time that a manager sets."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models
from assignments.forms.moving import LocalTime


class RestorationForm(forms.Form):
    """When the customers are to be back, by the clock of the district, and why."""

    back_at = LocalTime(
        label="Back by", widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}),
        error_messages={"required": "Give the day and time by which the customers are back."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why",
        max_length=200,
        error_messages={"required": "Say why in a few words; colleagues read it beside the time."},
    )

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["back_at"].zone = district.zone  # type: ignore[attr-defined]
