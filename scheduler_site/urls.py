"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from scheduler_site import health, privacy, signing_in

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("login/", signing_in.SignIn.as_view(), name="login"),
    path("logout/", privacy.SignOut.as_view(), name="logout"),
    path("admin/login/", signing_in.of_administration),
    path("admin/", admin.site.urls),
    path("api/", include("assignments.api.urls")),
    path("", include("notifications.urls")),
    path("", include("assignments.urls")),
]

handler404 = "assignments.views.answers.not_found"
handler400 = "assignments.api.broken.bad_request"
handler500 = "assignments.api.broken.server_error"
