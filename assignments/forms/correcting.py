"""Input of a correction of what a system is told."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models
from assignments.downstream import messages
from assignments.forms.moving import LOCAL, LocalTime

_LONGEST_REFERENCE = 40
_AT = {"type": "datetime-local", "step": 60}


class CorrectionForm(forms.Form):
    """The told parts of a write-back that may be corrected, filled with what was sent, and why they are."""

    seen = forms.UUIDField(widget=forms.HiddenInput)
    order = forms.CharField(label="Their order", max_length=_LONGEST_REFERENCE)
    crew = forms.CharField(label="Their crew", max_length=_LONGEST_REFERENCE)
    further_crews = forms.CharField(label="Their further crews", max_length=250, required=False)
    starts_at = LocalTime(label="Told from", widget=forms.DateTimeInput(attrs=_AT))
    ends_at = LocalTime(label="Told until", widget=forms.DateTimeInput(attrs=_AT))
    note = forms.CharField(label="Note to them", max_length=500, required=False)
    reason = forms.CharField(
        label="Why you correct it",
        max_length=200,
        error_messages={"required": "Say why in a few words; the audit keeps it beside what was changed."},
    )

    def __init__(self, data: Any = None, *, write_back: models.WriteBack) -> None:
        self._told = write_back.payload
        zone = write_back.about.district.zone
        super().__init__(data, initial={"seen": write_back.idempotency_key, **_as_shown(self._told, zone)})
        for name in ("starts_at", "ends_at"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        if write_back.action == models.WriteBack.Action.ETR:
            for name in ("crew", "further_crews", "starts_at", "ends_at"):
                del self.fields[name]
        elif not self._told.get("further_crews"):
            del self.fields["further_crews"]

    @property
    def changes(self) -> dict[str, Any]:
        """The parts of the payload that the person has written otherwise; of a valid form."""
        typed: dict[str, Any] = {"order": self.cleaned_data["order"], "reason": self.cleaned_data["note"]}
        if "crew" in self.fields:
            typed["crew"] = self.cleaned_data["crew"]
        if "further_crews" in self.fields:
            names = self.cleaned_data["further_crews"].split(",")
            typed["further_crews"] = [name.strip() for name in names if name.strip()]
        changed = {name: value for name, value in typed.items() if value != self._told.get(name, "")}
        # The form shows minutes; what was told to the second stays so unless the person writes another minute.
        if {"starts_at", "ends_at"} & set(self.changed_data):
            told = self._told.get("period", {})
            start, end = (self.cleaned_data[name] for name in ("starts_at", "ends_at"))
            changed["period"] = {
                "start": start if "starts_at" in self.changed_data else told.get("start", start),
                "end": end if "ends_at" in self.changed_data else told.get("end", end),
            }
        return changed


def _as_shown(told: dict[str, Any], zone: Any) -> dict[str, Any]:
    shown = {"order": told.get("order"), "crew": told.get("crew"), "note": told.get("reason", "")}
    shown["further_crews"] = ", ".join(told.get("further_crews", []))
    if "period" in told:
        period = messages.Period.model_validate(told["period"])
        shown["starts_at"] = period.start.astimezone(zone).strftime(LOCAL)
        shown["ends_at"] = period.end.astimezone(zone).strftime(LOCAL)
    return shown
