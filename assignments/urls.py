from __future__ import annotations

from django.urls import URLPattern

app_name = "assignments"
urlpatterns: list[URLPattern] = []
