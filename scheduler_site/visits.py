"""Keeps when each person opened a page last, so that they can be told what happened since."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from notifications.services import visiting

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponseBase]


class Visits:
    """Pages that a person goes to count; what an open page asks for by itself, with nobody before it, does not."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: Callable[..., object], *_: object) -> None:
        # Streams, the health check and the API know no visitor, and must not be held up by a query.
        if request.method != "GET" or not getattr(view_func, "login_required", True):
            return
        if request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and request.user.is_authenticated:
            self._note(request)

    def _note(self, request: HttpRequest) -> None:
        try:
            # For the pages that tell what happened since.
            request.visit = visiting.seen(by=request.user, now=timezone.now())  # type: ignore[arg-type, attr-defined]
        except (OperationalError, InterfaceError) as error:
            # A full disk, or a copy that only reads: the page itself can still be shown.
            logger.warning("A visit could not be noted: %s", error)
