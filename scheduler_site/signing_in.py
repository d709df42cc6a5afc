"""The page to sign in; also for the administration."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assignments.services import sign_ins
from notifications.streams.fanout import peers
from scheduler_site import hashing

BUSY_SECONDS = 5


class SignIn(auth.LoginView):
    """Looks at a password only when account and address have attempts left, and a processor has time for it."""

    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if request.POST.get("username") and request.POST.get("password"):
                sign_ins.begin(**self._attempt, now=timezone.now())
            with hashing.place():
                return super().post(request, *args, **kwargs)
        except sign_ins.TooManyAttempts as refused:
            return self._later(HTTPStatus.TOO_MANY_REQUESTS, refused.seconds)
        except hashing.Busy:
            return self._later(HTTPStatus.SERVICE_UNAVAILABLE, BUSY_SECONDS)

    def form_valid(self, form: Any) -> HttpResponse:
        sign_ins.succeeded(**self._attempt, now=timezone.now())
        return super().form_valid(form)

    @property
    def _attempt(self) -> dict[str, str]:
        return {"account": self.request.POST.get("username", ""), "address": peers.address_of(self.request)}

    def _later(self, status: HTTPStatus, seconds: int) -> HttpResponse:
        # Without what was typed: nothing of it was looked at.
        form = self.get_form_class()(self.request)
        minutes = math.ceil(seconds / 60) if status is HTTPStatus.TOO_MANY_REQUESTS else 0
        context = self.get_context_data(form=form, is_later=True, wait_minutes=minutes)
        answer = self.render_to_response(context, status=status)
        answer.headers["Retry-After"] = str(seconds)
        return answer


@login_not_required
@require_safe
def of_administration(request: HttpRequest) -> HttpResponse:
    """To the one page where passwords are looked at; whoever is signed in already may not open the administration."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
