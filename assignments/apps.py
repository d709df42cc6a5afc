from __future__ import annotations

from django.apps import AppConfig


class AssignmentsConfig(AppConfig):
    name = "assignments"
    verbose_name = "Assignments"

    def ready(self) -> None:
        # Imported here because it needs the app registry to be ready.
        from django.core import checks

        from assignments import live
        from assignments.models import stamps
        from assignments.services.accounts import scopes, signs
        from assignments.services.examining import machine
        from assignments.services.records import kinds
        from assignments.streams import files, rendering, rules

        stamps.connect()
        scopes.connect()
        signs.connect()
        kinds.register_all()
        rules.register()
        files.register()
        rendering.register()
        live.register()
        checks.register(machine.warn_of_every_host, checks.Tags.security, deploy=True)
