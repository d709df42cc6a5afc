"""Puts work on crews and takes it off them, in one way for every decision.

A decision locks what it touches (`lock`), judges what it then reads, and hands `book` what goes and what comes. All of
it is one transaction (`decided`). The locks make a decision wait for another; the constraints of the database hold even
against a writer that takes none.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from assignments import models
from assignments.engine.domain import wording
from assignments.queries import shared_people
from assignments.services.decisions import guards, judging, readiness, retiming
from assignments.services.records import events
from assignments.services.runs import displacing, standing
from assignments.services.writebacks import restorations, writing_back

Status = models.Assignment.Status


@dataclass(frozen=True, slots=True)
class Locked:
    """Rows as they are under their locks."""

    orders: Mapping[int, models.WorkOrder]
    crews: Mapping[int, models.Crew]


@dataclass(frozen=True, slots=True)
class CrewVisit:
    """One crew's share of booked work; 0 is the lead crew's part."""

    crew: models.Crew
    shift_id: int
    departs_at: datetime
    starts_at: datetime
    ends_at: datetime
    part: int = 0


@dataclass(frozen=True, slots=True)
class OverrideGrant:
    """The rules that somebody answers for, by code, and why."""

    rules: tuple[str, ...]
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """An order for crews to do, the lead crew's visit first."""

    order: models.WorkOrder
    visits: Sequence[CrewVisit]
    tentative: bool
    suggestion: models.Suggestion | None = None
    grant: OverrideGrant | None = None


def lock(*, orders: Collection[int], crews: Any = ()) -> Locked:
    """The rows of these ids, locked and read: orders before crews, each in order of id, as runs lock them too, so that
    nobody waits in a circle. `crews` may be a query of ids. Crews that share a person with one of them are locked too:
    who decides on these takes the same people.

    Locked without their keys: an audit entry's foreign key must not wait for a decision. The districts are read last,
    with their rules: a storm declared while this waited holds for this decision as well.
    """
    order_rows = models.WorkOrder.objects.filter(pk__in=orders).select_for_update(no_key=True).order_by("pk")
    by_id = {order.pk: order for order in order_rows}
    wanted = Q(pk__in=crews) | Q(pk__in=shared_people.crews_beside(crews))
    crew_rows = models.Crew.objects.filter(wanted).select_for_update(no_key=True).order_by("pk")
    locked = Locked(by_id, {crew.pk: crew for crew in crew_rows})
    districts = models.District.objects.with_rules().in_bulk({order.district_id for order in by_id.values()})
    for order in by_id.values():
        order.district = districts[order.district_id]
    return locked


@contextmanager
def decided(
    *,
    order: models.WorkOrder,
    crews: Collection[models.Crew] = (),
    during: tuple[datetime, datetime] | None = None,
    instead_of: models.Assignment | None = None,
) -> Iterator[None]:
    """One transaction, in which the order is given to crews. Raises OrderTaken or CrewTaken, which names those of
    `crews` that are busy `during` it, where a writer that takes no lock was first."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        guards.refuse_if_taken(order, but=instead_of)
        if "nobody_in_two_crews" in str(error):
            raise guards.CrewTaken(_shared(crews)) from error
        if "no_crew_in_two_places" not in str(error):
            raise
        raise guards.CrewTaken(_busy(order, crews, during)) from error


def book(
    *, on: Sequence[Work] = (), off: Sequence[models.Assignment] = (), reason: str = "", by: Any, now: datetime
) -> list[models.Assignment]:
    """The new assignments, the lead of each team, in the order of `on`; the leads `off` are taken off their crews.

    An order that is on as well as off is reassigned, else what is off is revoked, and its order needs a crew again. In
    both cases `reason` says why. Departures, versions, suggestions and write-backs follow. The caller holds the locks,
    has judged, records the decision and notifies. Raises AssignmentNotLive, CrewDispatched, Pinned.
    """
    teams, off_of = [_rows(work, by, now) for work in on], {lead.order_id: lead for lead in off}
    on_of = {lead.order_id: lead for lead, *_ in teams}
    given, left = on_of.keys(), off_of.keys()
    for lead in off:
        _take_off(lead, on_of.get(lead.order_id), reason[:200], by, now)
    for lead, *_ in teams:
        lead.replaces = off_of.get(lead.order_id)
    gone, coming = [row for lead in off for row in lead.team], list(itertools.chain.from_iterable(teams))
    district = (*(work.order for work in on), *(lead.order for lead in off))[0].district
    # Before the new rows are stored: work that follows one of them must leave its time first.
    retimed = retiming.retime(district=district, gone=gone, coming=coming)
    for row in coming:
        row.save(force_insert=True)
    _move_orders(given, left, now)
    crew_ids = {row.crew_id for row in (*gone, *coming)}
    models.Crew.objects.filter(pk__in=crew_ids).update(version=F("version") + 1)
    for lead, *_ in teams:
        writing_back.assign(assignment=lead, by=by, now=now)
    stale = displacing.displace(assignments=coming)
    freed = retimed | {row.crew_id for row in gone}
    parts = {order.pk for order in (*(work.order for work in on), *(lead.order for lead in off)) if order.part}
    if parts:
        # One crew does all parts: who has this one decides who is offered for the others.
        beside = standing.judge(order_ids=judging.other_parts(parts), crew_ids=(), now=now)
        stale |= beside.stale
        events.order_changed(orders=beside.offered, cause="suggestion.offered", now=now)
    _follow(stale, freed, given | left, [lead.suggestion_id for lead in off if lead.suggestion_id], now)
    restorations.tell_moved(order_ids=given | left, crew_ids=crew_ids, now=now, announced=given | left)
    return [lead for lead, *_ in teams]


def facts(row: models.Assignment) -> dict[str, Any]:
    """The columns of an assignment that audit entries keep."""
    return {"crew": row.crew.name, "starts_at": row.starts_at, "ends_at": row.ends_at, "status": row.status}


def _follow(stale: set[int], crews: set[int], orders: set[int], suggestions: list[int], now: datetime) -> None:
    """Consequences for others: crews that the decision takes or gives back, work that waits for its work."""
    again, beside = standing.Changed(), shared_people.crews_beside(crews)
    if crews:
        again = standing.offer_again(order_ids=orders, crew_ids=crews | beside, freed=suggestions, now=now)
    waiting = judging.waiting_for(orders)
    red, firm = judging.judge(order_ids=waiting, crew_ids=beside, now=now) if waiting or beside else (set(), set())
    offered = again.offered | standing.mind_prerequisites(order_ids=waiting)
    events.order_changed(orders=(stale | again.stale) - offered, cause="suggestion.stale", now=now)
    events.order_changed(orders=offered, cause="suggestion.offered", now=now)
    events.order_changed(orders=red - firm, cause="assignment.judged", now=now)


def _shared(crews: Collection[models.Crew]) -> str:
    names = wording.listed([crew.name for crew in crews])
    return f"Somebody of {names or 'the crew'} has been given other work with another crew at that time."


def _busy(order: models.WorkOrder, crews: Collection[models.Crew], during: tuple[datetime, datetime] | None) -> str:
    """Names the busy crews. Read after the failed transaction: within it no query is possible."""
    if during is None:
        return "A crew has been given other work meanwhile."
    rivals = models.Assignment.objects.live().overlapping(*during).exclude(order=order)
    busy = set(rivals.values_list("crew", flat=True))
    names = [crew.name for crew in crews if crew.pk in busy] or [crew.name for crew in crews]
    return f"{wording.listed(names)} {'is' if len(names) == 1 else 'are'} taken at that time."


def _take_off(lead: models.Assignment, instead: models.Assignment | None, reason: str, by: Any, now: datetime) -> None:
    to = Status.REASSIGNED if instead else Status.REVOKED
    rows = models.Assignment.objects.filter(pk=lead.pk).exclude(status=Status.DISPATCHED)
    if to == Status.REASSIGNED:
        rows = rows.filter(pinned=False)
    values = {"revoked_by": by, "revoked_at": now, "revoke_reason": reason, "red_cause": ""}
    is_off = rows.transition(to, **values)
    lead.refresh_from_db(fields=["status", "pinned", *values])
    if not is_off:
        guards.refuse_unless_live(lead)
        raise guards.Pinned(guards.pinned_sentence(lead))
    if suggestion := lead.suggestion:
        is_open = to == Status.REVOKED and (
            suggestion.run.status in models.SuggestionRun.USABLE or suggestion.run.is_under_way
        )
        then = models.Suggestion.Status.PROPOSED if is_open else models.Suggestion.Status.SUPERSEDED
        models.Suggestion.objects.filter(pk=suggestion.pk).transition(then)
    writing_back.revoke(assignment=lead, replaced_by=instead, by=by, now=now)


def _rows(work: Work, by: Any, now: datetime) -> list[models.Assignment]:
    """A row for each crew, the lead first; not stored yet."""
    grant = work.grant or OverrideGrant((), "", "")
    team: list[models.Assignment] = []
    for visit in work.visits:
        row = models.Assignment(
            order=work.order,
            crew=visit.crew,
            shift_id=visit.shift_id,
            part=visit.part,
            lead=team[0] if team else None,
            suggestion=work.suggestion,
            departs_at=visit.departs_at,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            status=Status.TENTATIVE if work.tentative else Status.APPROVED,
            override_rules=list(grant.rules),
            override_code=grant.code,
            override_reason=grant.reason,
            approved_by=by,
            approved_at=now,
        )
        team.append(row)
    return team


def _move_orders(given: Set[int], left: Set[int], now: datetime) -> None:
    """Work that is finished by now stays so, whoever is taken off it."""
    orders, version = models.WorkOrder.objects, F("version") + 1
    orders.filter(pk__in=given - left).transition(models.WorkOrder.Status.SCHEDULED, version=version)
    orders.filter(pk__in=given & left).update(version=version)
    for status, ids in readiness.statuses(order_ids=left - given, now=now).items():
        orders.filter(pk__in=ids).transition(status, version=version)
