"""Answers to whoever watches the installation: neither says anything that strangers may not know."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assignments.queries import work_figures, workers
from notifications.services import connections, database_clock, positions, wakeups
from notifications.streams.process import threads

logger = logging.getLogger(__name__)

LOG_SECONDS = 10.0
"""Without a look at the log for so long, this process tells its open pages nothing."""
LOOK_AT_SOURCES = "Systems were not read several times in a row: manage.py doctor names them and says why."
LOOK_AT_TARGETS = "Systems have not taken decisions for long, or refuse some: manage.py doctor names them."


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
        found = {"database": {"ok": True}, "log": _log(), "bus": _bus(), "workers": _workers(), **_systems()}
    except DatabaseError as error:
        remedy = "Start the database, or look why it cannot be reached."
        if connections.is_busy(error):
            remedy = "All connections are in use: look at what the database does, or raise DATABASE_POOL."
        logger.exception("The check of readiness could not read the database.")
        found = {"database": {"ok": False, "remedy": remedy}}
    is_ready = all(part["ok"] for part in found.values())
    return JsonResponse({"status": "ready" if is_ready else "not ready", **found}, status=200 if is_ready else 503)


def _log() -> dict[str, Any]:
    head = positions.log_state().head
    age = threads.seconds_since_look()
    if age is None or age < LOG_SECONDS:
        return {"ok": True, "unread": threads.unread(head)}
    remedy = "Open pages of this web process learn nothing: look at its log, and restart it if it stays so."
    return {"ok": False, "read_seconds_ago": round(age), "remedy": remedy}


def _bus() -> dict[str, Any]:
    if wakeups.is_bus_up():
        return {"ok": True}
    remedy = "Start Redis, or look why it cannot be reached: pages learn of changes up to a second late."
    return {"ok": False, "remedy": remedy}


def _systems() -> dict[str, dict[str, Any]]:
    """Counts alone: names of systems are for those who may sign in."""
    now = database_clock.now()
    late, stuck = work_figures.late_sources(now), work_figures.stuck_targets(now)
    sources = {"ok": True} if not late else {"ok": False, "late": late, "remedy": LOOK_AT_SOURCES}
    targets = {"ok": True} if not stuck else {"ok": False, "waiting": stuck, "remedy": LOOK_AT_TARGETS}
    return {"sources": sources, "targets": targets}


def _workers() -> dict[str, Any]:
    seen = workers.seen()
    if not seen.is_silent:
        return {"ok": True, "running": seen.running}
    remedy = "Start a worker (manage.py work): runs wait until then, and systems are not told of decisions."
    return {"ok": False, "running": 0, "seen_at": seen.seen_at, "remedy": remedy}
