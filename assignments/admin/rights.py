"""Changes by hand of somebody else's rights and roles: what they were before, and telling the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model

from assignments import models
from assignments.services.records import refusals, telling

FIELDS = ("username", "email", "is_active", "is_staff", "is_superuser", "role")
"""Of people and roles: the record keeps their values before and after."""


def before(row: Model, fields: Collection[str], initial: Mapping[str, Any] | None) -> dict[str, Any]:
    """Former values of the fields that were changed, by what the form showed."""
    if initial is None or not isinstance(row, models.Membership | get_user_model()):
        return {}
    return {name: initial[name] for name in FIELDS if name in fields and name in initial}


def tell(row: Model, verb: str, *, fields: Collection[str], by: Any, now: datetime) -> None:
    """Tells the person whose account or role it is; of a new account there is nobody to tell yet."""
    who = refusals.person(by)
    if isinstance(row, models.Membership):
        role, place = row.get_role_display().lower(), row.district.name
        said = {
            "added": f"{who} made you {role} of {place}",
            "changed": f"{who} made you {role} of {place}",
            "deleted": f"{who} ended your role in {place}",
        }[verb]
        telling.account(user=row.user, title=said, by=by, now=now)
    elif isinstance(row, get_user_model()) and verb == "changed" and fields:
        changed = ", ".join(name.replace("_", " ") for name in fields)
        telling.account(user=row, title=f"{who} changed your account", body=f"Changed: {changed}.", by=by, now=now)
