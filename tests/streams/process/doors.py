"""A kind of page of these tests, a reader of it, and what the reader is told."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from notifications.services import event_log
from notifications.streams.fanout.pages import EVERYTHING, PageContent, PageFrame, PageKind, page_of, register_kind
from notifications.streams.fanout.subscribers import Subscriber
from notifications.streams.fanout.viewers import Viewer
from notifications.streams.process.painting import Painter
from notifications.wire import event_types
from tests import factories


class Doors:
    """Text of the page, how often the database is away before it is rendered, and the seconds that takes."""

    text = "first"
    failures = 0
    rendered = 0
    seconds = 0.0
    until: datetime | None = None

    def show(self, *_asked: Any) -> PageContent:
        if self.failures:
            self.failures -= 1
            raise OperationalError("the database is away")
        self.rendered += 1
        time.sleep(self.seconds)
        return PageContent({"door": self.text}, until=self.until)

    def begin(self) -> None:
        self.text, self.failures, self.rendered, self.seconds, self.until = "first", 0, 0, 0.0, None


doors = Doors()
register_kind(PageKind("doors", lambda query: "user:1", lambda *told: EVERYTHING, doors.show))


def opened(painter: Painter, since: str = "") -> Subscriber:
    reader = Subscriber(viewer=Viewer(1, frozenset({"user:1"})), flavour="browser", address="", position=0)
    painter._hub.subscribe(reader, head=0)
    painter.join(reader, page_of("doors?"), since)
    return reader


def told(painter: Painter, reader: Subscriber) -> dict[str, Any]:
    """The next news of the page, by as many turns as it takes."""
    found: list[Any] = []
    until = time.monotonic() + 60

    def is_over() -> bool:
        found.extend(one for one in painter._hub.take(reader)[0] if isinstance(one, PageFrame))
        return bool(found) or time.monotonic() > until

    painter.run(is_over)
    data: dict[str, Any] = json.loads(found[0].encoded("browser").decode().split("data:")[1].split("\n")[0])
    return data


def something_happens(*painters: Painter) -> None:
    entry = event_log.LogEntry(event_types.NOTIFICATION_READ, "user:1", {"user": 1, "notification": None})
    with transaction.atomic():
        event_log.publish_all(entries=[entry], now=factories.NOW)
    for painter in painters:
        painter._hub.read()
