"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from scheduler_site import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("notifications.urls")),
    path("", include("assignments.urls")),
]
