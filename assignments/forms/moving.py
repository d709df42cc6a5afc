"""Target of a moved job: typed, chosen or dragged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from assignments import models
from assignments.queries import days

LOCAL = "%Y-%m-%dT%H:%M"


class LocalTime(forms.CharField):
    """A moment in ISO 8601; without an offset it is of the clock in `zone`, of a time shown twice the first."""

    zone: ZoneInfo

    def clean(self, value: Any) -> datetime:
        text = super().clean(value)
        try:
            typed = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("Give a day and a time.") from None
        if typed.year not in days.YEARS:
            raise forms.ValidationError("That day is out of reach.")
        moment = typed if typed.tzinfo else typed.replace(tzinfo=self.zone)
        if typed.tzinfo is None and moment.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != typed:
            raise forms.ValidationError(f"The clocks skip {typed:%H:%M} that day. Choose another time.")
        return moment.astimezone(UTC).replace(second=0, microsecond=0)


class PlaceForm(forms.Form):
    """A crew of the district and a start."""

    crew = forms.ModelChoiceField(models.Crew.objects.none(), empty_label=None)
    start = LocalTime(widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}))

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        crews = models.Crew.objects.filter(district=district, active=True)
        self.fields["crew"].queryset = crews  # type: ignore[attr-defined]
        self.fields["start"].zone = district.zone  # type: ignore[attr-defined]


class MoveForm(PlaceForm):
    """The order as the page showed it, and whether the move may wait for a pending permit."""

    version = forms.IntegerField(min_value=0, max_value=2**31, widget=forms.HiddenInput)
    tentative = forms.BooleanField(required=False, label="May wait for a pending permit")
