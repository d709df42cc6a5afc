"""The board as a table for spreadsheets: a line for each order, in the sequence of the page."""

from __future__ import annotations

from collections.abc import Iterable

import tablib

from assignments.presenters.board.rows import OrderRow
from assignments.presenters.shared import words
from assignments.services.files import columns

HEADINGS = (
    "Order", "Title", "Kind and facts", "Priority", "Customers out", "Due", "Place", "Status", "Readiness",
    "Crew", "Starts", "Ends", "Decision", "Approved by", "Warnings",
)  # fmt: skip


def table(rows: Iterable[OrderRow], title: str) -> tablib.Dataset:
    """Times are the district's, as `2026-06-15 07:30`; no cell is run as a formula."""
    lines = (tuple(columns.safe(cell) for cell in _line(row)) for row in rows)
    # Excel takes no longer name of a sheet.
    return tablib.Dataset(*lines, headers=HEADINGS, title=title[:31])


def _line(row: OrderRow) -> tuple[str, ...]:
    shown = row.decision or row.suggestion
    start, end = (_clock(shown.when.start), _clock(shown.when.end)) if shown else ("", "")
    warnings = row.suggestion.warnings if row.suggestion else ()
    return (
        row.label,
        row.title,
        ", ".join(row.facts),
        row.priority.word,
        row.customers,
        _clock(row.due.at) if row.due else "",
        row.place,
        row.status_mark.word,
        "; ".join(f"{mark.word}: {mark.detail}" for mark in row.readiness if mark.tone in {"pending", "bad"}),
        shown.crew if shown else "",
        start,
        end,
        row.decision.mark.word if row.decision else "Suggested" if row.suggestion else row.nothing.word,  # type: ignore[union-attr]  # one of the three is there
        row.decision.by if row.decision else "",
        " ".join(warnings),
    )


def _clock(at: words.ShownTime) -> str:
    return at.iso[:16].replace("T", " ")
