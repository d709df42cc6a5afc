"""The form in which a person says what the columns of a file are that have other names than ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from assignments import models
from assignments.services.files import naming, tables

PREFIX = "column:"


class ColumnsForm(forms.Form):
    """A field for each heading that is none of ours, with the likeliest column chosen."""

    def __init__(self, file: models.FileImport, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        known = tables.RESOURCES[file.table]().column_names
        self.headings = naming.unknown(file.headings, {}, known)
        free = [name for name in known if name not in file.headings]
        for heading in self.headings:
            self.fields[f"{PREFIX}{heading}"] = forms.ChoiceField(
                choices=[("", "Choose…"), (naming.LEFT_OUT, "leave it out"), *((name, name) for name in free)],
                label=f"“{heading}” is",
                initial=file.names.get(heading) or naming.likeliest(heading, free),
                error_messages={"required": "Choose a column, or leave it out."},
            )

    @property
    def names(self) -> dict[str, str]:
        """The column of ours by heading."""
        return {heading: self.cleaned_data[f"{PREFIX}{heading}"] for heading in self.headings}


def of(file: models.FileImport, data: Mapping[str, Any] | None = None) -> ColumnsForm | None:
    """The form, while the import waits for it."""
    return ColumnsForm(file, data) if file.status == models.FileImport.Status.ASKING else None
