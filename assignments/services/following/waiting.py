"""Records that name something which has not come yet: kept, and tried again once other records have been taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from assignments import models
from assignments.downstream import messages
from assignments.queries import chunks, sources
from assignments.services import upserting


def keep(
    *,
    system: models.DownstreamSystem,
    resource: messages.Resource,
    records: Sequence[messages.Record],
    outcome: upserting.Upserted,
    now: datetime,
) -> None:
    """Keeps those of the records that wait, by what came of them, and none of the others any longer."""
    rows = models.WaitingRecord.objects.filter(system=system, resource=resource)
    named = chunks.among({one.reference for one in records})
    waited = set(rows.filter(reference__in=named).order_by().values_list("reference", flat=True))
    if over := waited - outcome.unresolved:
        rows.filter(reference__in=over).delete()
    if not outcome.unresolved:
        return
    reasons = dict(outcome.rejected)
    newest = {one.reference: one for one in records if one.reference in outcome.unresolved}
    models.WaitingRecord.objects.bulk_create(
        [
            models.WaitingRecord(
                system=system, resource=resource, reference=name, reason=reasons[name][:300], since=now, tried_at=now,
                # As it was said: what is left out keeps its value, whenever it is taken.
                body=record.model_dump(mode="json", exclude_unset=True),
            )
            for name, record in newest.items()
        ],
        update_conflicts=True,
        unique_fields=["system", "resource", "reference"],
        update_fields=["reason", "body", "tried_at"],
    )  # fmt: skip


def groups() -> list[tuple[models.DownstreamSystem, messages.Resource, int]]:
    """Collections of which records wait and how many, in the order in which they may be taken."""
    rows = models.WaitingRecord.objects.filter(system__in=sources.heard())
    counts = list(rows.order_by().values_list("system", "resource").annotate(Count("pk")))
    systems = models.DownstreamSystem.objects.in_bulk([pk for pk, _, _ in counts])
    found = [(systems[pk], messages.Resource(resource), count) for pk, resource, count in counts]
    order = list(messages.Resource)
    # Qualifications come first, because orders name them; permits and outages name orders.
    return sorted(found, key=lambda one: (one[1] is not messages.Resource.QUALIFICATIONS, order.index(one[1])))


def oldest(*, system: models.DownstreamSystem, resource: messages.Resource, limit: int) -> list[messages.Record]:
    """Up to `limit` of the waiting records, those that were not tried for longest."""
    rows = models.WaitingRecord.objects.filter(system=system, resource=resource).order_by("tried_at", "pk")
    return [messages.MESSAGES[resource].model_validate(row.body) for row in rows[:limit]]


def remark(*, system: models.DownstreamSystem, before: datetime) -> list[str]:
    """Records of the system that have waited since before then, with the reason."""
    rows = models.WaitingRecord.objects.filter(system=system, since__lt=before).order_by("since", "pk")
    return [f"{row.reference} {row.reason}" for row in rows[:1000]]
