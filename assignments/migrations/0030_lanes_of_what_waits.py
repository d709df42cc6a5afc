"""Lanes for all that waits at the upgrade; systems go on being told the references that they were told before."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Q

OPEN = ("PENDING", "SENDING", "FAILED")


def forwards(apps: Any, schema_editor: Any) -> None:
    _lay_lanes(apps)
    System = apps.get_model("assignments", "DownstreamSystem")
    systems = list(System.objects.order_by("pk"))
    for system in systems:
        system.understands.set([other for other in systems if other.pk != system.pk])


def _lay_lanes(apps: Any) -> None:
    WriteBack = apps.get_model("assignments", "WriteBack")
    Assignment = apps.get_model("assignments", "Assignment")
    Lane = apps.get_model("assignments", "WriteBackLane")
    WriteBack.objects.filter(status__in=[*OPEN, "DEAD"], attempts__gt=0).update(may_be_known=True)
    sequences: dict[int, dict[tuple[Any, str], int]] = {}
    times = WriteBack.objects.filter(action="ETR", status__in=OPEN)
    Lane.objects.bulk_create(
        Lane(write_back=row, target_id=row.target_id, lane=f"restoration:{row.order_id}") for row in times
    )
    decisions = WriteBack.objects.exclude(action="ETR").select_related("assignment")
    for row in decisions.order_by("pk").iterator():
        numbers = sequences.setdefault(row.assignment.order_id, {})
        row.sequence = numbers.setdefault((row.assignment_id, row.action), len(numbers) + 1)
        if row.sequence > 1:
            row.save(update_fields=["sequence"])
        if row.status in OPEN:
            team = Assignment.objects.filter(Q(pk=row.assignment_id) | Q(lead=row.assignment_id))
            crews = [] if row.action == "CONFIRM" else team.values_list("crew", flat=True)
            lanes = [f"order:{row.assignment.order_id}", *(f"crew:{crew}" for crew in crews)]
            Lane.objects.bulk_create(Lane(write_back=row, target_id=row.target_id, lane=lane) for lane in lanes)


class Migration(migrations.Migration):
    dependencies = [("assignments", "0029_lanes")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
