"""Input of a decision; everything else about it is a service's business."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models

_LONGEST_KEY = 18
"""Digits."""
_NOT_OF_THE_DISTRICT = "A ticked suggestion is not there any more, or is not of this district. Open the summary again."
_NOT_OF_THE_LIST = "A ticked message is not one of this list. Open the list again."


class RunForm(forms.Form):
    """A run for a local day of one of the user's districts."""

    district = forms.ModelChoiceField(models.District.objects.none(), to_field_name="code")
    day = forms.DateField()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = models.District.objects.readable_by(user)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        error_messages={"required": "Say why in a few words; the reason is kept with the decision."},
    )


class RejectionForm(forms.Form):
    """Without a code the reason has to say everything."""

    code = forms.ChoiceField(required=False, choices=models.Rejection.Code.choices)
    reason = forms.CharField(max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["code"] = found.get("code") or models.Rejection.Code.OTHER
        if found["code"] == models.Rejection.Code.OTHER and not found.get("reason"):
            self.add_error("reason", "Say why in a few words; the reason is kept with the rejection.")
        return found


class ManyTicks(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # only its stub is generic
    """Rows ticked in a table, by their keys."""

    longest_key = _LONGEST_KEY

    def clean(self, value: Any) -> Any:
        # Beyond 64 bits no database compares keys; none of its rows has such a one.
        if any(len(key) > self.longest_key for key in value or ()):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class BulkForm(forms.Form):
    """The suggestions ticked on the summary of a district's day."""

    day = forms.DateField()
    suggestion = ManyTicks(
        models.Suggestion.objects.none(),
        error_messages={
            "required": "Tick at least one suggestion to approve.",
            "invalid_choice": _NOT_OF_THE_DISTRICT,
            "invalid_pk_value": _NOT_OF_THE_DISTRICT,
        },
    )

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = models.Suggestion.objects.filter(order__district=district).select_related("order")
        self.fields["suggestion"].queryset = rows  # type: ignore[attr-defined]


class UntakenForm(forms.Form):
    """The write-backs ticked to be sent again or written off, among those of a district, or of it to one system."""

    write_back = ManyTicks(
        models.WriteBack.objects.none(),
        error_messages={
            "required": "Tick at least one message.",
            "invalid_choice": _NOT_OF_THE_LIST,
            "invalid_pk_value": _NOT_OF_THE_LIST,
        },
    )

    def __init__(self, *args: Any, among: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["write_back"].queryset = among  # type: ignore[attr-defined]
