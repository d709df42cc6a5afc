"""The site refuses to start with views that would stop a gevent worker."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views import View
from django_eventstream.views import events as foreign_events

from notifications.streams.library import checks


async def slow(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Slow(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@pytest.fixture
def routed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a site of these routes alone."""

    def made(*routes: Any) -> None:
        module = ModuleType("tests_routes")
        module.urlpatterns = list(routes)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "tests_routes", module)
        settings.ROOT_URLCONF = "tests_routes"

    return made


def test_the_site_itself_passes() -> None:
    assert checks.refuse_async_views() == checks.refuse_unproxied_eventstream() == []


@pytest.mark.parametrize("view", [slow, Slow.as_view()], ids=["function", "class"])
def test_an_async_view_is_refused_by_its_route(routed: Callable[..., None], view: Any) -> None:
    routed(path("deep/", include([path("slow/", view)])))

    (error,) = checks.refuse_async_views()

    assert (error.id, "deep/slow/" in error.msg) == ("notifications.E001", True)


def test_the_foreign_stream_view_is_refused_without_a_proxy(routed: Callable[..., None]) -> None:
    routed(path("stream/", foreign_events))

    assert [error.id for error in checks.refuse_unproxied_eventstream()] == ["notifications.E002"]


@pytest.mark.parametrize(
    ("proxies", "is_refused"),
    [
        ([], True),
        ([{}], True),
        ([{"key": "short"}], True),
        ([{"key": "k" * 32}], False),
        ([{"key": "k" * 32}, {}], True),
    ],
)
def test_a_proxy_is_believed_only_by_a_key_that_nobody_guesses(
    settings: Any, proxies: list[dict[str, str]], is_refused: bool
) -> None:
    assert checks.refuse_guessable_proxy() == []

    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_grip.GripMiddleware"]
    settings.GRIP_PROXIES = proxies

    assert [error.id for error in checks.refuse_guessable_proxy()] == ["notifications.E003"] * is_refused


@pytest.mark.parametrize(
    ("grip", "is_refused"),
    [
        ({"GRIP_URL": "http://localhost:5561"}, True),
        ({"GRIP_VERIFY_KEY": "secret"}, True),
        ({"GRIP_URL": "http://localhost:5561", "GRIP_VERIFY_KEY": "secret"}, False),
        ({"GRIP_PROXIES": [{"control_uri": "http://localhost:5561", "key": "secret"}]}, False),
        # Ours: it verifies and holds, but nobody publishes to it what that view would tell.
        ({"GRIP_PROXIES": [{"key": "secret", "verify_key": "secret"}]}, True),
    ],
)
def test_a_proxy_counts_only_with_a_key(
    routed: Callable[..., None], settings: Any, grip: dict[str, Any], is_refused: bool
) -> None:
    for name, value in grip.items():
        setattr(settings, name, value)
    routed(path("stream/", foreign_events))

    assert bool(checks.refuse_unproxied_eventstream()) == is_refused
