from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notifications import live
from notifications.models import Notification
from notifications.services import inbox, positions, preferences, visiting
from notifications.streams.fanout import channels, pages
from notifications.streams.responses import away, holds, view
from notifications.wire import kinds


@dataclass(frozen=True, slots=True)
class Option:
    """One way to be told of a kind."""

    value: str
    label: str
    is_chosen: bool
    may_choose: bool


@dataclass(frozen=True, slots=True)
class KindOptions:
    kind: kinds.Kind
    options: list[Option]


class SignedIn(HttpRequest):
    """A request that LoginRequiredMiddleware let through."""

    user: User


# A stream answers 401: an EventSource would follow a redirect to the login page and fail on its HTML.
@login_not_required
@require_GET
@away.asks_to_come_back
def events(request: HttpRequest) -> HttpResponseBase:
    """The app-lifetime stream: the reader's own channel, the districts in `?district=`, and the pages in `?page=`."""
    asked = channels.manager().get_channels_for_request(request, {})
    try:
        opened = pages.open_pages(request.GET.getlist("page"))
    except pages.PageUnknown as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return view.stream_response(request, channels=asked, cursor=view.asked_cursor(request), open_pages=opened)


# Asked by the GRIP proxy, whose requests carry nothing of the reader's.
@login_not_required
@require_GET
def events_next(request: HttpRequest, sealed: str) -> HttpResponseBase:
    """Next events of a stream that the GRIP proxy holds; 404 for everybody else."""
    return holds.go_on(request, sealed)


@require_GET
def notification_list(request: SignedIn) -> HttpResponse:
    stream_cursor = positions.current_cursor()
    content = live.content_of(request.user.pk, request.GET.get("page"))
    opened = live.name(request.user.pk, content["page"])
    context = {**content, "live": opened, "stream_cursor": stream_cursor, "section": "notifications"}
    return render(request, "notifications/list.html", context)


@require_POST
def notification_read(request: SignedIn, notification_id: int) -> HttpResponse:
    notification = get_object_or_404(Notification.objects.of(request.user), pk=notification_id)
    inbox.mark_about_read(by=request.user, notification=notification, now=timezone.now())
    return redirect("notifications:list")


@require_POST
def notification_read_all(request: SignedIn) -> HttpResponse:
    inbox.mark_all_read(by=request.user, now=timezone.now())
    return redirect("notifications:list")


@require_http_methods(["GET", "POST"])
def edit_preferences(request: SignedIn) -> HttpResponse:
    """Page of the person's notification preferences."""
    stream_cursor = positions.current_cursor()
    status = 200
    if request.method == "POST":
        named = {kind.name for kind in kinds.everything()}
        asked = {name: str(value) for name, value in request.POST.items() if name in named}
        try:
            preferences.choose(by=request.user, choices=asked)
        except (preferences.CannotBeMuted, preferences.UnknownChoice) as refusal:
            messages.error(request, str(refusal))
            status = 409
        else:
            messages.success(request, "Your preferences are saved. They hold from the next notification on.")
            return redirect("notifications:preferences")
    choices = _choices(request.user)
    context = {"choices": choices, "stream_cursor": stream_cursor, "section": "notifications"}
    return render(request, "notifications/preferences.html", context, status=status)


@require_POST
def digest_dismiss(request: SignedIn) -> HttpResponse:
    visiting.dismiss(by=request.user)
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        # Not `redirect`, which first takes what is typed for the name of a view.
        return HttpResponseRedirect(asked)
    return redirect("notifications:list")


def _choices(user: User) -> list[KindOptions]:
    chosen = preferences.of(user)
    muted = preferences.Delivery.MUTED
    return [
        KindOptions(
            kind,
            [
                Option(value, label, chosen[kind.name] == value, not (kind.safety and value == muted))
                for value, label in preferences.Delivery.choices
            ],
        )
        for kind in kinds.everything()
    ]
