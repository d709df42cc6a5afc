"""API access: a person by session, an integration by bearer token; denied unless user and scope allow."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request

from assignments.models import ApiToken
from assignments.models.districts import acts_through
from assignments.services import request_limits, tokens
from assignments.streams import rules
from notifications.services import inbox
from notifications.streams.fanout import viewers

SCHEME = "bearer"


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer lineup_…`; the request acts as the token's user."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        scheme, _, secret = authentication.get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        token = tokens.find_valid(secret=secret.strip(), now=timezone.now())
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        return token.act(), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Lineup"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its registering is untyped
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token that an administrator issued."}


class HasScope(permissions.BasePermission):
    """Reading needs `read`, everything else the view's `scope`; a session has all scopes of its user."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        needed = ApiToken.Scope.READ if request.method in permissions.SAFE_METHODS else view.scope
        if needed in request.auth.scopes:
            return True
        raise exceptions.PermissionDenied(f"The token “{request.auth.name}” lacks the scope “{needed}”.")


class PerCaller(throttling.BaseThrottle):
    """`API_REQUESTS_PER_MINUTE` for each token, and for each person by session."""

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = settings.API_REQUESTS_PER_MINUTE
        if not limit:
            return True
        self.allowance = request_limits.take(caller=caller(request), limit=limit, now=timezone.now())
        vars(request)["allowance"] = self.allowance
        return self.allowance.is_allowed

    def wait(self) -> float:
        return float(self.allowance.reset)


def limit_headers(request: Request) -> dict[str, str]:
    """Headers of the IETF draft on rate limits (draft-ietf-httpapi-ratelimit-headers), in its form of version 6 that
    clients know and in its present one; none where nothing was counted."""
    counted: request_limits.Allowance | None = vars(request).get("allowance")
    if counted is None:
        return {}
    return {
        "RateLimit-Limit": str(counted.limit),
        "RateLimit-Remaining": str(counted.remaining),
        "RateLimit-Reset": str(counted.reset),
        "RateLimit-Policy": f'"minute";q={counted.limit};w={request_limits.WINDOW}',
        "RateLimit": f'"minute";r={counted.remaining};t={counted.reset}',
    }


def caller(request: Request) -> str:
    """The token, or the user by session: what a limit and an idempotency key belong to."""
    return f"token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else f"user:{request.user.pk}"


def credential_of(request: Request) -> viewers.Credential | None:
    """Check that a stream repeats: whether the token may still read. None for a session."""
    token = request.auth
    return viewers.Credential(rules.API_TOKEN, str(token.pk)) if isinstance(token, ApiToken) else None


def has_inbox(user: Any) -> bool:
    """Whether the user's inbox may be read: not through a token for some districts only, for an entry may be about
    any."""
    token = acts_through(user)
    return token is None or not token.is_narrowed


def own_channel(request: Request) -> set[str]:
    """The channel of the user's inbox, where that may be read."""
    return {inbox.channel_of(request.user.pk)} if has_inbox(request.user) else set()


def plain(request: Request) -> HttpRequest:
    """Django's request with the user that the API found; streams know no REST framework."""
    inner: HttpRequest = request._request  # noqa: SLF001
    inner.user = request.user
    return inner
