# The import-export package ships no types, so its classes are Any to mypy.
"""Columns that a file calls otherwise: chosen on the page of the import, and remembered for the table."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

import tablib
from django import forms
from django.db import transaction

from assignments import models
from assignments.admin.exchange import dialects

PREFIX = "column:"
"""Of the fields in which the page asks what a column is."""
LEFT_OUT = "-"
_NAME = 200
"""Characters of a heading that are remembered at most."""


def chosen(data: Mapping[str, Any]) -> dict[str, str]:
    """The choices of the person, by heading: a column of ours or LEFT_OUT."""
    return {name.removeprefix(PREFIX): str(value) for name, value in data.items() if name.startswith(PREFIX) and value}


def remembered(table: str) -> dict[str, str]:
    rows = models.FileColumn.objects.filter(table=table).values_list("theirs", "ours")
    return {theirs: ours or LEFT_OUT for theirs, ours in rows}


def remember(table: str, names: Mapping[str, str]) -> None:
    """The last choice counts."""
    with transaction.atomic():
        for theirs, ours in names.items():
            models.FileColumn.objects.update_or_create(
                table=table, theirs=theirs[:_NAME], defaults={"ours": "" if ours == LEFT_OUT else ours}
            )


def renamed(dataset: tablib.Dataset, names: Mapping[str, str], known: Collection[str]) -> tablib.Dataset:
    """The dataset under our headings, without what is left out. A heading that is ours already stays."""
    headers = [header if header in known else names.get(header, header) for header in dataset.headers]
    places = [place for place, header in enumerate(headers) if header != LEFT_OUT]
    rows = [[row[place] for place in places] for row in dataset]
    return dialects.like(dataset, rows, [headers[place] for place in places])


def ask(form: Any, headers: Collection[str], known: Collection[str]) -> None:
    """Adds a field for each heading that is none of ours, with the likeliest column chosen."""
    free = [name for name in known if name not in headers]
    for header in (header for header in headers if header not in known):
        choices = [("", "---"), (LEFT_OUT, "leave it out"), *((name, name) for name in free)]
        form.fields[f"{PREFIX}{header}"] = forms.ChoiceField(
            choices=choices,
            required=False,
            label=f"“{header}” is",
            help_text="Choose, take the file once more and send it. It is remembered for this table.",
        )
        likely = difflib.get_close_matches(header.lower().replace(" ", "_"), free, n=1, cutoff=0.5)
        if likely and f"{PREFIX}{header}" not in form.data:
            form.data = form.data.copy()
            form.data[f"{PREFIX}{header}"] = likely[0]
