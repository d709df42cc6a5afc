"""The text field of every search."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms

from assignments.queries import searching


class SearchField(forms.CharField):
    """A few words, of a length that no search is slow with."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "max_length": searching.LONGEST})

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if len(text.split()) > searching.MOST:
            raise forms.ValidationError(f"Search for at most {searching.MOST} words.")
        return text


class SearchFilter(django_filters.CharFilter):
    field_class = SearchField
