"""Where a person is logged in, and ending that."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import navigation
from assignments.services.accounts import sessions
from notifications.services import positions
from notifications.views import SignedIn
from scheduler_site.account import agents


@dataclass(frozen=True, slots=True)
class ShownSession:
    pk: int
    device: str
    address: str
    since: words.ShownTime
    active: words.ShownTime
    is_this: bool


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    stream_cursor = positions.current_cursor()
    zone = _zone(request)
    shown = [
        ShownSession(
            one.row.pk, agents.device(one.row.agent), one.row.address, words.moment(one.row.started_at, zone),
            words.moment(one.active_at, zone), one.is_this,
        )
        for one in sessions.live(user=request.user, key=request.session.session_key, now=timezone.now())
    ]  # fmt: skip
    context = {"sessions": shown, "stream_cursor": stream_cursor, "section": "account", "tab": "sessions"}
    return render(request, "account/sessions.html", context)


@require_POST
def end(request: SignedIn, session_id: int) -> HttpResponse:
    """Ends one of the person's own sessions; the one at hand is ended by logging out."""
    others = models.SignOn.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    sessions.end(rows=[get_object_or_404(others, pk=session_id)], by=request.user, now=timezone.now())
    messages.success(request, "That session is ended.")
    return redirect("account-sessions")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    found = sessions.live(user=request.user, key=request.session.session_key, now=timezone.now())
    rows = [one.row for one in found if not one.is_this]
    ended = sessions.end(rows=rows, by=request.user, now=timezone.now())
    messages.success(request, f"Sessions ended: {ended}. You are logged in here alone.")
    return redirect("account-sessions")


def _zone(request: HttpRequest) -> ZoneInfo:
    """Of the person's first district: times are local where they work."""
    mine = navigation.memberships(request.user)
    return mine[0].district.zone if mine else ZoneInfo("UTC")
