"""Sending write-backs beside everything else: a slow target holds up neither the others nor a planning run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection

from assignments import models
from assignments.services.writebacks import delivering
from assignments.tasks import process

logger = logging.getLogger(__name__)

# Threads that may wait for targets at the same time.
AT_ONCE = 6

_threads: set[threading.Thread] = set()
_lock = threading.Lock()


def start_due(*, owner: str, now_fn: Callable[[], datetime]) -> int:
    """Number of write-backs whose sending has begun."""
    with _lock:
        _threads.intersection_update({thread for thread in _threads if thread.is_alive()})
        free = AT_ONCE - len(_threads)
        claimed = delivering.claim_due(owner=owner, now=now_fn(), limit=free) if free else []
        for write_back in claimed:
            # Daemons: a process that must end does not wait for a target that does not answer. The lease of what was
            # not finished ends, and it is sent again under the same idempotency key.
            thread = threading.Thread(target=_deliver, args=(write_back, owner, now_fn), name="write-back", daemon=True)
            _threads.add(thread)
            thread.start()
    return len(claimed)


def wait(seconds: float) -> bool:
    """Whether everything being sent was finished within `seconds`."""
    deadline = time.monotonic() + seconds
    with _lock:
        waiting = list(_threads)
    for thread in waiting:
        thread.join(timeout=max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in waiting)


def _deliver(write_back: models.WriteBack, owner: str, now_fn: Callable[[], datetime]) -> None:
    try:
        delivering.deliver(write_back=write_back, owner=owner, now_fn=now_fn)
        write_back.refresh_from_db()
        process.say(
            f"write-back {write_back.pk} to {write_back.target.code}: {write_back.get_status_display().lower()}"
        )
    except Exception:
        # Its lease ends and it is tried again; nothing here may end the worker.
        logger.exception("Write-back %s could not be delivered", write_back.pk)
    finally:
        connection.close()
