"""Middleware of sessions: notes that somebody is there, and asks for the password again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone

from assignments.api import problems
from assignments.services.accounts import sessions
from assignments.views import answers
from assignments.views.board import LAST_DISTRICT
from scheduler_site.account import confirming

Answer = Callable[[HttpRequest], HttpResponseBase]

GUARDED = {
    "assignments:storm-declare", "assignments:storm-end", "api:storm-declare", "api:storm-end",
    "account-second-step-codes", "account-second-step-remove",
}  # fmt: skip
GUARDED_PAGES = {"account-second-step-app", "account-second-step-passkey"}
"""Asked about before they are shown."""
GUARDED_TABLES = (
    "admin:assignments_apitoken_", "admin:assignments_membership_", "admin:assignments_district_", "admin:auth_user_",
    "admin:auth_group_",
)  # fmt: skip
"""Of the administration: tokens, and the tables on whose pages roles and rights are given."""


class Activity:
    """Notes that the person did something; going to another district is no sign of it that prolongs the session."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        before = vars(request).get("district_before", ())
        if before and request.session.get(LAST_DISTRICT) == before[0] and request.user.is_authenticated:
            sessions.note(request.session, now=timezone.now())
        return response

    def process_view(self, request: HttpRequest, view_func: Callable[..., object], *_: object) -> None:
        # Streams, programs and the health check are no sign that somebody is there, and must not be held up.
        if not getattr(view_func, "login_required", True):
            return
        by_hand = request.method == "POST" or request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if by_hand and request.user.is_authenticated:
            vars(request)["district_before"] = (request.session.get(LAST_DISTRICT),)


class Confirmation:
    """Asks for the password again before storm, tokens and roles are changed, when it was last given too long ago."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        if not is_guarded(request) or not request.user.is_authenticated:
            return None
        if sessions.is_confirmed(request.session, now=timezone.now()):
            return None
        return _asked(request)


def is_guarded(request: HttpRequest) -> bool:
    """Whether the request changes what only the person themselves should: by hand, not with a token."""
    match = request.resolver_match
    name = match.view_name if match else ""
    if name in GUARDED_PAGES:
        return True
    if name not in GUARDED and not name.startswith(GUARDED_TABLES):
        return False
    # A file that was sent cannot be sent on, so before it is chosen.
    if request.method in ("GET", "HEAD", "OPTIONS") and not name.endswith("_import"):
        return False
    is_by_token = name.startswith("api:") and request.headers.get("Authorization", "").lower().startswith("bearer ")
    return not is_by_token


def _asked(request: HttpRequest) -> HttpResponseBase:
    status, code = HTTPStatus.FORBIDDEN, "confirmation-needed"
    sentence = "It is a while since you gave your password, so nothing was done."
    next_step = "Open the page, give your password, and repeat the step."
    if request.resolver_match and request.resolver_match.view_name.startswith("api:"):
        said = problems.details(status=status, code=code, detail=sentence, next_step=next_step)
        return JsonResponse(said, status=status, content_type=problems.CONTENT_TYPE)
    if answers.wants_json(request):
        return JsonResponse({"code": code, "sentence": sentence, "next_step": next_step}, status=status)
    user: Any = request.user
    if settings.PASSWORD_SIGN_IN and user.has_usable_password():
        return confirming.ask(request)
    # Whoever has no password here shows the company's sign-on again who they are; a form cannot be taken along.
    page = request.get_full_path() if request.method == "GET" else answers.next_page(request)
    return HttpResponseRedirect(f"{reverse('company-login')}?{urlencode({'next': page})}")
