"""Refuses views that would stop a gevent worker (async, or django-eventstream's without a proxy), and open proxies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

from notifications.streams.proxy import address

_EVENTSTREAM = "django_eventstream."


def register_checks() -> None:
    checks.register(refuse_async_views, checks.Tags.urls)
    checks.register(refuse_unproxied_eventstream, checks.Tags.urls)
    checks.register(refuse_guessable_proxy, checks.Tags.security)


def refuse_async_views(**_: Any) -> list[checks.CheckMessage]:
    """E001 for each asynchronous view: while one waits, every query of its worker fails."""
    return [
        checks.Error(
            f"The view at {route!r} is asynchronous.",
            hint="Make it a plain view: on gevent workers an awaiting view breaks every query of its process.",
            id="notifications.E001",
        )
        for route, view in _views(get_resolver().url_patterns)
        if iscoroutinefunction(view) or getattr(getattr(view, "view_class", None), "view_is_async", False)
    ]


def refuse_unproxied_eventstream(**_: Any) -> list[checks.CheckMessage]:
    """E002 for each route to django-eventstream's own view while it has no GRIP proxy that is verified by a key.

    The proxy of our own streams is none for it: what is published there are our events, on our channels.
    """
    if _has_verified_proxy():
        return []
    return [
        checks.Error(
            f"django-eventstream's view is reachable at {route!r} without a verified GRIP proxy.",
            hint="Serve streams by notifications.urls, or give django-grip a proxy with control_uri and key.",
            id="notifications.E002",
        )
        for route, view in _views(get_resolver().url_patterns)
        if getattr(view, "__module__", "").startswith(_EVENTSTREAM)
        or getattr(getattr(view, "cls", None), "__module__", "").startswith(_EVENTSTREAM)
    ]


def refuse_guessable_proxy(**_: Any) -> list[checks.CheckMessage]:
    """E003 while a GRIP proxy is believed without a key, or with one that can be guessed."""
    if "django_grip.GripMiddleware" not in settings.MIDDLEWARE:
        return []
    keys = [str(proxy.get("verify_key") or proxy.get("key") or "") for proxy in getattr(settings, "GRIP_PROXIES", [])]
    if keys and all(len(key) >= address.LEAST_KEY for key in keys):
        return []
    return [
        checks.Error(
            "Whoever sends the header Grip-Sig is taken for the GRIP proxy.",
            hint=f"Set GRIP_URL, and GRIP_KEY to at least {address.LEAST_KEY} random characters, the proxy's sig_key.",
            id="notifications.E003",
        )
    ]


def _has_verified_proxy() -> bool:
    proxies = [proxy for proxy in getattr(settings, "GRIP_PROXIES", []) if proxy.get("control_uri")]
    has_proxy = bool(proxies) or bool(getattr(settings, "GRIP_URL", ""))
    has_key = bool(getattr(settings, "GRIP_VERIFY_KEY", "")) or any(proxy.get("key") for proxy in proxies)
    return has_proxy and has_key


def _views(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, route)
        else:
            yield route, pattern.callback
