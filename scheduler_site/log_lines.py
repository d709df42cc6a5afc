"""Lines of the log."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import structlog

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
    """A line for each record; a traceback below it for errors of ours, none for requests that were refused."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_shown(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        trace = _trace(record)
        line = super().formatMessage(record)
        return f"{line} [{trace.id}]" if trace else line


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """An object of JSON on one line for each record, with the ids of its request, run and trace."""

    def __init__(self) -> None:
        super().__init__(
            processors=[self.remove_processors_meta, structlog.processors.JSONRenderer()],
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _with_ids,
                structlog.processors.format_exc_info,
                structlog.processors.EventRenamer("message"),
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_shown(record))


def _with_ids(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = line["_record"]
    if trace := _trace(record):
        line["trace"] = trace.id
    if identity := getattr(getattr(record, "request", None), "identity", None):
        line["request"] = identity
    if status := getattr(record, "status_code", 0):
        line["status"] = int(status)
    return line


def _trace(record: logging.LogRecord) -> tracing.Trace | None:
    """Django logs a refusal when the request's own work is over."""
    return getattr(getattr(record, "request", None), "trace", None) or tracing.current()


def _shown(record: logging.LogRecord) -> logging.LogRecord:
    """The record without a traceback where a view has said no: Django logs the exception, and some of them as errors.

    A copy, because other handlers format the same record.
    """
    status = getattr(record, "status_code", 0)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and isinstance(record.exc_info, tuple):
        reason = " ".join(str(record.exc_info[1]).split())
        record = copy.copy(record)
        record.msg, record.args = f"{record.getMessage()}: {reason}", ()
        record.exc_info = record.exc_text = None
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        record = copy.copy(record)
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
    return record
