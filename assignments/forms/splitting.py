"""The longest part into which a manager cuts work."""

from __future__ import annotations

from typing import Any

from django import forms


class SplitForm(forms.Form):
    """Hours, to the half hour."""

    longest = forms.DecimalField(
        min_value=1,
        max_value=24,
        max_digits=4,
        decimal_places=1,
        widget=forms.NumberInput(attrs={"class": "control", "id": "split-longest", "step": "0.5"}),
    )

    def clean(self) -> dict[str, Any]:
        """With `minutes`."""
        found = super().clean() or {}
        if "longest" in found:
            found["minutes"] = int(found["longest"] * 60)
        return found
