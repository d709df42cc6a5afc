"""Notes on orders and crews, and shift notes of districts: written by managers, taken back by their authors."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from assignments import models
from assignments.services.records import auditing, note_events, refusals

_TWICE = timedelta(minutes=1)
"""The same words by the same person within this time are a second press of the button."""
_KEPT_CONTROLS = "\n\t"


class NothingSaid(refusals.Refusal):
    """A note without words tells nobody anything."""

    code = "nothing-said"
    next_step = "Write what colleagues should know."


class NoteTooLong(refusals.Refusal):
    """Longer than anybody reads between two calls."""

    code = "note-too-long"
    next_step = "Shorten it, or write two notes."


class NotTheAuthor(refusals.Refusal):
    """Only its author takes a note back."""

    code = "not-the-author"
    next_step = "Ask its author, or write a note that corrects it."


class NoteTakenBack(refusals.Refusal):
    """There is nothing left to take back."""

    code = "note-taken-back"
    next_step = "Reload the page to see which notes there are."


@transaction.atomic
def write(*, about: models.WorkOrder | models.Crew | models.District, text: str, by: Any, now: datetime) -> models.Note:
    """The note. Raises NotAManager, NothingSaid, NoteTooLong."""
    note = models.Note(written_by=by, written_at=now, text=_plain(text))
    if isinstance(about, models.WorkOrder):
        note.order = about
    elif isinstance(about, models.Crew):
        note.crew = about
    else:
        note.district = about
    refusals.require_manager(by=by, district=note.of_district)
    if not note.text:
        raise NothingSaid("The note says nothing.")
    if len(note.text) > models.Note.LONGEST:
        raise NoteTooLong(f"The note has {len(note.text):,} characters; {models.Note.LONGEST:,} are the most.")
    if same := _said_before(note):
        return same
    note.save()
    _record(note, "note.written", by=by, now=now, after=note.text)
    return note


@transaction.atomic
def take_back(*, note: models.Note, by: Any, now: datetime) -> models.Note:
    """The note, which is shown no more. Raises NotAManager, NotTheAuthor, NoteTakenBack."""
    refusals.require_manager(by=by, district=note.of_district)
    author = note.written_by
    if author != by:
        raise NotTheAuthor(f"{refusals.person(author)} wrote this note, and may take it back.")
    if not models.Note.objects.held().filter(pk=note.pk).update(taken_back_at=now):
        raise NoteTakenBack("The note was taken back before.")
    note.taken_back_at = now
    _record(note, "note.taken-back", by=by, now=now, before=note.text)
    return note


def _plain(text: str) -> str:
    """Without blanks around it, carriage returns, control characters, and more than one empty line in a row."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    printable = "".join(one for one in lines if one in _KEPT_CONTROLS or unicodedata.category(one) != "Cc")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", printable)).strip()


def _said_before(note: models.Note) -> models.Note | None:
    # Somebody who presses twice: the second waits here and then sees what the first has written.
    membership = models.Membership.objects.filter(user=note.written_by, district=note.of_district)
    list(membership.select_for_update(no_key=True))
    same = models.Note.objects.held().filter(
        order=note.order_id, crew=note.crew_id, district=note.district_id, written_by=note.written_by, text=note.text
    )
    return same.filter(written_at__gt=note.written_at - _TWICE).first()


def _record(note: models.Note, verb: str, *, by: Any, now: datetime, before: str = "", after: str = "") -> None:
    crew = {"crew": note.crew.name} if note.crew else {}
    auditing.record(
        verb=verb, row=note, by=by, now=now, order=note.order, district=None if note.order else note.of_district,
        before={**crew, "text": before} if before else {}, after={**crew, "text": after} if after else {},
    )  # fmt: skip
    note_events.note_changed(note=note, now=now)
