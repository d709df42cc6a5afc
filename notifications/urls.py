from __future__ import annotations

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("events/", views.events, name="events"),
    path("events/next/<str:sealed>/", views.events_next, name="events-next"),
    path("notifications/", views.notification_list, name="list"),
    path("notifications/read-all/", views.notification_read_all, name="read-all"),
    path("notifications/preferences/", views.edit_preferences, name="preferences"),
    path("notifications/digest/dismiss/", views.digest_dismiss, name="digest-dismiss"),
    path("notifications/<int:notification_id>/read/", views.notification_read, name="read"),
]
