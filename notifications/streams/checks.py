"""Refuses to start with views that would stop a gevent worker: async ones, and django-eventstream's without a proxy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver

_EVENTSTREAM = "django_eventstream."


def register_checks() -> None:
    checks.register(refuse_async_views, checks.Tags.urls)
    checks.register(refuse_unproxied_eventstream, checks.Tags.urls)


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
    """E002 for each route to django-eventstream's own view while no GRIP proxy is verified by a key."""
    if _has_verified_proxy():
        return []
    return [
        checks.Error(
            f"django-eventstream's view is reachable at {route!r} without a verified GRIP proxy.",
            hint="Serve streams by notifications.urls, or set GRIP_URL (or GRIP_PROXIES) and GRIP_VERIFY_KEY.",
            id="notifications.E002",
        )
        for route, view in _views(get_resolver().url_patterns)
        if getattr(view, "__module__", "").startswith(_EVENTSTREAM)
        or getattr(getattr(view, "cls", None), "__module__", "").startswith(_EVENTSTREAM)
    ]


def _has_verified_proxy() -> bool:
    proxies = getattr(settings, "GRIP_PROXIES", [])
    has_proxy = bool(proxies or getattr(settings, "GRIP_URL", ""))
    has_key = bool(getattr(settings, "GRIP_VERIFY_KEY", "")) or any(proxy.get("key") for proxy in proxies)
    return has_proxy and has_key


def _views(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, route)
        else:
            yield route, pattern.callback
