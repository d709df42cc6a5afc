"""Answers to whoever watches the installation: neither says anything that strangers may not know."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assignments.queries import workers
from notifications.services import connections, positions
from notifications.streams.process import threads

logger = logging.getLogger(__name__)

LOG_SECONDS = 10.0
"""Without a look at the log for so long, this process tells its open pages nothing."""


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when this process can read its database, otherwise 503; for a balancer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        if connections.is_busy(error):
            # It works, and so does this process: taken out of service, it would leave its work to others as busy.
            return JsonResponse({"status": "ok", "database": "busy"})
        logger.exception("The health check could not read the database.")
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the installation does all that it is there for, otherwise 503 with what is missing; for monitoring."""
    try:
        found = {"database": {"ok": True}, "log": _log(), "workers": _workers()}
    except DatabaseError as error:
        remedy = "Start the database, or look why it cannot be reached."
        if connections.is_busy(error):
            remedy = "All connections are in use: look at what the database does, or raise DATABASE_POOL."
        logger.exception("The check of readiness could not read the database.")
        found = {"database": {"ok": False, "remedy": remedy}}
    is_ready = all(part["ok"] for part in found.values())
    return JsonResponse({"status": "ready" if is_ready else "not ready", **found}, status=200 if is_ready else 503)


def _log() -> dict[str, Any]:
    positions.log_state()
    age = threads.seconds_since_look()
    if age is None or age < LOG_SECONDS:
        return {"ok": True}
    remedy = "Open pages of this web process learn nothing: look at its log, and restart it if it stays so."
    return {"ok": False, "read_seconds_ago": round(age), "remedy": remedy}


def _workers() -> dict[str, Any]:
    seen = workers.seen()
    if not seen.is_silent:
        return {"ok": True, "running": seen.running}
    remedy = "Start a worker (manage.py work): runs wait until then, and systems are not told of decisions."
    return {"ok": False, "running": 0, "seen_at": seen.seen_at, "remedy": remedy}
