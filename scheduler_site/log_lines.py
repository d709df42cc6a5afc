"""Lines of the log."""

from __future__ import annotations

import copy
import logging
from http import HTTPStatus

from assignments.downstream import tracing


class LogLines(logging.Formatter):
    """A line for each record; a traceback below it for errors of ours, none for requests that were refused.

    Django logs a refusal together with the exception by which a view has said no, and some of them as errors.
    """

    def format(self, record: logging.LogRecord) -> str:
        if HTTPStatus.BAD_REQUEST <= getattr(record, "status_code", 0) < HTTPStatus.INTERNAL_SERVER_ERROR:
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
