"""Closes on the page of a row what its downstream system says of it, unless an administrator takes it over.

What is typed over it would be gone with the next message; taken over, it is on the record and stays.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model

from assignments.admin import opened
from assignments.services.upserting import owned

FIELD = "kept_here"


class SourcedForm(opened.GuardedForm):
    """Of a row on its own page: closed where its source speaks, with the choice of what to take over."""

    kept_here = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick what is kept here from now on, save, and it can be changed. Untick it to take again what the "
        "source says, with its next change or when everything is read again.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {FIELD: list(owned.kept(options["instance"]))} | (options.get("initial") or {})
        super().__init__(*args, **options)
        names = owned.OWNED.get(type(self.instance), ())
        self.fields[FIELD].choices = [(name, label(self.instance, name)) for name in names]  # type: ignore[attr-defined]
        self.fields[FIELD].label = f"Kept here, whatever {self.instance.source} says"

    def _post_clean(self) -> None:  # the step in which Django fills the instance
        self.instance.taken_over = self.cleaned_data.get(FIELD, self.instance.taken_over) or None
        super()._post_clean()  # type: ignore[misc]  # the stubs hide it


def form_for(form: type[Any], row: Model | None) -> type[Any]:
    """The guarded form of a page, with the choice of what to take over where the row has a source."""
    return opened.guarded(form, SourcedForm if row is not None and has_source(row) else opened.GuardedForm)


def has_source(row: Model) -> bool:
    return type(row) in owned.OWNED and getattr(row, "source_id", None) is not None


def with_choice(fieldsets: Any, row: Model) -> Any:
    """The fieldsets of a page, with the choice of what to take over as the last."""
    if not has_source(row) or any(FIELD in options["fields"] for _, options in fieldsets):
        return fieldsets
    return [*fieldsets, ("Taken over", {"fields": (FIELD,)})]


def label(row: Model, name: str) -> str:
    known = {field.name: field for field in (*row._meta.fields, *row._meta.many_to_many)}
    return str(known[name].verbose_name if name in known else name.replace("_", " ")).capitalize()
