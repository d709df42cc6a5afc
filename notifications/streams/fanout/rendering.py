"""Additions to an event's data for browsers (a row's HTML, a count), made once per server process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from notifications.models import Notification
from notifications.wire import catalogue, event_types

logger = logging.getLogger(__name__)

Renderer = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_renderers: dict[str, Renderer] = {}


class UndeclaredField(ValueError):
    """A renderer made a field that the catalogue does not list."""


def register_renderer(event_type_name: str, renderer: Renderer) -> None:
    """Adds the renderer's fields to this event on browser streams.

    It is called with the event's data when the event is delivered, in the reader of the process: it sees the state of
    that moment or a later one, may query, and must not depend on who reads. It has no request (no CSRF token, no user).
    """
    _renderers[event_type_name] = renderer


def rendered(event_type_name: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data with the rendered fields. A renderer that fails costs its fields, never the event.

    Raises OperationalError or InterfaceError when the database is away: the event waits until it can be rendered.
    """
    renderer = _renderers.get(event_type_name)
    if renderer is None:
        return data
    try:
        added = renderer(data)
        # A burst takes the processor for long: pages, other streams and the heartbeat come in between.
        time.sleep(0)
        undeclared = added.keys() - catalogue.find(event_type_name).rendered.keys()
        if undeclared:
            raise UndeclaredField(f"{event_type_name}: {sorted(undeclared)}")
    except Exception as error:
        if isinstance(error, OperationalError | InterfaceError) and not connection.is_usable():
            raise
        logger.exception("The event %s was sent without its rendered fields.", event_type_name)
        return data
    return {**data, **added}


def register_inbox_renderers() -> None:
    register_renderer(event_types.NOTIFICATION_CREATED.name, _unread_of_owner)
    register_renderer(event_types.NOTIFICATION_READ.name, _unread_of_owner)


def _unread_of_owner(data: Mapping[str, Any]) -> Mapping[str, Any]:
    # An absolute number read after the commit: increments would drift when two transactions overlap.
    return {"unread": Notification.objects.of(data["user"]).unread().count()}
