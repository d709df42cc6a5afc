from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from assignments.streams import files
from notifications.streams.responses import away


# An EventSource cannot follow a redirect to a login page, so nobody gets a 401 here instead.
@login_not_required
@require_GET
@away.asks_to_come_back
def file_events(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """The stream of an import; 204 when nothing of it moves, 401 for nobody, 404 for who may not import."""
    return files.follow(request, file_id=file_id)
