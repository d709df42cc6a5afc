"""Trying a system while it is set up: one request, and what would be made of its answer. Nothing of it is stored."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from django.db import transaction

from assignments import models
from assignments.downstream import messages, outcomes, seam, trouble
from assignments.services.following import fetching
from assignments.services.records import auditing
from assignments.services.writebacks import connecting

LONGEST = 15.0
"""Seconds for which a person waits for a system that is tried, however patient its reading is."""
_PERIOD = {"start": "2026-06-15T13:00:00Z", "end": "2026-06-15T15:00:00Z"}
_BOOKING: dict[str, Any] = {
    "assignment": "6f1c2d34-0000-4000-8000-000000000001", "sequence": 1, "order": "WO-1", "crew": "C-1",
    "further_crews": [], "period": _PERIOD, "tentative": False, "approved_by": "Mara Lindqvist",
    "decided_at": "2026-06-15T12:00:00Z", "reason": "",
}  # fmt: skip
_RESTORATION = {
    "order": "WO-1", "back_at": "2026-06-15T15:00:00Z", "certainty": "APPROVED", "set_by": "", "reason": "",
    "told_at": "2026-06-15T12:00:00Z",
}  # fmt: skip

Action = models.WriteBack.Action


def check(
    *, system: models.DownstreamSystem, resource: messages.Resource, scope: str, by: Any, now: datetime
) -> seam.Finding:
    """The outcome of one request for a collection, by an administrator; `scope` is a district's code, or empty."""
    with transaction.atomic():
        auditing.record(
            verb="system.tried", row=system, by=by, now=now, after={"resource": str(resource), "district": scope}
        )
    limits = fetching.limits(seconds=min(LONGEST, float(system.timeout_seconds)))
    try:
        with closing(connecting.adapter(system=system)) as adapter:
            return adapter.check(resource, scope=scope, limits=limits)
    except trouble.SystemUnavailable as error:
        return seam.Finding(resource, error=f"It cannot be asked: {error.detail}.")


def resources(*, system: models.DownstreamSystem) -> tuple[messages.Resource, ...]:
    """The collections that can be tried."""
    try:
        return connecting.unsigned(system=system).resources if system.is_source else ()
    except trouble.SystemUnavailable:
        return ()


def previews(*, system: models.DownstreamSystem) -> list[seam.Finding]:
    """The requests by which the system would be told of a decision: of its last one, or else of an example."""
    if not system.is_target:
        return []
    actions = [one for one in Action if one != Action.ETR or system.takes_etr]
    last = {row.action: row for row in _last_told(system)}
    try:
        adapter = connecting.unsigned(system=system)
        return [adapter.preview(_what(action, last.get(action))) for action in actions]
    except trouble.SystemUnavailable as error:
        return [seam.Finding("", error=f"It cannot be told: {error.detail}.")]


def _last_told(system: models.DownstreamSystem) -> list[models.WriteBack]:
    newest = models.WriteBack.objects.filter(target=system).order_by("-pk")[:200]
    return list(reversed(newest))


def _what(action: str, row: models.WriteBack | None) -> outcomes.ToTell:
    if row is not None:
        return outcomes.ToTell(action, row.payload, str(row.idempotency_key))
    payload = _RESTORATION if action == Action.ETR else {"action": _SAID_AS.get(action, action), **_BOOKING}
    return outcomes.ToTell(action, payload, "00000000-0000-4000-8000-000000000000")


_SAID_AS = {Action.PIN.value: Action.ASSIGN.value}
