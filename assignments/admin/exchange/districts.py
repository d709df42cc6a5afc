# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of states, with their law of excavation tickets, and of the roles that people have in districts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model

from assignments import models
from assignments.admin.exchange import columns, resource
from notifications.services import access

_DAYS = models.State.Days


class StateResource(resource.ExchangeResource):
    key = ("code",)
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
        skip_unchanged = True
        clean_model_instances = True

    def find(self, row: columns.Row) -> models.State | None:
        return models.State.objects.filter(code=self.cleaned("code", row)).first()


class MembershipResource(resource.ExchangeResource):
    key = ("user", "district")
    user = columns.column("user", columns.Lookup(get_user_model().objects.all, by="username"))
    district = columns.column("district", columns.Lookup(models.District.objects.all))
    role = columns.column("role", columns.Choice(models.Membership.Role))

    class Meta:
        model = models.Membership
        fields = ("user", "district", "role")
        import_id_fields = ("user", "district")
        skip_unchanged = True
        clean_model_instances = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.user_ids: set[int] = set()

    def find(self, row: columns.Row) -> models.Membership | None:
        user, district = self.cleaned("user", row), self.cleaned("district", row)
        return models.Membership.objects.filter(user=user, district=district).first()

    def save_m2m(self, instance: models.Membership, row: columns.Row, **options: Any) -> None:
        super().save_m2m(instance, row, **options)
        self.user_ids.add(instance.user_id)

    def follow(self, *, by: Any, now: datetime) -> None:
        super().follow(by=by, now=now)
        for user_id in self.user_ids:
            access.review(user_id=user_id, now=now)
