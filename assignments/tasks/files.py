"""The worker's part in importing files: one after another, in a thread of its own."""

from __future__ import annotations

import logging

from django.db import DatabaseError

from assignments.downstream import tracing
from assignments.services.files import clearing, importing, leasing
from assignments.tasks import process

logger = logging.getLogger(__name__)

_TURN_SECONDS = 0.03
"""Of a pause after each transaction, for everybody else who writes."""


def import_what_waits() -> None:
    while not process.is_stopping() and (file := leasing.claim(owner=process.owner(), now=process.now())) is not None:
        held = leasing.HeldImport(file, process.owner(), process.now, process.is_stopping, let_others_write)
        try:
            with tracing.within(file.trace()):
                importing.go_on(held=held)
        except leasing.ImportLost as lost:
            process.say(f"import: {lost}")
        except DatabaseError:
            # Nothing can be done without it; the lease ends by itself.
            raise
        except Exception:
            logger.exception("Import %s could not go on", file.pk)
            importing.give_up(held=held)
        else:
            process.say(f"import {file.name} into {file.table}: {file.get_status_display().lower()}")


def clear() -> int:
    """Number of rows removed of imports that are long over."""
    return clearing.clear(now=process.now(), pause=let_others_write)


def let_others_write() -> None:
    process.let_others_write(_TURN_SECONDS)
