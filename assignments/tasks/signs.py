"""Signs of life: a worker gives them, and each web process looks for them, because no worker can say that none runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from assignments.services import beating
from assignments.tasks import process

logger = logging.getLogger(__name__)

_GLANCE = 0.5
"""Seconds between two looks whether to stop."""


def give() -> None:
    """Until the process is asked to stop; outlives its errors."""
    while not process.is_stopping():
        try:
            beating.beat(owner=process.owner(), now=process.now())
        except Exception as error:  # noqa: BLE001 - the next one may go well
            process.say(f"no sign of life: {type(error).__name__}: {error}".replace("\n", " "))
        finally:
            connection.close()
        process.stopping.wait(beating.EVERY)


def begin_looking(stop: Callable[[], bool]) -> None:
    """Has this web process tell open pages when no worker runs any more."""
    threading.Thread(target=_look_for_ever, args=(stop,), name="workers", daemon=True).start()


def _look_for_ever(stop: Callable[[], bool]) -> None:
    # First after a while: web processes and workers are started at the same time.
    due, known = time.monotonic() + 3 * beating.EVERY, None
    while not stop():
        time.sleep(_GLANCE)
        if time.monotonic() < due:
            continue
        due = time.monotonic() + beating.EVERY
        try:
            known = beating.look(known=known, now=timezone.now())
        except Exception:
            # The database is away, which requests say loudly enough.
            logger.debug("Could not look for workers.", exc_info=True)
        finally:
            connection.close()
