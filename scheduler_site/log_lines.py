"""Lines of the log."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from assignments.downstream import tracing


class OncePerOutage(logging.Filter):
    """Lets one line of a database that is away through in a while: every request says the same of it."""

    WHILE = 10.0
    """Seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said_at = -self.WHILE

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 0) != HTTPStatus.SERVICE_UNAVAILABLE or not record.exc_info:
            return True
        if self._clock() < self._said_at + self.WHILE:
            return False
        self._said_at = self._clock()
        return True


class LogLines(logging.Formatter):
    """A line for each record; a traceback below it for errors of ours, none for requests that were refused.

    Django logs a refusal together with the exception by which a view has said no, and some of them as errors.
    """

    def format(self, record: logging.LogRecord) -> str:
        status = getattr(record, "status_code", 0)
        if status == HTTPStatus.SERVICE_UNAVAILABLE and isinstance(record.exc_info, tuple):
            reason = " ".join(str(record.exc_info[1]).split())
            record = copy.copy(record)
            record.msg, record.args = f"{record.getMessage()}: {reason}", ()
            record.exc_info = record.exc_text = None
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            # Other handlers format the same record.
            record = copy.copy(record)
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        # Django logs a refusal when the request's own work is over.
        trace = getattr(getattr(record, "request", None), "trace", None) or tracing.current()
        line = super().formatMessage(record)
        return f"{line} [{trace.id}]" if trace else line
