"""Signing on with the company's own account: OpenID Connect, by Authlib."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET
from joserfc.errors import JoseError
from requests import RequestException

from assignments.services.accounts import joining, sessions

logger = logging.getLogger(__name__)

NEXT = "company_next"
# IntegrityError: two windows of one person at once, for the first time.
_FAILURES = (
    OAuthError, JoseError, RequestException, RuntimeError, ValueError, KeyError, TypeError, IntegrityError,
)  # fmt: skip
SECONDS = 10
"""For each question to the provider."""
FRESH = 300
"""Seconds for which the provider's word counts that the person has just signed on there."""


@login_not_required
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """To the provider; whoever is signed on here is asked there to show again who they are."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    request.session[NEXT] = wanted if is_ours else reverse("assignments:home")
    again = {"prompt": "login", "max_age": 0} if request.user.is_authenticated else {}
    back = request.build_absolute_uri(reverse("company-back"))
    try:
        answer: HttpResponse = _provider().authorize_redirect(request, back, **again)
    except (OAuthError, RequestException, RuntimeError, ValueError) as error:
        return _refused(request, error)
    return answer


@login_not_required
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """From the provider: the session is the person's when the provider has signed who they are."""
    try:
        token = _provider().authorize_access_token(request)
        claims = dict(token["userinfo"])
        wanted = request.session.pop(NEXT, reverse("assignments:home"))
        user = joining.join(issuer=str(claims["iss"]), claims=claims, now=timezone.now())
    except joining.NotJoined as refusal:
        return _page(request, f"{refusal.sentence} {refusal.next_step}")
    except _FAILURES as error:
        return _refused(request, error)
    if request.user.is_authenticated and request.user.pk == user.pk:
        # A provider that was asked for the time of its sign-on must say it (OpenID Connect Core, 3.1.2.1).
        if time.time() - float(claims.get("auth_time") or 0) > FRESH:
            return _page(request, "Your company's sign-on did not ask again who you are, so nothing was done.")
        sessions.confirm(request.session, now=timezone.now())
        return HttpResponseRedirect(wanted)
    vars(request)["signed_on_by"] = "company account"
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect(wanted)


@cache
def _registered(url: str, client: str, secret: str, scopes: str) -> Any:
    return OAuth().register(
        "company", client_id=client, client_secret=secret,
        server_metadata_url=f"{url.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": scopes, "code_challenge_method": "S256", "default_timeout": SECONDS},
    )  # fmt: skip


def _provider() -> Any:
    if not settings.OIDC_URL:
        raise Http404("Nobody signs on with a company account here.")
    return _registered(settings.OIDC_URL, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_SCOPES)


def _refused(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("The company sign-on failed: %s: %s", type(error).__name__, error)
    return _page(request, "Your company's sign-on did not let you in, or does not answer. Try again in a moment.")


def _page(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "account/company_refused.html", {"sentence": sentence}, status=403)
