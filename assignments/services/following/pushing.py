"""Records that a system sends by itself: taken like those that are read from it, each with its own outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction

from assignments import models
from assignments.downstream import messages, seam
from assignments.queries import sources
from assignments.services import upserting
from assignments.services.following import pushed_rights, pushed_rows, storing
from assignments.services.records import auditing, refusals, source_events

AT_ONCE = 100
"""Records of one transaction: others write, and the process answers others, before the next."""
TOLD_EVERY = timedelta(seconds=5)
"""Pages hear at most so often that a system was heard."""


class PushOutcome(StrEnum):
    STORED = "stored"
    UNCHANGED = "unchanged"
    """This version is stored already."""
    OLDER = "older"
    """A newer version is stored already."""
    WAITING = "waiting"
    """It names something that has not come yet, and is taken when that has."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PushedRecord:
    """The outcome of one record."""

    reference: str
    """Its position, such as `number 3`, where it has none that can be read."""
    outcome: PushOutcome
    version: int | None = None
    """The version that is stored now."""
    field: str = ""
    """The field at fault, where one is."""
    reason: str = ""
    questions: tuple[str, ...] = ()
    """Remarks on a record that was taken although something is wrong with it, or that had to be mended."""
    is_new: bool = False


class VersionMoved(refusals.Refusal):
    """The stored version is not the one that the sender has seen."""

    code = "precondition-failed"
    next_step = "Look at `present`, and send the record again if it still holds."

    def __init__(self, sentence: str, present: pushed_rows.StoredRecord | None) -> None:
        super().__init__(sentence)
        self.present = present


def push(
    *,
    system: models.DownstreamSystem,
    resource: messages.Resource,
    items: Sequence[Any],
    by: Any,
    now: datetime,
    seen: str | None = None,
    pause: Callable[[], None] = lambda: None,
) -> list[PushedRecord]:
    """The outcome of each of the items, in their order; taken a few in each transaction, with a `pause` between two.

    `by` acts for the system, in the districts that it manages. `seen` is the version of the one item that must be
    stored, or `*` for any: the item may then come without a version, and gets the next. Raises NotAManager,
    VersionMoved.
    """
    rights = pushed_rights.of(by)
    found: list[PushedRecord] = []
    for at in range(0, max(1, len(items)), AT_ONCE):
        if at:
            pause()
        part = items[at : at + AT_ONCE]
        found += _take(
            system=system, resource=resource, items=part, first=at, rights=rights, by=by, now=now, seen=seen
        )  # fmt: skip
    return found


@storing.again
@transaction.atomic
def _take(
    *,
    system: models.DownstreamSystem,
    resource: messages.Resource,
    items: Sequence[Any],
    first: int,
    rights: pushed_rights.Rights,
    by: Any,
    now: datetime,
    seen: str | None,
) -> list[PushedRecord]:
    # Nobody else writes records of the system meanwhile.
    models.DownstreamSystem.objects.select_for_update(no_key=True).get(pk=system.pk)
    if seen is not None:
        items = [_next_version(system, resource, item, seen) for item in items]
    understood = [seam.understood(resource, item, f"number {first + n}") for n, item in enumerate(items, start=1)]
    records = [one for one in understood if not isinstance(one, seam.BadRecord)]
    before = pushed_rows.stored(system=system, resource=resource, references={one.reference for one in records})
    forbidden = rights.refusals(system=system, resource=resource, records=records)
    allowed = [one for one in records if one.reference not in forbidden]
    outcome = upserting.upsert(system=system, resource=resource, records=allowed, now=now)
    if not rights.are_everywhere:
        # What it names may turn out to be another district's, when nobody asks any more whose record this is.
        outcome.unresolved.clear()
    unreadable = [one for one in understood if isinstance(one, seam.BadRecord) and rights.may_name(one.district)]
    storing.keep(system=system, key=(resource, ""), records=allowed, unreadable=unreadable, outcome=outcome, now=now)
    storing.follow(outcome=outcome, now=now)
    _heard(system, now, has_changed=bool(outcome.order_ids or outcome.crew_ids))
    found = list(_outcomes(understood, before, forbidden, outcome))
    _record(system, resource, found, by, now)
    return found


def _next_version(system: models.DownstreamSystem, resource: messages.Resource, item: Any, seen: str) -> Any:
    """The item with the version after the stored one, unless it names one. Raises VersionMoved."""
    reference = str(item.get("reference", ""))
    present = pushed_rows.stored(system=system, resource=resource, references={reference}).get(reference)
    if present is None or (seen != "*" and seen != str(present.version)):
        raise VersionMoved(f"{reference} is not stored in the version that you have seen.", present)
    return {"version": (present.version or 0) + 1, **item}


def _outcomes(
    understood: Sequence[messages.Record | seam.BadRecord],
    before: Mapping[str, pushed_rows.StoredRecord],
    forbidden: Mapping[str, upserting.Unstorable],
    outcome: upserting.Upserted,
) -> Iterator[PushedRecord]:
    rejected, newest = dict(outcome.rejected), _newest(understood)
    for one in understood:
        if isinstance(one, seam.BadRecord):
            yield PushedRecord(one.name, PushOutcome.REFUSED, field=one.field, reason=one.reason)
        elif one.reference in forbidden:
            why = forbidden[one.reference]
            yield PushedRecord(one.reference, PushOutcome.REFUSED, field=why.field, reason=why.reason)
        elif one.reference in rejected:
            waits = one.reference in outcome.unresolved
            yield PushedRecord(
                one.reference, PushOutcome.WAITING if waits else PushOutcome.REFUSED,
                version=before[one.reference].version if one.reference in before else None,
                field=outcome.at_fault.get(one.reference, ""), reason=rejected[one.reference],
            )  # fmt: skip
        else:
            yield _taken(one, newest[one.reference], before.get(one.reference), outcome)


def _taken(
    record: messages.Record, newest: messages.Record, before: pushed_rows.StoredRecord | None,
    outcome: upserting.Upserted,
) -> PushedRecord:  # fmt: skip
    if record is not newest:
        same = record.version == newest.version
        return PushedRecord(
            record.reference, PushOutcome.UNCHANGED if same else PushOutcome.OLDER, version=newest.version
        )
    if before is not None and not before.is_older_than(record):
        same = before.is_same_as(record)
        return PushedRecord(
            record.reference, PushOutcome.UNCHANGED if same else PushOutcome.OLDER, version=before.version
        )
    questions = tuple(what for reference, what in outcome.questioned if reference == record.reference)
    return PushedRecord(
        record.reference, PushOutcome.STORED, version=record.version, questions=questions, is_new=before is None
    )


def _newest(understood: Sequence[messages.Record | seam.BadRecord]) -> dict[str, messages.Record]:
    """The record that counts of each reference, as `upsert` chooses it."""
    newest: dict[str, messages.Record] = {}
    for one in understood:
        if isinstance(one, seam.BadRecord):
            continue
        if one.reference not in newest or one.version > newest[one.reference].version:
            newest[one.reference] = one
    return newest


def _heard(system: models.DownstreamSystem, now: datetime, *, has_changed: bool) -> None:
    """Notes when the system was heard; where it is not read as well, what is shown of it is as of then."""
    row, _ = models.FollowedSource.objects.get_or_create(system=system)
    values: dict[str, Any] = {"pushed_at": now, **({"changed_at": now} if has_changed else {})}
    if not system.is_source:
        values |= {"read_at": now, "failed_at": None, "detail": ""}
    models.FollowedSource.objects.filter(pk=row.pk).update(**values)
    is_told = row.pushed_at is not None and now - row.pushed_at < TOLD_EVERY
    if system.is_source or is_told:
        return
    models.DownstreamSystem.objects.filter(pk=system.pk).update(last_gathered_at=now)
    row.read_at, row.pushed_at, row.failed_at = now, now, None
    system.following = row
    source_events.source_read(source=sources.state_of(system), now=now)


def _record(
    system: models.DownstreamSystem, resource: messages.Resource, found: Sequence[PushedRecord], by: Any, now: datetime
) -> None:
    """An entry for what had an effect, with the token that sent it."""
    counts = Counter(one.outcome for one in found)
    if not counts.keys() - {PushOutcome.UNCHANGED, PushOutcome.OLDER}:
        return
    named = [
        one.reference for one in found if one.outcome in {PushOutcome.STORED, PushOutcome.WAITING, PushOutcome.REFUSED}
    ]
    auditing.record(
        verb="records.pushed", row=system, by=by, now=now,
        after={
            "system": system.code, "resource": str(resource), "references": named[:AT_ONCE],
            **{str(outcome): count for outcome, count in sorted(counts.items())},
        },
    )  # fmt: skip
