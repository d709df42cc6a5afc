"""Input of a note."""

from __future__ import annotations

from typing import Any

from django import forms

from assignments import models


class NoteText(forms.CharField):
    """Text whose line breaks count as one character, as the browser counts them."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if text else text


class NoteForm(forms.Form):
    """The words and their subject: an order by its number, a crew by its id, or else the district."""

    text = NoteText(
        label="Note",
        max_length=models.Note.LONGEST,
        error_messages={"required": "Write what colleagues should know.", "max_length": "At most 1,000 characters."},
    )
    order = forms.CharField(required=False, max_length=100)
    crew = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
