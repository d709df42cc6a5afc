"""Response to a reader while the database is away."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseBase

from notifications.streams.fanout import limits, telling

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


def asks_to_come_back(view: View) -> View:
    """The view, which answers by an empty stream while the database is away.

    Any other status than 200 would stop an EventSource for good; one whose stream ends comes back by itself, with the
    cursor that it has.
    """

    @functools.wraps(view)
    def patient(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            logger.warning("A stream was asked for while the database is away: %s", error)
            return HttpResponse(
                come_back(),
                content_type="text/event-stream; charset=utf-8",
                headers={"Cache-Control": "no-store"},
            )

    return patient


def come_back() -> bytes:
    """All that such a stream says."""
    bounds = limits.current()
    return f"retry: {round(telling.between(bounds.retry_least, bounds.retry_most))}\n\n".encode()
