"""Set-up state of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from assignments import models
from assignments.queries import sources


@dataclass(frozen=True, slots=True)
class DistrictSetup:
    """Kinds of set-up rows that a district has at least one of."""

    name: str
    code: str
    manager: bool
    crew: bool
    shift: bool
    order: bool
    run: bool


@dataclass(frozen=True, slots=True)
class Installation:
    has_rules: bool
    has_source: bool
    """Whether there is a downstream system that work may be gathered from."""
    districts: list[DistrictSetup]


def look() -> Installation:
    """By three queries."""
    mine, of_crew = {"district": OuterRef("pk")}, {"crew__district": OuterRef("pk")}
    managers = models.Membership.objects.filter(role=models.Membership.Role.MANAGER, user__is_active=True, **mine)
    rows = models.District.objects.annotate(
        manager=Exists(managers),
        crew=Exists(models.Crew.objects.filter(active=True, **mine)),
        shift=Exists(models.Shift.objects.in_force().filter(**of_crew)),
        order=Exists(models.WorkOrder.objects.filter(**mine)),
        run=Exists(models.SuggestionRun.objects.filter(**mine)),
    )
    facts = ("name", "code", "manager", "crew", "shift", "order", "run")
    return Installation(
        has_rules=models.RuleSet.objects.filter(storm=False).exists(),
        has_source=sources.followed().exists(),
        districts=[DistrictSetup(*row) for row in rows.order_by("code").values_list(*facts)],
    )


def administrators() -> list[Any]:
    """People to ask for a membership."""
    return list(get_user_model().objects.filter(is_active=True, is_staff=True).order_by("first_name", "username")[:5])
