"""Input of an override: the reason, and the state of the page that was read."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models
from assignments.engine.rules import register
from assignments.forms.moving import LocalTime
from assignments.services.decisions import overriding

_CODES = [("", "Choose a reason"), *models.Assignment.OverrideCode.choices]


class StartForm(forms.Form):
    """Another start to ask the rules about."""

    start = LocalTime(widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60, "class": "control"}))

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].zone = district.zone  # type: ignore[attr-defined]


class OverrideForm(StartForm):
    """The reason, and hidden what the page showed: the start, the broken rules and their fingerprint."""

    field_order = ("code", "reason", "tentative")
    start = LocalTime(widget=forms.HiddenInput)
    fingerprint = forms.CharField(max_length=200, widget=forms.HiddenInput)
    rule = forms.MultipleChoiceField(
        choices=lambda: [(code, code) for code in register.HARD], widget=forms.MultipleHiddenInput
    )
    code = forms.ChoiceField(
        label="Reason",
        choices=_CODES,
        error_messages={"required": "Choose the reason; it is kept with the decision."},
        widget=forms.Select(attrs={"class": "control"}),
    )
    reason = forms.CharField(
        label="In your words",
        required=False,
        max_length=overriding.LONGEST_WORDS,
        widget=forms.TextInput(attrs={"class": "control"}),
    )
    tentative = forms.BooleanField(required=False, label="May wait for the pending permit")
