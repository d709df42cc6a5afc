# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The file of downstream systems: how each is reached and followed, without a secret.

Secrets are named by the environment variables that hold them. What an installation has learnt of a system (when it was
read, whether it is away) is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from assignments import models
from assignments.downstream.adapters import choosing
from assignments.services.files import columns, parts, resource
from assignments.services.following import leasing, rereading
from assignments.services.inputs import touching

_System = models.DownstreamSystem


def _utc(codes: Collection[str]) -> dict[str, Any]:
    """A system lies in no zone."""
    return {}


class ToldDistricts(parts.Links):
    """Codes of the districts of which a system is told."""

    def check(self, instance: Any) -> None:
        for code in vars(instance)[self._slot]:
            if self.named.find(code) is None:
                raise ValidationError(f"There is no district with the code “{code}”.")


class DownstreamSystemResource(resource.ExchangeResource):
    key = ("code",)
    identity = ("code",)
    prefetched = ("hears_of", "understands")
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())
    kind = columns.column("kind", columns.Choice(_System.Kind))
    adapter = columns.column("adapter", columns.Text(), default=choosing.CONTRACT)
    manifest = columns.column("manifest", columns.Json(None))
    base_url = columns.column("base_url", columns.Text())
    secret_env = columns.column("secret_env", columns.Text())
    signing_env = columns.column("signing_env", columns.Text())
    ca_file = columns.column("ca_file", columns.Text())
    client_certificate = columns.column("client_certificate", columns.Text())
    client_key = columns.column("client_key", columns.Text())
    proxy = columns.column("proxy", columns.Text())
    timeout_seconds = columns.column("timeout_seconds", columns.Whole(), default=20)
    enabled = columns.column("enabled", columns.YesNo(), default=True)
    is_source = columns.column("is_source", columns.YesNo(), default=True)
    read_every_seconds = columns.column("read_every_seconds", columns.Whole())
    answers_for = columns.column(
        "answers_for", columns.Choice(_System.AnswersFor), default=_System.AnswersFor.DISTRICT.value
    )
    lists = columns.column("lists", columns.Choice(_System.Lists), default=_System.Lists.CHANGES.value)
    is_target = columns.column("is_target", columns.YesNo(), default=True)
    takes_etr = columns.column("takes_etr", columns.YesNo(), default=False)
    takes_pins = columns.column("takes_pins", columns.YesNo(), default=True)
    hears = columns.column("hears", columns.Choice(_System.Hears), default=_System.Hears.ALL.value)
    hears_of = ToldDistricts("hears_of", columns.Lookup(models.District.objects.all))
    understands = parts.Links("understands", columns.Lookup(_System.objects.all))
    told_from = columns.column("told_from", columns.Moment(columns.Zones("code", _utc)))

    class Meta:
        model = _System
        fields = (
            "code", "name", "kind", "adapter", "manifest", "base_url", "secret_env", "signing_env", "ca_file",
            "client_certificate", "client_key", "proxy", "timeout_seconds", "enabled", "is_source",
            "read_every_seconds", "answers_for", "lists", "is_target", "takes_etr", "takes_pins", "hears", "hears_of",
            "understands", "told_from",
        )  # fmt: skip
        import_id_fields = ("code",)

    def name_in_file(self, row: columns.Row) -> str:
        return self.cleaned("code", row) or ""

    def write(
        self,
        read: Sequence[resource.ReadRow],
        *,
        by: Any,
        now: datetime,
        reason: str = resource.REASON,
        cause: str = "",
    ) -> None:
        super().write(read, by=by, now=now, reason=reason, cause=cause)
        for one in read:
            if not one.is_new and {"adapter", "manifest"} & set(one.changed):
                rereading.settings_changed(system=one.instance, before=one.original, by=by, now=now)

    def follow(
        self, rows: Sequence[models.DownstreamSystem], touched: touching.Touched, *, by: Any, now: datetime, cause: str
    ) -> None:
        super().follow(rows, touched, by=by, now=now, cause=cause)
        leasing.ask(now=now, systems=[row.pk for row in rows if row.pk])
