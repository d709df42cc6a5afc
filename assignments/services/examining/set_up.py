"""Rows that administrators make, and without which nothing can be planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth import get_user_model

from assignments import models
from assignments.downstream import secret_values, trouble
from assignments.queries import installation
from assignments.services.examining.ailment import Ailment


def nobody_to_administer(_now: datetime) -> Iterator[Ailment]:
    if not get_user_model()._default_manager.filter(is_superuser=True, is_active=True).exists():
        yield Ailment("people", "Nobody may open the administration.", "Run manage.py first_administrator with a name.")


def no_rules(_now: datetime) -> Iterator[Ailment]:
    found = installation.look()
    if not found.has_rules:
        yield Ailment("set-up", "There is no rule set.", "Make one in the administration, and then a district.")
    elif not found.districts:
        yield Ailment("set-up", "There is no district.", "Make one in the administration.")


def districts_without_managers(_now: datetime) -> Iterator[Ailment]:
    for district in installation.look().districts:
        if not district.manager:
            yield Ailment(
                "people", f"District {district.code} has no assigning manager who can sign in.",
                "Give somebody that role in the administration, under Users.",
            )  # fmt: skip


def missing_secrets(_now: datetime) -> Iterator[Ailment]:
    for system in models.DownstreamSystem.objects.filter(enabled=True).order_by("code"):
        for name in filter(None, (system.secret_env, system.signing_env)):
            try:
                secret_values.read(name)
            except trouble.SystemUnavailable as error:
                yield Ailment(
                    f"system {system.code}", f"It cannot be asked or told: {error.detail}.",
                    f"Set {name}, or {name}_FILE, for workers and for this command.",
                )  # fmt: skip
