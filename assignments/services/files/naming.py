"""Columns that a file calls otherwise: chosen on the page of the import, and remembered for the table."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from assignments import models

LEFT_OUT = "-"
_NAME = 200
"""Characters of a heading that are remembered at most."""


def remembered(table: str, headings: Collection[str]) -> dict[str, str]:
    rows = models.FileColumn.objects.filter(table=table, theirs__in=headings).values_list("theirs", "ours")
    return {theirs: ours or LEFT_OUT for theirs, ours in rows}


def remember(table: str, names: Mapping[str, str]) -> None:
    """The last choice counts."""
    with transaction.atomic():
        for theirs, ours in names.items():
            models.FileColumn.objects.update_or_create(
                table=table, theirs=theirs[:_NAME], defaults={"ours": "" if ours == LEFT_OUT else ours}
            )


def named(headings: Sequence[str], names: Mapping[str, str], known: Collection[str]) -> list[str]:
    """The headings in our words; one that is ours already stays."""
    return [heading if heading in known else names.get(heading, heading) for heading in headings]


def unknown(headings: Sequence[str], names: Mapping[str, str], known: Collection[str]) -> list[str]:
    """The headings of the file of which nobody has said what they are."""
    return [heading for heading in headings if heading not in known and heading not in names]


def fault(headings: Sequence[str], names: Mapping[str, str], known: Collection[str], key: Sequence[str]) -> str:
    """A sentence on what the columns lack, or empty; to be asked when none of them is unknown any more."""
    ours = [name for name in named(headings, names, known) if name != LEFT_OUT]
    for name in key:
        if name not in ours:
            return f"The file lacks the column “{name}”."
    for name in ours:
        if ours.count(name) > 1:
            return f"The file has the column “{name}” twice."
    return ""


def likeliest(heading: str, free: Sequence[str]) -> str:
    """The column of ours that reads most like the heading, or empty."""
    found = difflib.get_close_matches(heading.lower().replace(" ", "_"), free, n=1, cutoff=0.5)
    return found[0] if found else ""
