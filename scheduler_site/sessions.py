"""Sessions that do not take a page along when they cannot be kept."""

from __future__ import annotations

import logging

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


class PatientSessions(SessionMiddleware):
    """Django's, but what a page wants to keep (the district seen last) is let go while nothing can be written."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (OperationalError, InterfaceError, SessionInterrupted) as error:
            if request.method not in ("GET", "HEAD") or not _is_of_the_database(error):
                raise
            logger.warning("A session could not be kept: %s", error)
            return response


def _is_of_the_database(error: BaseException | None) -> bool:
    """Django takes a session that cannot be stored for one that somebody has deleted; behind it stands the reason."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        error = error.__context__
    return False
