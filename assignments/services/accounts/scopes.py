"""Separation of duties: groups of staff with the rights of one duty each, and what nobody gives to themselves.

Rights of staff are Django's permissions. `manage.py migrate` gives these groups what stands here, so that a new table
is in the right one. An administrator with all rights (`is_superuser`) is bound by none of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.db.models.signals import post_migrate

from assignments.services.records import refusals

SET_UP, SYSTEMS, PEOPLE, AUDIT = "Set-up of districts", "Systems", "People", "Audit"
_APPS = ("assignments", "auth", "notifications")
_ALL, _KEPT, _SEEN = ("view", "add", "change", "delete"), ("view", "add", "change"), ("view",)
RIGHTS: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {
    SET_UP: {
        _ALL: (
            "absence", "crew", "crewmembership", "district", "employee", "equipment", "equipmentoutage",
            "filecolumn", "heldqualification", "orderneed", "orderpart", "permit", "qualification", "ruleset",
            "rulesetbreak", "shift", "state", "workorder",
        ),
        _SEEN: (
            "assignment", "batch", "batchitem", "fileimport", "furthercrew", "movedorder", "note", "outage",
            "rejection", "setrestoration", "storm", "sourceprogress", "suggestion", "suggestionrun", "toldrestoration",
            "traveltime", "verdict", "writeback",
        ),
    },
    SYSTEMS: {
        _ALL: ("downstreamsystem", "subscription"),
        _KEPT: ("apitoken",),
        _SEEN: (
            "bookcomparison", "difference", "event", "followedsource", "outgoingevent", "readingmark",
            "refusedrecord", "waitingrecord", "writeback",
        ),
    },
    PEOPLE: {
        _ALL: ("membership",),
        _KEPT: ("user",),
        _SEEN: ("apitoken", "district", "group", "notification"),
    },
    AUDIT: {
        _SEEN: ("auditentry",),
    },
}  # fmt: skip
"""Tables of each group, by what it may do with them."""


class AccountAbove(refusals.Refusal):
    """Somebody with fewer rights may not take over an account with more."""

    code = "account-above"
    next_step = "Ask an administrator with all rights."


def connect() -> None:
    post_migrate.connect(_after_migrate, sender=apps.get_app_config("auth"), dispatch_uid="assignments.scopes")


def _after_migrate(using: str, apps: Any = apps, **_: Any) -> None:
    try:
        apps.get_model("auth", "Group")
    except LookupError:
        # On the way to an early state of the tables.
        return
    keep(using=using)


def keep(*, using: str = "default") -> None:
    """Gives each group the rights of its duty, and makes those that are missing."""
    for label in _APPS:
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for name, rights in RIGHTS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        codes = [f"{act}_{table}" for acts, tables in rights.items() for table in tables for act in acts]
        known = Permission.objects.using(using).filter(content_type__app_label__in=_APPS, codename__in=codes)
        group.permissions.set(known)


def require_not_above(*, user: Any, by: Any) -> None:
    """Raises AccountAbove for somebody with a right that `by` has not, active or not."""
    if by.is_superuser or user.pk == by.pk:
        return
    if user.is_superuser:
        raise AccountAbove(f"{refusals.person(user)} has all rights, and you have not.")
    if rights_of(user) - rights_of(by):
        raise AccountAbove(f"{refusals.person(user)} has rights in the administration that you have not.")


def beyond(groups: Collection[Group], *, by: Any) -> list[str]:
    """Names of those groups that hold a right which `by` has not."""
    if by.is_superuser:
        return []
    own = rights_of(by)
    return sorted(one.name for one in groups if set(one.permissions.values_list("pk", flat=True)) - own)


def rights_of(user: Any) -> set[int]:
    """Ids of the permissions, which count even while the account is switched off."""
    held = Q(user=user) | Q(group__user=user)
    return set(Permission.objects.filter(held).values_list("pk", flat=True))
