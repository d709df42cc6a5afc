from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_eventstream.utils import get_channelmanager

from notifications.models import Notification
from notifications.services import cursor, inbox
from notifications.streams import away, holds, view

PER_PAGE = 50


class SignedIn(HttpRequest):
    """A request that LoginRequiredMiddleware let through."""

    user: User


# A stream answers 401: an EventSource would follow a redirect to the login page and fail on its HTML.
@login_not_required
@require_GET
@away.asks_to_come_back
def events(request: HttpRequest) -> HttpResponseBase:
    """The app-lifetime stream: the reader's own channel and the districts in `?district=`."""
    channels = get_channelmanager().get_channels_for_request(request, {})
    return view.stream_response(request, channels=channels, cursor=view.asked_cursor(request))


# Asked by the GRIP proxy, whose requests carry nothing of the reader's.
@login_not_required
@require_GET
def events_next(request: HttpRequest, sealed: str) -> HttpResponseBase:
    """What a stream that the GRIP proxy holds is to be told now; 404 for everybody else."""
    return holds.go_on(request, sealed)


@require_GET
def notification_list(request: SignedIn) -> HttpResponse:
    stream_cursor = cursor.current_cursor()
    page = Paginator(Notification.objects.of(request.user).for_inbox(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications/list.html", {"page": page, "stream_cursor": stream_cursor})


@require_POST
def notification_read(request: SignedIn, notification_id: int) -> HttpResponse:
    notification = get_object_or_404(Notification.objects.of(request.user), pk=notification_id)
    inbox.mark_read(by=request.user, notification=notification, now=timezone.now())
    return redirect("notifications:list")


@require_POST
def notification_read_all(request: SignedIn) -> HttpResponse:
    inbox.mark_all_read(by=request.user, now=timezone.now())
    return redirect("notifications:list")
