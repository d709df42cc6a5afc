"""The rows that tell downstream systems of a decision; delivering sends them.

One for each target, whose payload names all crews of a team: a target takes them together or not at all. Each stands in
the lanes of its order and of its crews: there, decisions reach the target in the order in which they were made, since
whoever decides holds the locks of order and crews.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Q

from assignments import models
from assignments.downstream import outbound
from assignments.services.records import hints, refusals
from assignments.services.writebacks import hearing

Action = models.WriteBack.Action
Status = models.WriteBack.Status
WORDS = ("order", "crew", "further_crews", "period")
"""Fields by which a system may have been told of a decision in words of its own, by a correction."""
_SAID_WHERE_SO = ("part", "parts", "override", "pinned", "replaces", "replaced_by")
"""Fields that most bookings have no use for. A receiver may be older than they are."""


@dataclass(frozen=True, slots=True)
class _Decision:
    action: str
    by: Any
    at: datetime
    replaced_by: models.Assignment | None = None


def assign(*, assignment: models.Assignment, by: Any, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that hears of the order, a disabled one too; that waits."""
    return _write(
        assignment, hearing.targets_of(assignment.order), _Decision(Action.ASSIGN, by, assignment.approved_at), now
    )


def catch_up(
    *, assignment: models.Assignment, targets: Sequence[models.DownstreamSystem], now: datetime
) -> list[models.WriteBack]:
    """One pending write-back for each of the targets, which did not hear of the decision when it was made."""
    decision = _Decision(Action.ASSIGN, assignment.approved_by, assignment.approved_at)
    return _write(assignment, targets, decision, now)


def confirm(*, assignment: models.Assignment, now: datetime) -> list[models.WriteBack]:
    """One pending write-back for each target that has been, or is to be, told of the assignment as tentative."""
    told = models.WriteBack.objects.filter(assignment=assignment, action=Action.ASSIGN)
    # Of an assignment that was written off nothing more is told.
    standing = told.exclude(status__in=[Status.COMPENSATED, Status.WRITTEN_OFF])
    targets = _once(row.target for row in standing.select_related("target"))
    return _write(assignment, targets, _Decision(Action.CONFIRM, assignment.approved_by, now), now)


def revoke(
    *, assignment: models.Assignment, by: Any, now: datetime, replaced_by: models.Assignment | None = None
) -> list[models.WriteBack]:
    """Takes the assignment back from every target that may have heard of it, and names the one that comes instead.

    What no target can have taken is compensated on the spot. What may have arrived without an answer is sent until it
    is answered, and the revocation follows it: sent first, it could be overtaken by what it takes back. One revocation
    takes back the assignment and its confirmation.
    """
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=Action.REVOKE)
    untaken = models.WriteBack.UNTAKEN
    unheard = told.filter(status__in=[Status.PENDING, Status.FAILED, *untaken], may_be_known=False)
    # A dead one that may be known is not sent again, so nothing could overtake its revocation.
    cancel(rows=unheard)
    assigned = told.filter(action=Action.ASSIGN).exclude(status=Status.COMPENSATED)
    targets = _once(row.target for row in assigned.select_related("target"))
    cancel(rows=told.filter(status__in=untaken))
    # Without its assignment a confirmation says nothing.
    cancel(rows=told.filter(status=Status.PENDING).exclude(target__in=targets))
    return _write(assignment, targets, _Decision(Action.REVOKE, by, now, replaced_by), now)


def cancel(*, rows: models.writebacks.WriteBackQuerySet) -> None:
    """Compensates rows that are not to be sent any more, and clears their lanes."""
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        models.WriteBack.objects.filter(pk__in=ids).transition(Status.COMPENSATED)
        models.WriteBackLane.objects.filter(write_back__in=ids).delete()


def store(*, rows: Sequence[models.WriteBack], now: datetime) -> list[models.WriteBack]:
    """The rows, pending from now on, last in their lanes."""
    trace = models.WriteBack.present()
    for row in rows:
        row.trace_id, row.is_sampled = trace["trace_id"], trace["is_sampled"]
        row.next_attempt_at = row.created_at = now
        row.give_up_at = _give_up_at(now)
    stored = models.WriteBack.objects.bulk_create(rows)
    models.WriteBackLane.objects.lay(stored)
    hints.write_backs_wanted()
    return stored


def repeat(
    *, assignment: models.Assignment, target: models.DownstreamSystem, action: str, by: Any, now: datetime
) -> models.WriteBack:
    """A pending write-back that tells the target the same once more: that the assignment stands as it was last told, or
    that it does not any more. Whoever calls it holds the locks of a decision."""
    of_it = models.WriteBack.objects.filter(assignment=assignment, target=target).order_by("pk")
    told = of_it.exclude(action=Action.REVOKE) if action == Action.ASSIGN else of_it
    last: models.WriteBack | None = told.last()
    decision = _Decision(action, by, now)
    fresh = _payload(_booking(assignment, decision, 1, hearing.References([target]).of(target)))
    sequence = following(assignment.order_id)
    before = of_it.filter(action=action).aggregate(last=Max("repair"))["last"]
    row = models.WriteBack(
        assignment=assignment, target=target, action=action, sequence=sequence,
        repair=0 if before is None else before + 1,
        # As it was told, a correction included; the period of what is taken back is of no account.
        payload={**(last.payload if last else fresh), "action": action, "sequence": sequence},
    )  # fmt: skip
    return store(rows=[row], now=now)[0]


def following(order_id: int) -> int:
    """The position of the next decision about the order."""
    of_order = models.WriteBack.objects.filter(assignment__order=order_id)
    return int(of_order.aggregate(last=Max("sequence"))["last"] or 0) + 1


def _once(targets: Iterable[models.DownstreamSystem]) -> list[models.DownstreamSystem]:
    """Each target that was told of it, once, however often it was."""
    return list({target.pk: target for target in targets}.values())


def send_anew(*, row: models.WriteBack, now: datetime) -> int:
    """1 when the dead write-back is due again; it keeps its place before newer decisions of its lanes."""
    values = {"next_attempt_at": now, "give_up_at": _give_up_at(now), "conflicts": None}
    sent = models.WriteBack.objects.filter(pk=row.pk, status=Status.DEAD).transition(Status.PENDING, **values)
    if sent:
        models.WriteBackLane.objects.lay([row])
    return sent


def _give_up_at(now: datetime) -> datetime:
    return now + timedelta(days=settings.WRITE_BACK_DAYS)


def _write(
    assignment: models.Assignment, targets: Sequence[models.DownstreamSystem], decision: _Decision, now: datetime
) -> list[models.WriteBack]:
    if not targets:
        return []
    references, told = hearing.References(targets), _told_words(assignment)
    sequence = _next_in_sequence(assignment, decision.action)
    rows = [
        models.WriteBack(
            assignment=assignment,
            target=target,
            action=decision.action,
            sequence=sequence,
            payload=_payload(_booking(assignment, decision, sequence, references.of(target))) | told.get(target.pk, {}),
        )
        for target in targets
    ]
    return store(rows=rows, now=now)


def _told_words(assignment: models.Assignment) -> dict[int, dict[str, Any]]:
    """The words in which each target was told of the assignment: what follows is to be about the same for it."""
    told = models.WriteBack.objects.filter(assignment=assignment).exclude(action=Action.REVOKE).order_by("pk")
    return {
        target: {name: payload[name] for name in WORDS if name in payload}
        for target, payload in told.values_list("target", "payload")
    }


def _next_in_sequence(assignment: models.Assignment, action: str) -> int:
    """A decision that is told late to one target has the number that the others have."""
    of_order = models.WriteBack.objects.filter(assignment__order=assignment.order_id)
    same = Q(assignment=assignment, action=action)
    found = of_order.aggregate(same=Max("sequence", filter=same), last=Max("sequence"))
    return int(found["same"] or (found["last"] or 0) + 1)


def _payload(message: outbound.BookingMessage) -> dict[str, Any]:
    return message.model_dump(mode="json", exclude={name for name in _SAID_WHERE_SO if not getattr(message, name)})


def _booking(
    assignment: models.Assignment, decision: _Decision, sequence: int, references: hearing.ReferencesOf
) -> outbound.BookingMessage:
    order = assignment.order
    return outbound.BookingMessage.model_validate(
        {
            "action": decision.action,
            "assignment": str(assignment.pk),
            "sequence": sequence,
            "order": references.order(order.whole),
            "part": order.part,
            "parts": order.parts_in_all,
            "crew": references.crew(assignment.crew),
            "further_crews": _further(assignment.team[1:], references),
            "period": {"start": assignment.starts_at, "end": assignment.ends_at},
            "tentative": assignment.status == models.Assignment.Status.TENTATIVE,
            "approved_by": refusals.person(decision.by),
            "decided_at": decision.at,
            "reason": assignment.revoke_reason or assignment.override_reason,
            "override": _override(assignment),
            "pinned": assignment.pinned,
            "replaces": _id(assignment.replaces_id),
            "replaced_by": _id(decision.replaced_by.pk) if decision.replaced_by else None,
        }
    )


def _override(assignment: models.Assignment) -> dict[str, Any] | None:
    if not assignment.override_rules:
        return None
    return {
        "code": assignment.override_code or None,
        "rules": assignment.override_rules,
        "reason": assignment.override_reason,
    }


def _id(pk: UUID | None) -> str | None:
    return str(pk) if pk else None


def _further(team: Iterable[models.Assignment], references: hearing.ReferencesOf) -> list[str]:
    return [references.crew(one.crew) for one in team]
