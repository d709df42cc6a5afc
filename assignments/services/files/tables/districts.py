# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of districts, of states with their law of excavation tickets, and of the roles that people have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model

from assignments import models
from assignments.services.files import columns, resource
from assignments.services.inputs import touching
from notifications.services import access

_DAYS = models.State.Days


class StateResource(resource.ExchangeResource):
    key = ("code",)
    identity = ("code",)
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())
    ticket_life = columns.column("ticket_life", columns.Whole())
    ticket_life_in = columns.column("ticket_life_in", columns.Choice(_DAYS), default=_DAYS.CALENDAR.value)
    begin_within = columns.column("begin_within", columns.Whole())
    begin_within_in = columns.column("begin_within_in", columns.Choice(_DAYS), default=_DAYS.CALENDAR.value)

    class Meta:
        model = models.State
        fields = ("code", "name", "ticket_life", "ticket_life_in", "begin_within", "begin_within_in")
        import_id_fields = ("code",)


class MembershipResource(resource.ExchangeResource):
    key = ("user", "district")
    identity = ("user", "district")
    related = ("user", "district")
    user = columns.column("user", columns.Lookup(get_user_model().objects.all, by="username"))
    district = columns.column("district", columns.Lookup(models.District.objects.all))
    role = columns.column("role", columns.Choice(models.Membership.Role))

    class Meta:
        model = models.Membership
        fields = ("user", "district", "role")
        import_id_fields = ("user", "district")

    def follow(
        self, rows: Sequence[models.Membership], touched: touching.Touched, *, by: Any, now: datetime, cause: str
    ) -> None:
        super().follow(rows, touched, by=by, now=now, cause=cause)
        for user_id in {row.user_id for row in rows}:
            access.review(user_id=user_id, now=now)


def _rule_sets(*, storm: bool) -> Any:
    return lambda: models.RuleSet.objects.filter(storm=storm)


class DistrictResource(resource.ExchangeResource):
    key = ("code",)
    identity = ("code",)
    related = ("state", "rule_set", "storm_rule_set")
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())
    time_zone = columns.column("time_zone", columns.Text())
    service_centre = columns.column("service_centre", columns.Text())
    latitude = columns.column("latitude", columns.Real())
    longitude = columns.column("longitude", columns.Real())
    state = columns.column("state", columns.Lookup(models.State.objects.all))
    rule_set = columns.column("rule_set", columns.Lookup(_rule_sets(storm=False), by="name"))
    storm_rule_set = columns.column("storm_rule_set", columns.Lookup(_rule_sets(storm=True), by="name"))
    boundary = columns.column("boundary", columns.Json([]))
    network = columns.column("network", columns.Json({}))

    class Meta:
        model = models.District
        fields = (
            "code", "name", "time_zone", "service_centre", "latitude", "longitude", "state", "rule_set",
            "storm_rule_set", "boundary", "network",
        )  # fmt: skip
        import_id_fields = ("code",)
