"""Why a row of the board shows neither a suggestion nor a decision."""

from __future__ import annotations

from datetime import date

from assignments import models
from assignments.engine.domain import wording
from assignments.presenters.review import parts
from assignments.presenters.shared import words
from assignments.queries import work_queue


def reason(row: work_queue.BoardOrder, run: models.SuggestionRun | None, day: date) -> words.Mark:
    """The reason, with what to do next."""
    if row.order.is_split:
        return words.Mark("info", "info", f"Done {parts.standing(row.parts)}", "Each part has a row of its own.")
    if too_long := parts.too_long(row.order, row.longest_shift):
        return words.Mark("bad", "x", "No shift has the time", f"{too_long.sentence} {too_long.next_step}")
    if not row.order.is_assignable:
        return words.Mark("none", "minus", f"{row.order.get_status_display()} in work management", "")
    if row.rejected:
        next_step = "The review takes a rejection back, and says what else would help."
        return words.Mark("pending", "x", _rejected(row), next_step)
    if row.stale_cause:
        return words.Mark("pending", "alert", "The suggestion is out of date", f"{row.stale_cause}. Suggest again.")
    return _of_run(row, run, day)


def _of_run(row: work_queue.BoardOrder, run: models.SuggestionRun | None, day: date) -> words.Mark:
    """The findings of the newest run of the day."""
    if run is None:
        return words.Mark("none", "minus", "Not planned yet", "Press Suggest to rank the crews.")
    if run.is_under_way and not row.verdict:
        return words.Mark("info", "clock", "Being ranked", "Suggestions appear here by themselves.")
    if run.status not in (*models.SuggestionRun.USABLE, *models.SuggestionRun.UNDER_WAY):
        return words.Mark("none", "minus", "Not planned yet", "The last run did not finish. Press Suggest.")
    if not row.verdict:
        return words.Mark("none", "minus", "Arrived after the last run", "Press Suggest to include it.")
    if row.legal:
        return words.Mark("pending", "alert", "No crew is offered any more", f"{row.verdict} Suggest again.")
    # A finding of the run, which may not be so any more.
    as_of = f" As of {words.moment(row.found_at, row.order.district.zone, day).text}." if row.found_at else ""
    return words.Mark("bad", "x", f"No crew found for {day:%A}", f"{row.verdict}{as_of}")


def _rejected(row: work_queue.BoardOrder) -> str:
    names = wording.listed(list(row.rejected))
    return f"{names} {'is' if len(row.rejected) == 1 else 'are'} rejected, and no other crew is offered"
