"""Steps between the password and the session: until the last one is done, the browser is nobody's."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from assignments import models
from assignments.services.accounts import second_steps

KEY = "signing_on"
AT_MOST = timedelta(minutes=15)
"""From the password to the last step."""


@dataclass(frozen=True, slots=True)
class SigningOn:
    """A person whose password was right, and the page they wanted."""

    user: Any
    next_page: str
    has_done_second: bool = False


def begin(request: HttpRequest, *, user: Any, next_page: str) -> HttpResponse:
    """The next step, or the page wanted when there is none."""
    # Another id than before: somebody may have set that one.
    request.session.cycle_key()
    request.session[KEY] = {
        "user": user.pk, "hash": user.get_session_auth_hash(), "next": next_page,
        "until": time.time() + AT_MOST.total_seconds(),
    }  # fmt: skip
    return go_on(request, SigningOn(user, next_page))


def under_way(request: HttpRequest) -> SigningOn | None:
    """The person in the middle of signing on, if it is not too late and their password is still the same."""
    kept = request.session.get(KEY)
    if not kept or kept["until"] < time.time():
        return None
    user = get_user_model().objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None
    return SigningOn(user, kept["next"], kept.get("second", False))


def second_step_done(request: HttpRequest, one: SigningOn) -> HttpResponse:
    """Keeps that the person has shown what they have, and leads on."""
    request.session[KEY] = request.session[KEY] | {"second": True}
    return go_on(request, replace(one, has_done_second=True))


def go_on(request: HttpRequest, one: SigningOn) -> HttpResponse:
    """Leads to the step that is left; after the last one the session is the person's."""
    if second_steps.has_any(one.user) and not one.has_done_second:
        return HttpResponseRedirect(reverse("second-step"))
    if models.Account.of(one.user).is_temporary:
        return HttpResponseRedirect(reverse("first-password"))
    request.session.pop(KEY, None)
    login(request, one.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(one.next_page)
