"""Headers by which a browser keeps nothing of a person who has gone, and lets no page use what Lineup needs not."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

Answer = Callable[[HttpRequest], HttpResponseBase]

UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
"""Of what browsers offer to pages (https://www.w3.org/TR/permissions-policy/): not for Lineup or what it frames."""
NOTHING_OF_THESE = ", ".join(f"{feature}=()" for feature in UNUSED)


class PrivateAnswers:
    """Keeps out of caches what is shown to a session or token; static files are answered before."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", NOTHING_OF_THESE)
        # By the cookie alone: the session behind it would be a query, which streams must not need.
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            # With an ETag it may be kept by the program that asked, which then asks whether it has changed.
            kept = "private, no-cache" if "ETag" in response.headers else "no-store"
            response.headers.setdefault("Cache-Control", kept)
        return response


class SignOut(auth.LogoutView):
    """Ends the session and drops what the browser has kept of its pages.

    Neither cookies, which would end the sessions of other systems on the same domain, nor storage, where there is only
    the choice of light or dark.
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response
