from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        # Imported here because they need the app registry to be ready.
        from notifications import live
        from notifications.services import access
        from notifications.streams.fanout import rendering
        from notifications.streams.library import checks

        access.connect_to_authentication()
        rendering.register_inbox_renderers()
        checks.register_checks()
        live.register()
