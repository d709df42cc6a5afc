"""Shifts of one crew at the same time: taken, they would be two crews of the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assignments.downstream.messages import ShiftMessage
from assignments.models import Shift
from assignments.services.upserting.refusing import Unstorable
from assignments.services.upserting.rows import UpsertCall, chunks


@dataclass(frozen=True, slots=True)
class _Busy:
    starts_at: datetime
    ends_at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class BusyCrews:
    """The shifts that crews have, but for those about which records say something new."""

    _of: dict[int, list[_Busy]]
    _known: Mapping[str, int]
    """Versions of the shifts that are stored, by reference."""
    _takes_all: bool

    @classmethod
    def of(cls, batch: UpsertCall, records: Sequence[ShiftMessage], crews: Mapping[str, int]) -> BusyCrews:
        busy: dict[int, list[_Busy]] = defaultdict(list)
        newer = {record.reference: record.version for record in records}
        known: dict[str, int] = {}
        for part in chunks(newer):
            rows = Shift.objects.filter(source=batch.system, source_reference__in=part)
            known.update(rows.values_list("source_reference", "source_version"))
        if records:
            first = min(record.period.start for record in records)
            last = max(record.period.end for record in records)
            for crew_ids in chunks(set(crews.values())):
                there = Shift.objects.in_force().filter(crew__in=crew_ids, starts_at__lt=last, ends_at__gt=first)
                for row in there.order_by("starts_at"):
                    reference = row.source_reference if row.source_id == batch.system.pk else ""
                    if reference not in newer or not (batch.takes_all or newer[reference] > row.source_version):
                        busy[row.crew_id].append(_Busy(row.starts_at, row.ends_at, reference))
        return cls(busy, known, batch.takes_all)

    def refuse_twice(self, record: ShiftMessage, crew: int) -> None:
        """Raises Unstorable for a shift while the crew has another one; else the crew is busy from now on."""
        if record.cancelled or not (self._takes_all or record.version > self._known.get(record.reference, 0)):
            return
        period = record.period
        for each in self._of[crew]:
            if each.starts_at < period.end and period.start < each.ends_at:
                name = f"shift {each.name}" if each.name else "another shift"
                how = (
                    "is at the same time as"
                    if (each.starts_at, each.ends_at) == (period.start, period.end)
                    else "overlaps"
                )
                raise Unstorable(f"{how} {name} of crew {record.crew}", field="period", unresolved=True)
        self._of[crew].append(_Busy(period.start, period.end, record.reference))
