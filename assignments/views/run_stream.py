from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from assignments.streams import runs
from notifications.streams.responses import away


# An EventSource cannot follow a redirect to a login page, so nobody gets a 401 here instead.
@login_not_required
@require_GET
@away.asks_to_come_back
def run_events(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The run's stream; 204 for a browser that has been told its end, 401 for nobody, 404 for strangers."""
    return runs.follow(request, run_id=run_id)
