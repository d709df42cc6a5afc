"""The rows selected on a board, and what is to be done with all of them."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models
from assignments.forms.decisions import ManyTicks
from assignments.services.batches.acts import SelectedAct

MOST = 200
"""Rows of one selection: the page of a board shows fewer."""
Act = models.Batch.Act
_GONE = "A selected order is not there any more, or is not of this district. Select again."
_LATER = (
    (-1440, "One day earlier"), (-240, "4 hours earlier"), (-120, "2 hours earlier"), (-60, "1 hour earlier"),
    (-30, "30 minutes earlier"), (0, "At the same time"), (30, "30 minutes later"), (60, "1 hour later"),
    (120, "2 hours later"), (240, "4 hours later"), (1440, "One day later"),
)  # fmt: skip


class _Ticked(ManyTicks):
    def __init__(self, queryset: Any, **options: Any) -> None:
        messages = {"required": "Select at least one order.", "invalid_choice": _GONE, "invalid_pk_value": _GONE}
        super().__init__(queryset, error_messages=messages, **options)

    def clean(self, value: Any) -> Any:
        if len(value or ()) > MOST:
            raise forms.ValidationError(f"Select {MOST} orders at most.")
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            # What is no key of a row at all is said in the words of the key's type.
            raise error if error.code == "required" else forms.ValidationError(_GONE) from None


class _TickedDecisions(_Ticked):
    longest_key = 36


class SelectionForm(forms.Form):
    """Orders of a district, as the board's rows name them."""

    act = forms.ChoiceField(choices=Act.choices, error_messages={"invalid_choice": "Choose what is to be done."})
    order = _Ticked(models.WorkOrder.objects.none())

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order"].queryset = models.WorkOrder.objects.filter(district=district)  # type: ignore[attr-defined]

    @property
    def in_sequence(self) -> list[int]:
        """Ids of the orders as the board had them."""
        return list(dict.fromkeys(int(key) for key in self.data.getlist("order")))  # type: ignore[attr-defined]


class SelectedActForm(forms.Form):
    """The act on the suggestions or decisions that the summary showed."""

    day = forms.DateField()
    act = forms.ChoiceField(choices=Act.choices, widget=forms.HiddenInput)
    suggestion = _Ticked(models.Suggestion.objects.none(), required=False)
    assignment = _TickedDecisions(models.Assignment.objects.none(), required=False)
    code = forms.ChoiceField(label="Why", required=False, choices=models.Rejection.Code.choices)
    reason = forms.CharField(label="In your words", max_length=200, required=False)
    crew = forms.ModelChoiceField(
        models.Crew.objects.none(), label="To crew", required=False, empty_label="Each keeps its crew"
    )
    later_by = forms.TypedChoiceField(label="When", coerce=int, required=False, choices=_LATER)
    tentatively = forms.BooleanField(required=False)

    def __init__(self, *args: Any, district: models.District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decisions = models.Assignment.objects.leads().filter(order__district=district).select_related("order")
        rows = {
            "suggestion": models.Suggestion.objects.filter(order__district=district).select_related("order"),
            "assignment": decisions,
            "crew": models.Crew.objects.filter(district=district, active=True).order_by("name", "pk"),
        }
        for name, queryset in rows.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        for name in ("code", "reason", "crew", "later_by"):
            self.fields[name].widget.attrs["class"] = "control"
        self.fields["reason"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        act = found.get("act")
        found["later_by"] = found.get("later_by") or 0
        if self.errors:
            return found
        if not self.chosen:
            raise forms.ValidationError("Select at least one order.")
        if act == Act.REJECT:
            found["code"] = found["code"] or models.Rejection.Code.OTHER
            if found["code"] == models.Rejection.Code.OTHER and not found["reason"].strip():
                self.add_error("reason", "Say why in a few words; the reason is kept with each rejection.")
        if act == Act.MOVE and not found["crew"] and not found["later_by"]:
            self.add_error("crew", "Choose another crew or another time.")
        return found

    @property
    def chosen(self) -> list[Any]:
        """The suggestions or decisions that the act is about."""
        of_suggestions = self.cleaned_data["act"] in {Act.APPROVE, Act.REJECT}
        return list(self.cleaned_data["suggestion" if of_suggestions else "assignment"])

    @property
    def asked(self) -> SelectedAct:
        data = self.cleaned_data
        act = data["act"]
        moved = {"to_crew": data["crew"], "later_by": data["later_by"]} if act == Act.MOVE else {}
        rejected = {"code": data["code"], "reason": data["reason"].strip()} if act == Act.REJECT else {}
        return SelectedAct(act=act, tentatively=data["tentatively"], **moved, **rejected)
