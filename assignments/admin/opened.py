"""A form that was opened before somebody else changed its row does not save over what they wrote.

Each form carries a mark of every value that it was opened with. When it comes back, the row is locked, and a field
whose value has become another since then is refused unless the same was entered: with what it is now beside what was
entered. The answer carries the marks of now, so that saving it again is a decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.utils import display_for_field
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connection
from django.db.models import Field, Manager, Model, QuerySet

from assignments.services.upserting import owned

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    # Generic for the type checker only.
    ModelForm = forms.ModelForm

FIELD = "opened"
_NOTHING = "nothing"
_LONGEST = 200
"""Characters of a value that a refusal shows."""


class _MarksField(forms.CharField):
    """Never counts as a change: a row is not changed because somebody else changed it."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class GuardedForm(ModelForm):
    """Refuses to save over values that are not those it was opened with."""

    opened = _MarksField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is not None:
            self._close(owned.closed(self.instance))
            self.initial[FIELD] = json.dumps(self._marks())

    def _close(self, names: frozenset[str]) -> None:
        """Shows, without taking anything, what the source of the row says."""
        for name in names & self.fields.keys():
            field = self.fields[name]
            field.disabled = True
            field.help_text = f"{field.help_text} From {self.instance.source}.".strip()
            # In the rows of a table no help is shown.
            field.widget.attrs["title"] = f"From {self.instance.source}"

    def clean(self) -> Any:
        cleaned = super().clean()
        # A call without marks was opened on nothing, as by a script that knows what it writes.
        if self.instance.pk is not None and (told := self.data.get(self.add_prefix(FIELD))):
            self._refuse_what_became_another(_read(told))
        return cleaned

    def _refuse_what_became_another(self, opened: Mapping[str, Any]) -> None:
        now = self._marks()
        entered = set(self.changed_data)
        stale = [name for name, mark in now.items() if opened.get(name, mark) != mark and name in entered]
        for name in stale:
            self.add_error(name, f"Changed while this form was open: it is {self._shown(name)} now.")
        if stale:
            self.add_error(
                None,
                "Somebody else, or the system that this comes from, changed it while this form was open. Nothing is"
                " saved yet: what is marked shows your entry and what it is now. Save again to put yours in its place.",
            )
            data: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, which keeps lists
            data[self.add_prefix(FIELD)] = json.dumps(now)
            self.data = data

    def _marks(self) -> dict[str, str]:
        """Of the stored value of each field that can be entered."""
        open_to_entry = {name: field for name, field in self.fields.items() if name != FIELD and not field.disabled}
        return {name: _mark(field, self.get_initial_for_field(field, name)) for name, field in open_to_entry.items()}

    def _shown(self, name: str) -> str:
        """The stored value as the administration writes it: the instance takes what was entered later."""
        try:
            field = self.instance._meta.get_field(name)
        except FieldDoesNotExist:
            return ", ".join(self.get_initial_for_field(self.fields[name], name)) or _NOTHING
        value = getattr(self.instance, name)
        if isinstance(value, Manager):
            return ", ".join(str(row) for row in value.all()) or _NOTHING
        shown = str(display_for_field(value, field, _NOTHING)) if isinstance(field, Field) else str(value)
        return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def guarded(form: type[Any], guard: type[GuardedForm] = GuardedForm) -> type[Any]:
    """The form, with the guard."""
    return type(form.__name__, (guard, form), {"__module__": form.__module__})


def with_marks(fieldsets: Any) -> Any:
    """The fieldsets of a page, with the marks in the first that has fields."""
    if any(FIELD in options["fields"] for _, options in fieldsets):
        return fieldsets
    (name, first), *rest = fieldsets
    return [(name, {**first, "fields": (*first["fields"], FIELD)}), *rest]


def lock(row: Model) -> None:
    """Until the end of the transaction nobody changes it; outside one, or on SQLite, there is nothing to do."""
    if connection.in_atomic_block:
        list(type(row)._base_manager.select_for_update(of=("self",)).filter(pk=row.pk).values_list("pk"))


def locked(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_for_update(of=("self",)) if connection.in_atomic_block else rows


def _read(told: str) -> Mapping[str, Any]:
    """Raises ValidationError for what no form of ours sent."""
    try:
        marks = json.loads(told)
    except (ValueError, RecursionError):
        marks = None
    if not isinstance(marks, dict):
        raise ValidationError("This page no longer knows what it was opened with. Open it again.")
    return marks


def _mark(field: forms.Field, value: Any) -> str:
    value = field.prepare_value(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)):
        value = sorted(str(one) for one in value)
    told = json.dumps(value, sort_keys=True, default=str)
    return hashlib.blake2s(told.encode(errors="surrogatepass"), digest_size=6).hexdigest()
