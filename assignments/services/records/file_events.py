"""The event of a file that is imported, for who has its page open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assignments import models
from notifications.services import event_log
from notifications.wire.catalogue import EventType, register

FILE_PROGRESSED = register(
    EventType(
        name="file.progressed",
        channel="file:<uuid>",
        payload={
            "file": "id of the import",
            "status": "`READING`, `ASKING`, `CHECKING`, `REFUSED`, `READY`, `APPLYING`, `DONE`, `TAKING_BACK`, "
            "`TAKEN_BACK` or `CANCELLED`",
            "done": "rows that this step has dealt with",
            "total": "rows of the file; 0 while they are not counted",
        },
        rendered={},
        description="The import of a file has come further, or to its end.",
    )
)


def channel(file_id: Any) -> str:
    return f"file:{file_id}"


def state(file: models.FileImport) -> dict[str, Any]:
    """The payload of `file.progressed`."""
    return {"file": str(file.pk), "status": file.status, "done": file.done, "total": file.total}


def progressed(*, file: models.FileImport, now: datetime) -> None:
    """Publishes how far the import has come; `file` as it was stored."""
    event_log.publish(type=FILE_PROGRESSED, channels=channel(file.pk), data=state(file), now=now)
