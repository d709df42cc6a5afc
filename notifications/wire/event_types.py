"""The event types that the stream machinery itself sends, and those of the inbox."""

from __future__ import annotations

from notifications.wire.catalogue import EventType, register

EVERY_STREAM = "every stream"

HELLO = register(
    EventType(
        name="hello",
        channel=EVERY_STREAM,
        payload={"heartbeat": "seconds between two signs of life; silence for twice as long means the stream is dead"},
        description="The first event of a connection. Its id is the cursor from which the stream continues.",
    )
)
BEAT = register(
    EventType(
        name="beat",
        channel=EVERY_STREAM,
        payload={},
        description=(
            "A sign of life, without an id, every heartbeat: for readers that name `beats=1`, such as scripts, which "
            "cannot hear comments. Two that stay out mean that the path is dead."
        ),
    )
)
RESET = register(
    EventType(
        name="reset",
        channel=EVERY_STREAM,
        payload={
            "reason": (
                "`unreadable`, `expired` (older than the retention), `epoch` (the log began anew) "
                "or `gap` (a proxy lost an event and told later ones)"
            )
        },
        description=(
            "Events between the reader's cursor and this event's id cannot be told. The reader fetches its state anew; "
            "what follows continues from this id."
        ),
    )
)
BYE = register(
    EventType(
        name="bye",
        channel=EVERY_STREAM,
        payload={
            "reason": (
                "`lifetime`, `drain` (the server process stops), `access` (rights have changed) "
                "or `epoch` (the log began anew)"
            )
        },
        description="The server ends the stream on purpose. The reader comes back after the announced retry time.",
    )
)
DONE = register(
    EventType(
        name="done",
        channel=EVERY_STREAM,
        payload={},
        description=(
            "The last event of a request-scoped stream. The reader closes; one that comes back with this id or a "
            "later one is answered 204."
        ),
    )
)
PAGE_CHANGED = register(
    EventType(
        name="page.changed",
        channel="of the pages that a browser names",
        payload={
            "page": "name of the page",
            "through": "cursor up to which this is true: the page names it when it connects again",
            "parts": "HTML by the name of the part that it fills; those that differ",
            "rows": "HTML of rows by key, or what a script draws; those that differ",
            "sequence": "keys of all rows in their order, when that differs",
            "around": "HTML of what holds the rows, or stands there when there are none, when that differs",
            "ask": "true when the page could not be rendered: the reader asks for it",
        },
        description=(
            "What an open page shows has changed. Rendered once for all who have it open, without an id, and told "
            "after the events that changed it. Only browsers get it, for the pages that they name by `page=`."
        ),
    )
)
NOTIFICATION_CREATED = register(
    EventType(
        name="notification.created",
        channel="user:<id>",
        payload={
            "user": "id of the person",
            "notification": "id of the inbox entry",
            "kind": "what it is about, a dotted name",
            "title": "one line",
            "body": "plain text, may be empty",
            "url": "path of the page that shows more, may be empty",
            "actor": "name of the person whose action caused it, or null",
            "created_at": "when, ISO 8601",
            "toast": "whether the person wants it shown at once, beside the inbox",
        },
        rendered={"unread": "the person's unread entries when the event was rendered, an absolute number"},
        description="An entry was put into the person's inbox.",
    )
)
NOTIFICATION_READ = register(
    EventType(
        name="notification.read",
        channel="user:<id>",
        payload={
            "user": "id of the person",
            "notification": "id of the inbox entry, or null when all were marked read",
        },
        rendered={"unread": "the person's unread entries when the event was rendered, an absolute number"},
        description="The person marked an entry, or the whole inbox, as read.",
    )
)
ACCESS_CHANGED = register(
    EventType(
        name="access.changed",
        channel="user:<id>",
        payload={
            "user": "id of the user",
            "session": "digest of the session that ended, or null when everything of the user is to be checked again",
        },
        description=(
            "Rights of a user have changed: every server process checks that user's open streams again, at once. "
            "Never leaves the server."
        ),
        delivered=False,
    )
)
