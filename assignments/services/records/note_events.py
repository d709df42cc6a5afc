"""The event that a note was written or taken back."""

from __future__ import annotations

from datetime import datetime

from assignments import models
from assignments.services.records import events
from notifications.services import event_log
from notifications.wire.catalogue import EventType, register

NOTE_CHANGED = register(
    EventType(
        name="note.changed",
        channel="district:<id>",
        payload={
            "note": "id of the note",
            "district": "id of the district whose people read it",
            "about": "`ORDER`, `CREW` or `DISTRICT`: what the note is about",
            "order": "id of the work order, or null",
            "crew": "id of the crew, or null",
            "taken_back": "whether its author has taken it back",
        },
        description="Somebody has written a note on an order, on a crew or for the next shift, or has taken theirs "
        "back. What it says is read where notes are listed.",
    )
)


def note_changed(*, note: models.Note, now: datetime) -> None:
    """Publishes that the note is there, or no longer."""
    district = note.of_district
    data = {
        "note": note.pk,
        "district": district.pk,
        "about": note.about,
        "order": note.order_id,
        "crew": note.crew_id,
        "taken_back": not note.is_held,
    }
    event_log.publish(type=NOTE_CHANGED, channels=events.district_channel(district.pk), data=data, now=now)
