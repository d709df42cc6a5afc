"""Inbox values of every page, and the cursor where its stream begins."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from notifications.services import inbox, positions, visiting


def shown_of_the_inbox(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """`unread_count`, `stream_cursor` and `digest`, asked of the database only by templates that use them.

    The cursor is taken before the count. A page that shows more than the count takes its cursor itself, before its own
    queries, and passes it on as `stream_cursor`, which then wins over this one.
    """
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated

    @functools.cache
    def stream_cursor() -> str:
        return positions.current_cursor() if known else ""

    @functools.cache
    def unread_count() -> int:
        stream_cursor()
        return inbox.unread_count(user) if known and user is not None else 0

    @functools.cache
    def digest() -> visiting.Digest | None:
        visit = getattr(request, "visit", None)
        return visiting.digest(visit) if visit else None

    return {"unread_count": unread_count, "stream_cursor": stream_cursor, "digest": digest}
